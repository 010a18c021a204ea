"""Reads of this room that join several models."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django_countries import countries

from expo.accounts.models import User
from expo.editions.models import Chain, Edition, Segment, Stage
from expo.foundation import staff
from expo.venue.models import Booth
from matchmaking.participants import rules
from matchmaking.participants.models import Company, Consent, Member, Registration, Visitor
from matchmaking.participants.names import domain_of, name_key

FEWEST_SIGNS = 4
FEWEST_CHINESE_SIGNS = 2
MOST_MATCHES = 10


@dataclass(frozen=True)
class CompanyMatch:
    """A company that may be the one somebody is about to create. What is not visible to them shows name and country only."""

    pk: int
    name: str
    country: str
    is_exact: bool
    why: str
    website: str = ""
    slug: str = ""
    is_demo: bool = False
    mine: str = ""


def with_page(companies: Collection[int], visitor: Visitor) -> set[int]:
    """Return those of the companies, by key, whose page the visitor may open. One query; none for no companies."""
    if not companies:
        return set()
    return set(Company.objects.visible_to(visitor).filter(pk__in=companies).values_list("pk", flat=True))


def same_company(company: Company) -> Company | None:
    """Return the other company that has this name in this country, or this website; None when there is none. One query."""
    same = Q(name_key=company.name_key, country=company.country)
    if company.domain:
        same |= Q(domain=company.domain)
    found: Company | None = Company.objects.filter(same).exclude(pk=company.pk).order_by("pk").first()
    return found


def company_matches(name: str, country: str, website: str = "", name_zh: str = "", *, visitor: User) -> list[CompanyMatch]:
    """Find the companies that this name, country and website may mean: exact ones first, at most ten.

    Exact is the same name in the same country, or the same website domain. Similar is the same name elsewhere, one
    that holds it (from four signs on), or the same Chinese name, and only among companies that the visitor may see.
    Three queries.
    """
    key, domain = name_key(name), domain_of(website)
    exact = Q(name_key=key, country=country) if key else Q(pk__in=[])
    if domain:
        exact |= Q(domain=domain)
    found = list(Company.objects.filter(exact).order_by("pk")[:MOST_MATCHES])
    visible = Company.objects.visible_to(visitor)
    seen = set(visible.filter(pk__in=[company.pk for company in found]).values_list("pk", flat=True))
    mine = dict(Member.objects.filter(user=visitor).values_list("company", "status"))
    matches = [_match(company, is_exact=True, is_seen=company.pk in seen, domain=domain, mine=mine) for company in found]
    alike = _in_chinese(name, name_zh)
    if len(key) >= FEWEST_SIGNS:
        alike |= Q(name_key__contains=key)
    if alike:
        similar = visible.filter(alike).exclude(exact).order_by("name")[: MOST_MATCHES - len(matches)]
        matches += [_match(company, is_exact=False, is_seen=True, domain=domain, mine=mine) for company in similar]
    return matches


def _in_chinese(*names: str) -> Q:
    """Return the companies whose Chinese name one of these is, or begins with one of them without its legal form."""
    found = Q()
    for name in names:
        key = "" if name.isascii() else name_key(name)
        if len(key) >= FEWEST_CHINESE_SIGNS:
            found |= Q(name_zh__startswith=key) | Q(name_key=key)
    return found


def _match(company: Company, *, is_exact: bool, is_seen: bool, domain: str, mine: dict[int, str]) -> CompanyMatch:
    if not is_exact:
        why = _("similar name")
    else:
        why = _("same website") if domain and company.domain == domain else _("same name and country/region")
    match = CompanyMatch(company.pk, company.title, str(company.country.name), is_exact, why, mine=mine.get(company.pk, ""))
    if not is_seen:
        return match
    return CompanyMatch(match.pk, match.name, match.country, is_exact, why, company.website, company.slug, company.is_demo, match.mine)


def owners_of(company: Company) -> list[User]:
    """Return the company's active owners, oldest first. One query."""
    active = Q(memberships__company=company, memberships__role=Member.Role.OWNER, memberships__status=Member.Status.ACTIVE)
    return list(User.objects.filter(active, is_active=True).order_by("memberships__id"))


def people_told_of(registration: Registration) -> list[User]:
    """Return who is told of a decision: the owners, and who filled in the registration if they still stand for the company. One query."""
    members = Member.objects.filter(company=registration.company_id, status=Member.Status.ACTIVE, user__is_active=True)
    told = members.filter(Q(role=Member.Role.OWNER) | Q(user=registration.created_by_id)).select_related("user")
    return [member.user for member in told.order_by("id")]


def companies_of(user: User) -> QuerySet[Company]:
    """Companies that the person stands for, by name."""
    found: QuerySet[Company] = Company.objects.filter(members__user=user, members__status=Member.Status.ACTIVE).order_by("name")
    return found


def companies_looked_into(visitor: Visitor) -> frozenset[int] | None:
    """Return the companies of which the visitor reads what is not public: the own ones; None means all of them.

    No query for strangers, one for others.
    """
    if not visitor.is_authenticated:
        return frozenset()
    if rules.may_look_into(visitor):
        return None
    return frozenset(Member.objects.of(visitor).values_list("company", flat=True))


def open_asks_of(user: User) -> QuerySet[Member]:
    """What the person has asked and nobody has answered."""
    return Member.objects.filter(user=user, status=Member.Status.ASKED).select_related("company")


def registrations_of(user: User, edition: Edition) -> QuerySet[Registration]:
    """Registrations for the edition of the companies that the person stands for, with all that a card reads."""
    found: QuerySet[Registration] = Registration.objects.of(user).filter(edition=edition).for_card().order_by("company__name", "role")
    return found


