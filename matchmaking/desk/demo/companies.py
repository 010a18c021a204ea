"""The demo's companies and their registrations."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from expo.editions.models import Edition
from expo.venue.models import Booth
from matchmaking.desk.demo.files import Places, read
from matchmaking.participants.models import Company, Registration
from matchmaking.participants.names import name_key

HOURS_BETWEEN = 5


@dataclass
class Added:
    """How many companies came, and the new verified registrations by (company's address, role)."""

    companies: int = 0
    registrations: dict[tuple[str, str], Registration] = field(default_factory=dict)


def add_companies(edition: Edition) -> Added:
    """Add the companies that are missing, and the registrations of all that have none in the edition."""
    entries = read("companies")
    places = Places.of(edition)
    there = set(Company.objects.filter(slug__in=[entry["slug"] for entry in entries]).values_list("slug", flat=True))
    Company.objects.bulk_create(_company(entry) for entry in entries if entry["slug"] not in there)
    companies = {company.slug: company for company in Company.objects.filter(slug__in=[entry["slug"] for entry in entries], is_demo=True)}
    taking_part = set(edition.registrations.filter(company__in=companies.values()).values_list("company__slug", flat=True))
    new = [entry for entry in entries if entry["slug"] in companies and entry["slug"] not in taking_part]
    registrations = list(_registrations(new, companies, edition, places))
    Registration.objects.bulk_create(registration for registration, _chains in registrations)
    _choose_chains(registrations, places)
    _take_booths(registrations)
    verified = [registration for registration, _chains in registrations if registration.status == Registration.Status.VERIFIED]
    return Added(len(entries) - len(there), {(made.company.slug, made.role): made for made in verified})


def _company(entry: dict[str, Any]) -> Company:
    website = f"https://{entry['slug']}.example/"
    return Company(
        slug=entry["slug"],
        name=entry["name"],
        name_zh=entry["name_zh"],
        name_key=name_key(entry["name"]),
        country=entry["country"],
        kind=entry.get("kind", Company.Kind.COMPANY),
        website=website,
        domain=f"{entry['slug']}.example",
        about_en=entry["about"],
        about_zh=entry["about_zh"],
        is_demo=True,
    )


def _registrations(
    entries: Iterable[dict[str, Any]], companies: dict[str, Company], edition: Edition, places: Places
) -> Iterable[tuple[Registration, list[str]]]:
    """Yield the registrations, those that were first verified first, each with the codes of its chains."""
    booths = {booth.code: booth for booth in Booth.objects.free().filter(edition=edition, hall__is_demo=True)}
    since = timezone.now() - timedelta(days=30)
    for number, entry in enumerate(entries):
        at = since + timedelta(hours=HOURS_BETWEEN * number)
        company, waits = companies[entry["slug"]], entry.get("waits", False)
        if "segment" in entry:
            segment = places.segment(entry["segment"])
            made = _registration(company, edition, Registration.Role.EXHIBITOR, at, waits=waits)
            made.main_segment, made.booth = segment, booths.get(entry.get("booth", ""))
            made.parallel_meetings = entry.get("desks", 1)
            # A booth in a special zone puts the company on the branch as well.
            yield made, sorted({segment.chain.code, made.booth.code.partition(" ")[0] if made.booth else segment.chain.code})
        if "buys" in entry:
            made = _registration(company, edition, Registration.Role.BUYER, at, waits=waits)
            made.parallel_meetings = entry.get("desks", 1)
            yield made, entry["buys"]


def _registration(company: Company, edition: Edition, role: str, at: datetime, *, waits: bool) -> Registration:
    status = Registration.Status.SUBMITTED if waits else Registration.Status.VERIFIED
    decided = None if waits else at + timedelta(hours=2)
    return Registration(company=company, edition=edition, role=role, status=status, submitted_at=at, decided_at=decided)


def _choose_chains(registrations: list[tuple[Registration, list[str]]], places: Places) -> None:
    through = Registration.chains.through
    through.objects.bulk_create(
        through(registration=registration, chain=places.chain(code)) for registration, codes in registrations for code in codes
    )


def _take_booths(registrations: list[tuple[Registration, list[str]]]) -> None:
    taken = [registration.booth_id for registration, _chains in registrations if registration.booth_id]
    Booth.objects.filter(pk__in=taken).update(status=Booth.Status.ASSIGNED)
