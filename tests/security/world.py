"""An expo with somebody in every part, built once: Boris sells, and everything numbered 4711 is his company's; the others look on."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.handlers.base import BaseHandler
from django.core.signals import request_finished
from django.db import IntegrityError, close_old_connections, transaction
from django.http import HttpResponseBase
from django.test import Client, RequestFactory
from django.utils import timezone
from model_bakery import baker

from expo.accounts.actions import make_key
from expo.editions.models import Chain, Statistic
from expo.programme.models import Seat as ForumSeat
from matchmaking.agreements.models import (
    Confirmation,
    ConfirmationLink,
    FrozenReport,
    Introduction,
    IntroductionConsent,
    Milestone,
    Party,
)
from matchmaking.desk.roles import ROLES, set_up_roles
from matchmaking.marketplace.models import OfferCertificate
from matchmaking.matching.models import Term, Verdict, Weight
from matchmaking.meetings.models import (
    Delivery,
    Edit,
    Interpreter,
    Meeting,
    MeetingRequest,
    MeetingSetup,
    Message,
    News,
    Occupancy,
    Place,
    PlannedSeat,
    PlanRun,
    Seat,
    Slot,
    Webhook,
)
from matchmaking.participants.models import Member, Registration, SupplyLink
from tests import builders
from tests.security.doors import NUMBER


@dataclass
class World:
    """Who knocks, by the name that stands over a column of the table: a cookie or a key for each."""

    people: dict[str, Any] = field(default_factory=dict)
    carries: dict[str, dict[str, str]] = field(default_factory=dict)


def build() -> World:
    """Build the expo and its people. Needs a database; leaves nothing when its transaction is rolled back."""
    set_up_roles()
    edition = builders.current_edition()
    chain = builders.chain(edition, slug="smart-vehicle", code="SV", colour=Chain.Colour.SV, order=1)
    segment = builders.segment(chain, slug="battery-cells", name_en="Battery cells")
    world = World(people=_people(edition, chain, segment))
    _things(world.people["owner"], edition, chain, segment)
    _one_of_each()
    world.carries = {"nobody": {}, **{name: _cookie(person) for name, person in world.people.items()}}
    world.carries |= _keys(world.people)
    return world


def _people(edition: Any, chain: Any, segment: Any) -> dict[str, Any]:
    """Return the people by the name of their column."""
    borealis = builders.company("Borealis Cells", logo=ContentFile(b"RIFF", "x.webp"))
    aurora, other = builders.company("Aurora Motors", country="DE"), builders.company("Comet Works")
    people = {"unverified": builders.person("nora@example.com"), "buyer": builders.person("anna@example.com")}
    EmailAddress.objects.filter(user=people["unverified"]).update(verified=False)
    people |= {"owner": builders.person("boris@example.com"), "representative": builders.person("rita@example.com")}
    people["outsider"] = builders.person("carla@example.com")
    builders.member(aurora, people["buyer"])
    builders.member(other, people["outsider"])
    builders.member(borealis, people["owner"])
    builders.member(borealis, people["representative"], role=Member.Role.REPRESENTATIVE)
    builders.registration(aurora, edition, role="buyer").chains.add(chain)
    builders.registration(other, edition).chains.add(chain)
    for role in ROLES:
        people[role.name.lower()] = builders.person(f"{role.name.lower()}@example.com", is_staff=True)
        people[role.name.lower()].groups.add(Group.objects.get(name=role.name))
    people["superuser"] = builders.person("root@example.com", is_staff=True, is_superuser=True)
    return people


def _things(owner: Any, edition: Any, chain: Any, segment: Any) -> None:
    """Give Boris's company one thing of each kind, numbered 4711, and the expo what belongs to nobody."""
    company = owner.memberships.get().company
    selling = builders.registration(company, edition, pk=NUMBER)
    selling.chains.add(chain)
    buying = builders.registration(company, edition, role="buyer")
    builders.offer(selling, segment, pk=NUMBER)
    proof = OfferCertificate.objects.create(offer_id=NUMBER, certificate=builders.certificate("ISO 9001"))
    OfferCertificate.objects.filter(pk=proof.pk).update(id=NUMBER, file="certificates/none.pdf")
    builders.sourcing_request(buying, segment, pk=NUMBER)
    asking = builders.person("asking@example.com")
    TOTP.activate(asking, generate_totp_secret())
    builders.member(company, asking, pk=NUMBER, role=Member.Role.REPRESENTATIVE, status="asked")
    builders.agreement(edition, chain, company, builders.company("Delta Works"), pk=NUMBER)
    builders.booth(builders.hall(edition, pk=NUMBER), pk=NUMBER)
    forum = builders.forum(edition, key="opening", capacity=5, starts_at=timezone.now() + timedelta(days=9), chain=chain)
    ForumSeat.objects.create(pk=NUMBER, forum=forum, person=owner)
    Weight.objects.create(pk=NUMBER, factor="text", points=28)
    Term.objects.create(pk=NUMBER, chain=chain, key="battery cell", kind=Term.Kind.GOOD, english="battery cell", chinese="电芯")
    Verdict.objects.create(pk=NUMBER, request_id=NUMBER, offer_id=NUMBER, side=Verdict.Side.BUYER, says=Verdict.Says.INTERESTED)
    _meeting(edition, selling, owner)
    builders.source(key="report")
    told = {"customer_name": "Delta Works", "customer_country": "NL", "item_en": "Cells", "year": 2027}
    SupplyLink.objects.create(pk=NUMBER, key="cells", supplier=company, **told)
    metric = builders.metric("agreements")
    builders.figure(edition, metric, 1, pk=NUMBER)
    now = timezone.now()
    Statistic.objects.create(pk=NUMBER, edition=edition, metric=metric, value=1, source_note="Gates", measured_at=now, entered_at=now)
    party = Party.objects.get(agreement=NUMBER, company=company)
    Milestone.objects.create(pk=NUMBER, agreement_id=NUMBER, party=party, days=1, due_on=now.date())
    said = {"agreement_id": NUMBER, "party": party, "version": 1}
    Confirmation.objects.create(pk=NUMBER, **said, party_name="Delta Works", answer="confirmed", way="desk", at=now)
    ConfirmationLink.objects.create(pk=NUMBER, **said, digest="0" * 64, made_at=now, expires_at=now + timedelta(days=14))
    claim = Introduction.objects.create(pk=NUMBER, agreement_id=NUMBER, introducer=builders.company("Ivory Trade"), claimed_at=now)
    IntroductionConsent.objects.create(pk=NUMBER, introduction=claim, party=party, answer="yes", at=now)
    FrozenReport.objects.create(
        pk=NUMBER, edition=edition, number=1, definitions_version="1", content={}, sha256="0" * 64, frozen_by=_staff()
    )