def sent_back_of(company: Company) -> Registration | None:
    """Return the registration that the organiser sent back for a correction and that can still be sent; None where there is none."""
    found: Registration | None = company.registrations.filter(status=Registration.Status.REJECTED).order_by("-id").first()
    return found if found and found.edition.takes_registrations else None


def members_of(company: Company) -> list[Member]:
    """Who stands for the company and who asks to, the askers first. Only for those who manage the company. Two queries.

    `contact` of each member is what may be shown: name and address of colleagues, of who asks what running consents let the
    company see, of who was declined the name.
    """
    order = [Member.Status.ASKED, Member.Status.ACTIVE, Member.Status.DECLINED]
    members = list(company.members.filter(status__in=order).select_related("user"))
    shown = contacts_shown_to(company, [member.user for member in members])
    for member in members:
        seen = {Member.Status.ACTIVE: ("full_name", "email"), Member.Status.DECLINED: ("full_name",)}.get(Member.Status(member.status), ())
        member.contact = {**shown[member.user_id], **{name: getattr(member.user, name) for name in seen}}
    return sorted(members, key=lambda member: (order.index(Member.Status(member.status)), member.role, member.pk))


def chains_of(edition: Edition) -> QuerySet[Chain]:
    """The edition's chains, services and zones in its order."""
    found: QuerySet[Chain] = Chain.objects.in_edition(edition)
    return found


def segments_of(edition: Edition) -> QuerySet[Segment]:
    """Segments of the edition's chains, chain by chain, upstream to downstream."""
    return Segment.objects.filter(chain__areas__edition=edition).select_related("chain").order_by("chain__order", "order", "id")


def booths_for(registration: Registration) -> QuerySet[Booth]:
    """Booths the exhibitor may choose: the edition's free ones and its own, by hall and code."""
    mine = Q(status=Booth.Status.FREE) | Q(pk=registration.booth_id)
    found: QuerySet[Booth] = (
        Booth.objects.filter(mine, edition=registration.edition_id).select_related("hall", "area__chain").order_by("hall__code", "code")
    )
    return found


def contacts_shown_to(company: Company, people: Collection[User]) -> dict[int, dict[str, str]]:
    """Return, by person, the contact fields that running consents show to the company. One query.

    This, `contacts_for_staff` and `rules.may_see_contact` are the only ways for contact data to leave an account.
    """
    by_pk = {person.pk: person for person in people}
    shown: dict[int, dict[str, str]] = {pk: {} for pk in by_pk}
    consents = Consent.objects.filter(rules.running(), shown_to=company, person__in=by_pk, field__in=rules.CONTACT_FIELDS)
    for person, field in consents.values_list("person", "field"):
        shown[person][field] = getattr(by_pk[person], field)
    return shown


def contacts_for_staff(viewer: User, people: Collection[User]) -> dict[int, dict[str, str]]:
    """Return, by person, the contact fields that staff who may look at people see, so that they can phone; nothing for anybody else. No query."""
    if not staff.may(viewer, "accounts.view_user"):
        return {}
    return {person.pk: {name: getattr(person, name) for name in rules.CONTACT_FIELDS if getattr(person, name)} for person in people}


@dataclass(frozen=True)
class EditionCount:
    """An edition and how many of the rows are of it."""

    edition: Edition
    count: int


@dataclass(frozen=True)
class ExhibitorCounts:
    """How many exhibitors of an edition each filter value would leave: (value, words, count), most first where no order is given."""

    chain: list[tuple[Chain, int]]
    stage: list[tuple[str, str, int]]
    country: list[tuple[str, str, int]]
    kind: list[tuple[str, str, int]]


def exhibitors_by_edition(rows: QuerySet[Registration]) -> list[EditionCount]:
    """Count the rows by edition, newest edition first, those without any too. Two queries."""
    counts = dict(rows.order_by().values_list("edition").annotate(Count("pk")))
    return [EditionCount(edition, counts.get(edition.pk, 0)) for edition in Edition.objects.held_first()]


def exhibitor_counts(rows: QuerySet[Registration], edition: Edition | None) -> ExhibitorCounts:
    """Count the edition's rows by chain, stage, country and kind. Three queries."""
    rows = rows.filter(edition=edition).order_by()
    by_chain = dict(rows.values_list("chains").annotate(Count("pk")))
    chains = [(chain, by_chain[chain.pk]) for chain in chains_of(edition) if chain.pk in by_chain] if edition else []
    stage, country, kind = Counter[str](), Counter[str](), Counter[str]()
    columns = ("main_segment__stage", "company__country", "company__kind")
    for its_stage, its_country, its_kind, count in rows.values_list(*columns).annotate(Count("pk")):
        stage[its_stage or ""] += count
        country[str(its_country)] += count
        kind[its_kind] += count
    return ExhibitorCounts(
        chains,
        [(value, str(words), stage[value]) for value, words in Stage.choices if stage[value]],
        sorted(((code, str(countries.name(code)), count) for code, count in country.items()), key=lambda one: (-one[2], one[1])),
        [(value, str(words), kind[value]) for value, words in Company.Kind.choices if kind[value]],
    )


def years_of(companies: Collection[int]) -> dict[int, set[int]]:
    """Return the years in which each company exhibited, as far as a report or a registration says so. One query."""
    seen = (Registration.Evidence.REGISTERED, Registration.Evidence.EXHIBITED, Registration.Evidence.CO_EXHIBITED)
    held = (
        Registration.objects.verified()
        .exhibitors()
        .filter(
            company__in=companies,
            evidence__in=seen,
            edition__status__in=[Edition.Status.LIVE, Edition.Status.CLOSED],
        )
    )
    years: dict[int, set[int]] = {}
    for company, year in held.values_list("company", "edition__year"):
        if year is not None:
            years.setdefault(company, set()).add(year)
    return years
