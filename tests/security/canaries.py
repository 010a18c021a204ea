"""The world of the canary tests: every private field holds a word of its own, and one table says who may read which word.

Roles: `nobody`; `outsider` has an account and stands for no company; `buyer` owns Aurora; `owner` and `representative` stand for
Borealis, an exhibitor; `rival` owns another exhibitor; `pending` owns a company that is not verified; `hidden` owns a buyer that
hides its name; the staff's four roles and the superuser.
"""

import io
import zipfile
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from django.utils.crypto import get_random_string

from expo.accounts.models import ApiKey, OwnCopy, User, password_stamp
from expo.foundation import guards
from expo.foundation.eventlog import log
from expo.foundation.models import Event, OutboxMessage, SheetImport
from expo.foundation.search import index_all
from expo.programme.models import Seat
from matchmaking.agreements.models import Agreement
from matchmaking.desk.roles import set_up_roles
from matchmaking.marketplace.models import Offer, OfferCertificate, SourcingRequest
from matchmaking.participants.actions import ask_to_join
from matchmaking.participants.models import Block, Company, Consent, Registration
from tests import builders

STAFF = ("organiser", "verifier", "reporter", "read_only", "superuser")
SEE_PEOPLE = ("organiser", "verifier", "superuser")  # May look at accounts, so at addresses and phones.
SEE_MAIL = ("organiser", "superuser")  # May look at what was mailed.
ROLES = ("nobody", "outsider", "buyer", "owner", "representative", "rival", "pending", "hidden", *STAFF)
PRIVATE, PUBLIC = 4711, 4712

# Who may read which word: the whole policy in one place. A role that is not named may not, wherever it looks.
TABLE: dict[str, tuple[str, ...]] = {
    # people: the account itself, colleagues of the same company where a page shows them, staff who answer for people
    **{f"{who}{what}": (who, *SEE_PEOPLE) for who in ("outsider", "buyer", "rival", "pending", "hidden") for what in ("mail", "phone")},
    **{f"{who}{what}": ("owner", "representative", *SEE_PEOPLE) for who in ("owner", "representative") for what in ("mail", "phone")},
    # names: the log, the ledger and the lists of the desk name who did it, to all staff
    **{f"{who}name": (who, *STAFF) for who in ("outsider", "buyer", "rival", "pending", "hidden")},
    **{f"{who}name": ("owner", "representative", *STAFF) for who in ("owner", "representative")},
    **{f"{who}job": (who, *STAFF) for who in ("buyer", "rival", "pending", "hidden")},
    **{f"{who}job": ("owner", "representative", *STAFF) for who in ("owner", "representative")},
    # staff write their names under what they do; their own addresses are for themselves and for who looks after accounts
    **{f"{who}name": STAFF for who in STAFF},
    **{f"{who}{what}": (who, *SEE_PEOPLE) for who in STAFF for what in ("mail", "phone")},
    # who asked to join Borealis showed name and address to its owners, and not the phone
    "askername": ("owner", *STAFF),
    "askermail": ("owner", *SEE_PEOPLE),
    "askerphone": SEE_PEOPLE,
    "askerjob": ("owner", *STAFF),
    # who took it back shows nothing
    "shyname": STAFF,
    "shymail": SEE_PEOPLE,
    "shyphone": SEE_PEOPLE,
    # who has no name is not told by address
    "namelessmail": SEE_PEOPLE,
    # postings that are not published, and what the organiser wrote about them
    **{
        f"offer{status}": ("owner", "representative", *STAFF)
        for status in ("draft", "submitted", "changes", "withdrawn", "expired", "paused", "ended")
    },
    **{f"request{status}": ("buyer", *STAFF) for status in ("draft", "submitted", "withdrawn", "expired", "paused", "invited")},
    "offerreason": ("owner", "representative", *STAFF),
    "offerreference": ("owner", "representative", *STAFF),
    "requestreference": ("buyer", *STAFF),
    "proof": ("owner", "representative", *STAFF),
    # companies that do not take part yet, and why they may not
    "pendingcompany": ("pending", *STAFF),
    "pendingabout": ("pending", *STAFF),
    "rejection": ("pending", *STAFF),
    "companyreference": ("owner", "representative", *STAFF),
    # agreements that are not public
    "dealanonymous": ("buyer", "owner", "representative", *STAFF),
    "dealtotals": ("buyer", "owner", "representative", *STAFF),
    "dealdraft": STAFF,
    "dealvoid": ("buyer", "owner", "representative", *STAFF),
    "voidreason": STAFF,
    "dealdocument": STAFF,
    # a person's own things
    "purpose": ("owner", *SEE_MAIL),
    "notice": ("owner", *SEE_MAIL),
    "keyname": ("owner", *SEE_MAIL),
    "useragent": ("owner", "superuser"),
    "sheetrow": ("owner",),
    "copyname": ("owner", "superuser"),
    # names of things that staff did
    "eventdata": STAFF,
    "entry": STAFF,
}
# A buyer that hides its name is known as a company; which request is its own is not. Only these pages may name it to strangers.
NAMED_AS_COMPANY = ("/companies/", "/search/", "/zh/search/", "/sitemap")
HIDDEN_BUYER = "verborgen"


