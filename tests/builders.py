"""Small builders for rows that tests need: each fills in what the test does not say. Plain model creation, no actions."""

import time
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone
from django.utils.text import slugify

from expo.accounts.models import User
from expo.editions.models import Chain, ChainArea, Edition, ExchangeRate, Metric, ReportedFigure, Segment, SegmentLink, Source
from expo.foundation.search import index
from expo.programme.models import Forum
from expo.venue.models import Booth, Hall
from matchmaking.agreements.models import Agreement, Ledger, Party
from matchmaking.marketplace.models import Certificate, Offer, OfferCertificate, PostingStatus, RequestCertificate, SourcingRequest
from matchmaking.matching.models import Match, MatchRun, Snapshot
from matchmaking.participants.models import Company, Member, Registration
from matchmaking.participants.names import domain_of, name_key

PASSWORD = "correct horse battery staple"
_number = count(1)


def person(email: str = "", **fields: Any) -> User:
    """A person with a verified address and the password `PASSWORD`."""
    email = email or f"person{next(_number)}@example.com"
    fields.setdefault("full_name", email.partition("@")[0].title())
    user = User.objects.create_user(email, PASSWORD, **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def with_two_steps(client: Client) -> Client:
    """Let the browser's session be one begun with a code besides the password; the person has a second factor already."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()
    return client


def source(**fields: Any) -> Source:
    return Source.objects.create(
        **{"key": f"source-{next(_number)}", "title": "Report of the day", "publisher": "The Daily", "published_on": "2026-11-20", **fields}
    )


def edition(**fields: Any) -> Edition:
    """An edition that is not current; `fields` win."""
    number = next(_number)
    return Edition.objects.create(
        **{
            "slug": f"e{number}",
            "ordinal": 100 + number,
            "name_en": f"Sample expo {number}",
            "short_name_en": f"Sample {number}",
            "status": Edition.Status.CLOSED,
            **fields,
        }
    )


def current_edition(**fields: Any) -> Edition:
    """The current edition: registration open, 20 to 24 June 2027 in Shanghai, and 1 USD = 7 CNY."""
    made = edition(
        **{
            "slug": "2027",
            "year": 2027,
            "name_en": "Sample Supply Chain Expo 2027",
            "name_zh": "2027样例供应链博览会",
            "short_name_en": "Sample 2027",
            "short_name_zh": "样例2027",
            "starts_on": date(2027, 6, 20),
            "ends_on": date(2027, 6, 24),
            "status": Edition.Status.REGISTRATION,
            "is_current": True,
            **fields,
        }
    )
    for currency, cny in (("CNY", "1"), ("USD", "7"), ("EUR", "8")):
        ExchangeRate.objects.create(
            edition=made, currency=currency, cny_per_unit=Decimal(cny), as_of=date(2027, 1, 4), source_note="Test rate"
        )
    return made


def chain(edition: Edition | None = None, **fields: Any) -> Chain:
    """A chain, with its area in `edition` where one is given."""
    number = next(_number)
    made = Chain.objects.create(
        **{
            "slug": f"chain-{number}",
            "code": f"{chr(65 + number // 100 % 26)}{number % 100:02d}",
            "name_en": f"Chain {number}",
            "name_zh": f"链{number}",
            "short_name_en": f"Chain {number}",
            "colour": Chain.Colour.SV,
            "order": number,
            **fields,
        }
    )
    if edition is not None:
        ChainArea.objects.create(edition=edition, chain=made, order=made.order)
    return made


def segment(chain: Chain, **fields: Any) -> Segment:
    number = next(_number)
    return Segment.objects.create(
        **{"chain": chain, "stage": "midstream", "slug": f"segment-{number}", "name_en": f"Segment {number}", "order": number, **fields}
    )


def link(supplier: Segment, customer: Segment) -> SegmentLink:
    """What `supplier` makes, `customer` uses."""
    return SegmentLink.objects.create(supplier=supplier, customer=customer)


def metric(key: str = "agreements", **fields: Any) -> Metric:
    return Metric.objects.create(
        **{"key": key, "name_en": key, "name_zh": key, "unit": "count", "definition_en": key, "definition_zh": key, **fields}
    )


def figure(edition: Edition, metric: Metric, value: str | int, **fields: Any) -> ReportedFigure:
    """A reported figure with one source."""
    made = ReportedFigure.objects.create(edition=edition, metric=metric, value=Decimal(value), **fields)
    made.sources.add(source())
    return made


def hall(edition: Edition, **fields: Any) -> Hall:
    """A hall of 60 by 40 metres."""
    return Hall.objects.create(
        **{"edition": edition, "code": f"H{next(_number)}", "name_en": "Hall", "width": Decimal(60), "depth": Decimal(40), **fields}
    )


def booth(hall: Hall, **fields: Any) -> Booth:
    """A free booth of 3 by 3 metres in the hall's corner; give x and y where there are several."""
    return Booth.objects.create(
        **{
            "edition": hall.edition,
            "hall": hall,
            "code": f"SV {next(_number)}",
            "x": Decimal(0),
            "y": Decimal(0),
            "width": Decimal(3),
            "depth": Decimal(3),
            **fields,
        }
    )


def forum(edition: Edition, **fields: Any) -> Forum:
    return Forum.objects.create(**{"edition": edition, "key": f"forum-{next(_number)}", "title_en": "Forum", **fields})


def company(name: str = "", **fields: Any) -> Company:
    """A company in China; it is visible once it has a verified registration."""
    name = name or f"Company {next(_number)}"
    website = fields.get("website", "")
    return Company.objects.create(
        **{
            "name": name,
            "slug": slugify(name) or f"company-{next(_number)}",
            "name_key": name_key(name),
            "country": "CN",
            "domain": domain_of(website),
            **fields,
        }
    )


def member(company: Company, user: User, **fields: Any) -> Member:
    """An active owner of the company."""
    return Member.objects.create(**{"company": company, "user": user, "role": Member.Role.OWNER, "status": Member.Status.ACTIVE, **fields})


def registration(company: Company, edition: Edition, **fields: Any) -> Registration:
    """A verified registration as exhibitor."""
    now = timezone.now()
    return Registration.objects.create(
        **{
            "company": company,
            "edition": edition,
            "role": Registration.Role.EXHIBITOR,
            "status": Registration.Status.VERIFIED,
            "submitted_at": now,
            "decided_at": now,
            **fields,
        }
    )


def offer(registration: Registration, segment: Segment, *, certificates: tuple[str, ...] = (), **fields: Any) -> Offer:
    """A published offer, open for 30 days."""
    made = Offer.objects.create(**{**_posting(registration, segment, "Offer"), **fields})
    for name in certificates:
        OfferCertificate.objects.create(offer=made, certificate=certificate(name))
    return made


def sourcing_request(registration: Registration, segment: Segment, *, certificates: tuple[str, ...] = (), **fields: Any) -> SourcingRequest:
    """A published request, open for 30 days. `segment` is what is looked for."""
    made = SourcingRequest.objects.create(**{**_posting(registration, segment, "Request"), **fields})
    for name in certificates:
        RequestCertificate.objects.create(request=made, certificate=certificate(name))
    return made


def _posting(registration: Registration, segment: Segment, word: str) -> dict[str, Any]:
    now = timezone.now()
    return {
        "registration": registration,
        "segment": segment,
        "title": f"{word} {next(_number)}",
        "status": PostingStatus.PUBLISHED,
        "valid_until": timezone.localdate() + timedelta(days=30),
        "submitted_at": now,
        "published_at": now,
    }


def index_all() -> None:
    """Make the search index of all rows: builders write rows past the actions, which the index follows."""
    for _label, _changed in index.rebuild():
        pass


def certificate(name: str) -> Certificate:
    key = "".join(sign for sign in name_key(name) if sign.isalnum())
    return Certificate.objects.get_or_create(key=key, defaults={"name": name})[0]


def agreement(edition: Edition, chain: Chain, *companies: Company, **fields: Any) -> Agreement:
    """A recorded agreement between the companies over CNY 1,000,000; a draft, and what is only sent to the parties, takes no number."""
    fields = {
        "title": f"Agreement {next(_number)}",
        "kind": Agreement.Kind.AGREEMENT,
        "signed_on": edition.starts_on or date(2027, 6, 21),
        "amount": Decimal("1000000.00"),
        "currency": "CNY",
        "status": Agreement.Status.RECORDED,
        **fields,
    }
    if fields["status"] not in {Agreement.Status.DRAFT, Agreement.Status.SUBMITTED}:
        fields = {"number": _next_number(edition), "recorded_at": timezone.now(), **fields}
        if fields["amount"] is not None:
            rate = ExchangeRate.objects.get(edition=edition, currency=fields["currency"]).cny_per_unit
            fields = {"rate_used": rate, "amount_cny": fields["amount"] * rate, **fields}
    made = Agreement.objects.create(edition=edition, chain=chain, **fields)
    for order, party in enumerate(companies):
        Party.objects.create(agreement=made, company=party, order=order)
    return made


def _next_number(edition: Edition) -> int:
    ledger, _made = Ledger.objects.get_or_create(edition=edition)
    ledger.last_number += 1
    ledger.save(update_fields=["last_number"])
    return ledger.last_number


def match_run(edition: Edition, **fields: Any) -> MatchRun:
    """The matching run in force of an edition, which has read all requests that are there."""
    now = timezone.now()
    for request in SourcingRequest.objects.filter(registration__edition=edition):
        read(request)
    return MatchRun.objects.create(
        **{
            "edition": edition,
            "status": MatchRun.Status.IN_FORCE,
            "engine_version": "1",
            "started_at": now,
            "finished_at": now,
            **fields,
        }
    )


def read(request: SourcingRequest) -> Snapshot:
    """The request as a run has read it."""
    return Snapshot.objects.get_or_create(request=request, digest="r", defaults={"facts": {"id": str(request.pk)}})[0]


def match(request: SourcingRequest, offer: Offer, **fields: Any) -> Match:
    """A match of the run in force, first on both lists with 80 points; the run is made where there is none."""
    edition = request.registration.edition
    run = fields.pop("run", None) or MatchRun.objects.filter(edition=edition, status="in_force").first() or match_run(edition)
    asked = read(request)
    offered = Snapshot.objects.get_or_create(offer=offer, digest="o", defaults={"facts": {"id": str(offer.pk)}})[0]
    ranks = {} if fields.get("near_rank") else {"request_rank": 1, "offer_rank": 1}
    return Match.objects.create(
        run=run,
        request=request,
        offer=offer,
        request_snapshot=asked,
        offer_snapshot=offered,
        **{"score": Decimal("80.00"), **ranks, **fields},
    )