def _staff() -> Any:
    return apps.get_model("accounts", "User").objects.get(email="organiser@example.com")


def _meeting(edition: Any, selling: Any, owner: Any) -> None:
    """Let Boris's company meet Anna's: a time, a table, what was asked, written and agreed."""
    buying = Registration.objects.get(company__name="Aurora Motors")
    MeetingSetup.objects.create(pk=NUMBER, edition=edition)
    begins = (timezone.now() + timedelta(days=30)).replace(hour=2, minute=0, second=0, microsecond=0)  # the same day in UTC and in Shanghai
    slot = Slot.objects.create(pk=NUMBER, edition=edition, starts_at=begins, ends_at=begins + timedelta(minutes=30), day=begins.date())
    table = Place.objects.create(pk=NUMBER, edition=edition, kind=Place.Kind.TABLE, hall_id=NUMBER, code="T1", key="tableforall1")
    Interpreter.objects.create(pk=NUMBER, edition=edition, name="Ida", languages=["en", "zh"])
    low, high = sorted([selling.company_id, buying.company_id])
    pair = {"edition": edition, "sender": buying, "receiver": selling, "pair_low_id": low, "pair_high_id": high}
    asked = MeetingRequest.objects.create(pk=NUMBER, **pair, status="accepted", slot=slot, expires_at=begins, message="About cells")
    meeting = Meeting.objects.create(pk=NUMBER, request=asked, edition=edition, slot=slot, place=table, status="scheduled")
    Seat.objects.create(meeting=meeting, registration=buying, side="sender", desk=1)
    Seat.objects.create(meeting=meeting, registration=selling, side="receiver", desk=1, person=owner)
    Occupancy.objects.bulk_create(Occupancy(slot=slot, meeting=meeting, registration=one, desk=1) for one in (buying, selling))
    Occupancy.objects.create(slot=slot, meeting=meeting, place=table, desk=1)
    Occupancy.objects.create(slot=slot, meeting=meeting, person=owner)
    Message.objects.create(pk=NUMBER, request=asked, by=owner, side="receiver", text="With pleasure", language="en")
    closed = {"closed": [NUMBER], "since": timezone.now().isoformat()}
    Edit.objects.create(
        pk=NUMBER, edition=edition, kind="close_hall", subject="N1", parameters={"hall": NUMBER}, after=closed, done_by=owner
    )
    run = PlanRun.objects.create(pk=NUMBER, edition=edition, status="draft")
    PlannedSeat.objects.create(
        pk=NUMBER, run=run, meeting=meeting, kind="kept", slot=slot, place=table, before_slot=slot, before_place=table
    )
    News.objects.create(pk=NUMBER, meeting=meeting, before={"slot": NUMBER, "place": None, "interpreter": None}, created_at=timezone.now())
    Webhook.objects.create(pk=NUMBER, edition=edition, name="Mirror", url="https://hooks.invalid/", events=["meeting.moved"])
    Delivery.objects.create(pk=NUMBER, webhook_id=NUMBER, request=asked, kind="webhook.test", payload={})