def word(name: str) -> str:
    return "kanarie" + name.replace("_", "") + "q"


WORDS = {word(name): frozenset(who) for name, who in TABLE.items()}


@dataclass
class World:
    """Browsers by role, and what stands for the blanks of addresses."""

    clients: dict[str, Client] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    blanks: dict[str, list[str]] = field(default_factory=dict)
    no_pages: set[str] = field(default_factory=set)


def make_world(edition: Any, chain: Any, segment: Any) -> World:
    world = World()
    set_up_roles()
    for role in ROLES[1:]:
        world.people[role] = _person(role)
    companies = _companies(world, edition)
    _staff(world)
    _asks(companies["owner"])
    _postings(world, companies, segment)
    _agreements(world, companies, edition, chain)
    _own_things(world, companies["owner"], edition)
    for model in (Company, Offer, SourcingRequest):
        index_all(model, list(model.objects.values_list("pk", flat=True)))
    for role in ROLES:
        world.clients[role] = _browser(world.people.get(role))
    _fill_blanks(world)
    return world


def document(text: str) -> bytes:
    return f"%PDF-1.4\n% {text}\n%%EOF\n".encode()


def _person(role: str) -> User:
    numbered = {"owner": {"pk": PRIVATE}, "buyer": {"pk": PUBLIC}}.get(role, {})
    return builders.person(f"{word(f'{role}mail')}@example.com", full_name=word(f"{role}name"), phone=word(f"{role}phone"), **numbered)


def _companies(world: World, edition: Any) -> dict[str, Registration]:
    made = {}
    for role, name, taking_part in (
        ("buyer", "Aurora Motors", {"role": "buyer"}),
        ("owner", "Borealis Cells", {"pk": PUBLIC}),
        ("rival", "Rival Works", {}),
        ("hidden", HIDDEN_BUYER.title(), {"role": "buyer"}),
        ("pending", word("pendingcompany"), {"status": "rejected", "rejection_reason": word("rejection"), "pk": PRIVATE}),
    ):
        reference = {"external_id": word("companyreference"), "pk": PUBLIC} if role == "owner" else {}
        company = builders.company(name, **reference, **({"pk": PRIVATE} if role == "pending" else {}))
        builders.member(company, world.people[role], job_title=word(f"{role}job"), **({"pk": PUBLIC} if role == "owner" else {}))
        made[role] = builders.registration(company, edition, created_by=world.people[role], **taking_part)
    Company.objects.filter(pk=made["pending"].company_id).update(about_en=word("pendingabout"), slug="pending-works")
    borealis = made["owner"].company
    borealis.logo.save("x", ContentFile(b"RIFF"))
    builders.member(borealis, world.people["representative"], role="representative", job_title=word("representativejob"))
    Block.objects.create(company=borealis, blocked=made["rival"].company, set_by=world.people["owner"])
    return made


def _staff(world: World) -> None:
    for role, group in (("organiser", "Organiser"), ("verifier", "Verifier"), ("reporter", "Reporter"), ("read_only", "Read-only")):
        world.people[role].groups.add(Group.objects.get(name=group))
    User.objects.filter(pk__in=[world.people[role].pk for role in STAFF]).update(is_staff=True)
    User.objects.filter(pk=world.people["superuser"].pk).update(is_superuser=True)
    for role in STAFF:
        world.people[role].refresh_from_db()


def _asks(registration: Registration) -> None:
    for who in ("asker", "shy"):
        person = builders.person(f"{word(f'{who}mail')}@example.com", full_name=word(f"{who}name"), phone=word(f"{who}phone"))
        ask_to_join(registration.company, by=person, job_title=word(f"{who}job") if who == "asker" else "")
        if who == "shy":
            Consent.objects.filter(person=person).update(revoked_at=timezone.now())
            OutboxMessage.objects.filter(body__contains=word("shyname")).delete()
    nameless = builders.person(f"{word('namelessmail')}@example.com", full_name="")
    User.objects.filter(pk=nameless.pk).update(full_name="")
    log(registration, "looked", by=User.objects.get(pk=nameless.pk))


def _postings(world: World, companies: dict[str, Registration], segment: Any) -> None:
    own = {"review_reason": word("offerreason"), "external_id": word("offerreference")}
    builders.offer(companies["owner"], segment, pk=PUBLIC, title="An offer for all", **own)
    statuses = {"draft": "draft", "submitted": "submitted", "changes": "changes_requested", "withdrawn": "withdrawn", "expired": "expired"}
    for name, status in {**statuses, "paused": "paused"}.items():
        numbered = {"pk": PRIVATE} if name == "draft" else {}
        builders.offer(
            companies["owner"], segment, title=word(f"offer{name}"), status=status, **numbered, review_reason=word("offerreason")
        )
    proof = OfferCertificate.objects.create(pk=PRIVATE, offer_id=PRIVATE, certificate=builders.certificate("ISO 9001"))
    proof.file.save("x", ContentFile(document(word("proof"))))  # Of a published offer it is for everyone.
    builders.offer(companies["owner"], segment, title=word("offerended"), valid_until=timezone.localdate() - timedelta(days=3))
    reference = {"external_id": word("requestreference")}
    builders.sourcing_request(companies["buyer"], segment, pk=PUBLIC, title="A request for all", **reference)
    for status in ("draft", "submitted", "withdrawn", "expired", "paused"):
        numbered = {"pk": PRIVATE} if status == "draft" else {}
        builders.sourcing_request(companies["buyer"], segment, title=word(f"request{status}"), status=status, **numbered)
    builders.sourcing_request(companies["buyer"], segment, title=word("requestinvited"), visibility="invited")
    builders.sourcing_request(companies["hidden"], segment, title="A wish without a name", visibility="name_hidden")


def _agreements(world: World, companies: dict[str, Registration], edition: Any, chain: Any) -> None:
    sides = (companies["buyer"].company, companies["owner"].company)
    by = {"recorded_by": world.people["organiser"]}
    builders.agreement(edition, chain, *sides, pk=PUBLIC, title="An agreement for all", **by)
    builders.agreement(edition, chain, *sides, title=word("dealanonymous"), visibility="anonymous", **by)
    builders.agreement(edition, chain, *sides, title=word("dealtotals"), visibility="totals_only", **by)
    draft = builders.agreement(edition, chain, *sides, pk=PRIVATE, title=word("dealdraft"), status="draft")
    draft.document.save("x", ContentFile(document(word("dealdocument"))))
    builders.agreement(edition, chain, *sides, title=word("dealvoid"), status="void", void_reason=word("voidreason"), **by)
    noted = log(Agreement.objects.get(pk=PUBLIC), "noted", by=world.people["organiser"], note=word("eventdata"))
    with guards.lifted():
        Event.objects.filter(pk=noted.pk).update(id=PRIVATE)
    kind = ContentType.objects.get_for_model(Company)
    LogEntry.objects.create(
        user=world.people["organiser"], content_type=kind, object_id=str(sides[1].pk), object_repr=word("entry"), action_flag=CHANGE
    )


def _own_things(world: World, registration: Registration, edition: Any) -> None:
    owner = world.people["owner"]
    Consent.objects.create(pk=PRIVATE, person=owner, shown_to=registration.company, field="phone", purpose=word("purpose"))
    OutboxMessage.objects.create(pk=PRIVATE, recipient=owner, kind="x", subject=word("notice"), body=word("notice"), message_id="<x@x>")
    ApiKey.objects.create(
        pk=PRIVATE,
        user=owner,
        name=word("keyname"),
        digest="x",
        token_key="x",
        scope="read",
        expiry=timezone.now() + timedelta(days=9),
        password_stamp=password_stamp(owner),
    )
    SheetImport.objects.create(
        pk=PRIVATE,
        who=owner,
        kind="offers",
        scope_id=registration.pk,
        company_id=registration.company_id,
        status="refused",
        bad=1,
        total=1,
        faults=[{"row": 2, "column": "A", "at": 0, "value": word("sheetrow"), "says": {"en": "Wrong.", "zh-hans": "错"}}],
        preview={"keys": ["title"], "places": [0], "rows": [[word("sheetrow")]]},
    )
    copy = OwnCopy.objects.create(person=owner, ready_at=timezone.now(), size=1)
    OwnCopy.objects.filter(pk=copy.pk).update(name=f"{word('copyname')}_A")  # Signs as a real name has.
    forum = builders.forum(edition, key="opening", on=edition.starts_on, capacity=5, title_en="A forum for all")
    Seat.objects.create(pk=PRIVATE, forum=forum, person=world.people["buyer"])


def _browser(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
        client.post("/accounts/reauthenticate/", {"password": builders.PASSWORD})
        if user.email.startswith(word("ownermail")):
            user.usersession_set.create(ip="203.0.113.9", user_agent=word("useragent"), session_key=client.session.session_key)
    return client


def _fill_blanks(world: World) -> None:
    world.blanks.update(
        number=[str(PRIVATE), str(PUBLIC)],
        company=["borealis-cells", "pending-works", HIDDEN_BUYER],
        key=[str(SheetImport.objects.get().key)],
        kind=["offers"],
        name=[f"{word('copyname')}_A"],
    )


def text_of(response: Any) -> str:
    """All text of an answer: the body, its headers, and what is packed in it."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    texts = [body.decode("utf-8", "replace"), *(f"{name}: {value}" for name, value in response.headers.items())]
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            texts += [packed.read(name).decode("utf-8", "replace") for name in packed.namelist()]
    return "\n".join(texts).casefold()


def nonsense() -> str:
    """A word that is nowhere."""
    return get_random_string(12, "bcdfghjkl")