def _one_of_each() -> None:
    """Make a row of each kind that the admin shows and nothing above made, where one can be made up."""
    for model in sorted({*admin.site._registry}, key=lambda model: model._meta.label):
        if not model._default_manager.exists() and not model._meta.label.startswith("django_tasks"):
            try:
                with transaction.atomic():
                    baker.make(model)
            except (IntegrityError, TypeError, ValueError, NotImplementedError):
                continue


def _cookie(person: Any) -> dict[str, str]:
    client = Client()
    client.force_login(person)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]  # Just now: pages that ask again do not.
    session.save()
    client.get("/privacy/")  # Staff sessions note their beginning.
    return {"HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"}


def _keys(people: dict[str, Any]) -> dict[str, dict[str, str]]:
    made = {"read key": ("owner", "read"), "write key": ("owner", "write"), "staff key": ("organiser", "write")}
    wanted = {name: {"by": people[whose], "name": name, "scope": scope, "days": 30} for name, (whose, scope) in made.items()}
    secrets = {name: make_key(one["by"], with_second_factor=True, **one)[1] for name, one in wanted.items()}
    return {name: {"HTTP_AUTHORIZATION": f"Bearer {secret}"} for name, secret in secrets.items()}


@contextmanager
def undone() -> Iterator[None]:
    """Let nothing that happens inside stay: neither rows nor counted limits."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    cache.clear()


def without_floods(settings: Any) -> None:
    """Lift the API's limits: here one person asks thousands of times a minute."""
    settings.API_LIMITS = dict.fromkeys(settings.API_LIMITS, (10**9, 10**9))


def closed(answer: Any) -> Any:
    """Close what is handed out as a file, as a server does when it has sent it; but keep the connection, which is the test's."""
    if answer.streaming:
        request_finished.disconnect(close_old_connections)
        try:
            answer.close()
        finally:
            request_finished.connect(close_old_connections)
    return answer


def knocker() -> Callable[..., HttpResponseBase]:
    """Return a function that opens a door and undoes what came of it: knock("POST", "/offers/1/edit/", carries, b"{}").

    It is the site's whole chain of middleware without the test client around it, which costs more than many a page.
    """
    handler, factory = BaseHandler(), RequestFactory(raise_request_exception=False)
    handler.load_middleware()

    def knock(method: str, address: str, carries: dict[str, str], body: bytes = b"{}") -> HttpResponseBase:
        kind = "application/json" if address.startswith("/api/") else "application/x-www-form-urlencoded"
        body = body if kind == "application/json" and method not in {"GET", "HEAD"} else b""
        request = factory.generic(method, address, body, content_type=kind, **carries)
        request._dont_enforce_csrf_checks = True
        with undone():
            response = handler.get_response(request)
        return closed(response)

    return knock


def tables() -> dict[str, int]:
    """Return how many rows each table has, to see that nothing stayed."""
    return {model._meta.db_table: model._default_manager.count() for model in apps.get_models() if model._meta.managed}
