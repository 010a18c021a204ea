"""Every write of the rooms over the API: the right person, a stranger, the same one twice, and what no body may set."""

import io
import json
import re
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.test import Client
from django.utils import timezone
from PIL import Image

from expo.api import router
from expo.editions.models import ExchangeRate
from expo.foundation.models import Event, OutboxMessage
from expo.foundation.writing import WritableRows
from matchmaking.agreements.models import Agreement, Confirmation, ConfirmationLink, Introduction, IntroductionConsent, Party
from matchmaking.marketplace.models import Offer, OfferCertificate, PostingStatus, SourcingRequest
from matchmaking.matching.models import Verdict
from matchmaking.participants.models import Block, Company, Consent, Member, Registration
from tests import builders
from tests.matchmaking.marketplace.pdfs import plain_pdf

ROOMS = (
    "companies",
    "registrations",
    "memberships",
    "blocks",
    "offers",
    "requests",
    "forums",
    "agreements",
    "exchange-rates",
    "consents",
    "certificates",
    "editions",
)
WRITABLE = {prefix: viewset for prefix, viewset, _name in router.registry if issubclass(viewset, WritableRows) and prefix in ROOMS}


def png() -> SimpleUploadedFile:
    stream = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(stream, "PNG")
    return SimpleUploadedFile("logo.png", stream.getvalue(), "image/png")


def pdf() -> SimpleUploadedFile:
    return SimpleUploadedFile("paper.pdf", plain_pdf(), "application/pdf")


@pytest.fixture
def world(edition, chain, supplier_segment, buyer, exhibitor, anna, boris, carla, organiser):
    """One row in each state that a verb starts from."""
    dan, erik = builders.person("dan@example.com"), builders.person("erik@example.com")
    borealis, aurora = exhibitor.company, buyer.company
    hall = builders.hall(edition)
    draft = builders.registration(borealis, edition, role="buyer", status="draft", submitted_at=None, decided_at=None)
    draft.chains.add(chain)
    sent = builders.registration(aurora, edition, role="exhibitor", status="submitted", decided_at=None)
    sent.chains.add(chain)
    offers = {
        status: builders.offer(exhibitor, supplier_segment, status=status, title=f"Offer {status}") for status in PostingStatus.values[:2]
    }
    offers |= {status: builders.offer(exhibitor, supplier_segment, status=status) for status in ("published", "paused")}
    builders.offer(exhibitor, supplier_segment, certificates=("ISO 9001",), pk=4711, status="draft")
    requests = {
        status: builders.sourcing_request(buyer, supplier_segment, status=status)
        for status in ("draft", "submitted", "published", "paused")
    }
    match = builders.match(requests["published"], offers["published"])
    Verdict.objects.create(request=match.request, offer=match.offer, side="supplier", says="interested", by=boris)
    fresh = builders.company("Fresh Works", country="FR")
    builders.member(fresh, boris)
    recorded = builders.agreement(edition, chain, aurora, fresh)
    asked_about = builders.agreement(edition, chain, aurora, fresh, status="submitted", number=None, recorded_at=None, drafted_for=aurora)
    return SimpleNamespace(
        edition=edition, chain=chain, segment=supplier_segment, anna=anna, boris=boris, carla=carla, organiser=organiser,
        dan=dan, erik=erik, borealis=borealis, aurora=aurora, fresh=fresh, exhibitor=exhibitor, buyer=buyer, draft=draft, sent=sent,
        booth=builders.booth(hall, code="SV 1"), offers=offers, requests=requests, proven=Offer.objects.get(pk=4711),
        asked=builders.member(borealis, dan, status="asked", role="representative"),
        active=builders.member(borealis, erik, role="representative"),
        block=Block.objects.create(company=borealis, blocked=aurora, set_by=boris),
        forum=builders.forum(edition, key="talk", on=edition.starts_on, capacity=2),
        consent=Consent.objects.create(person=dan, shown_to=borealis, field="email", purpose="asked to join"),
        paper=builders.agreement(edition, chain, aurora, fresh, status="draft"),
        recorded=recorded, asked_about=asked_about, party=recorded.parties.get(company=fresh),
        other=builders.agreement(edition, chain, aurora, fresh, title="Looks like it"),
        disputed=builders.agreement(edition, chain, aurora, fresh, status="disputed", dispute_reason="Not so."),
        own_draft=own_draft(edition, chain, aurora), introduced=introduced(edition, chain, aurora, fresh),
    )  # fmt: skip


def own_draft(edition: Any, chain: Any, company: Company) -> Agreement:
    made = builders.agreement(edition, chain, company, status="draft", drafted_for=company)
    Party.objects.create(agreement=made, outside_name="Nowhere Works", outside_key="FR:nowhere works", country="FR", order=1)
    return made


def introduced(edition: Any, chain: Any, *companies: Company) -> Agreement:
    made = builders.agreement(edition, chain, *companies)
    Introduction.objects.create(agreement=made, introducer=builders.company("Ivory Trade"))
    return made


@dataclass(frozen=True)
class Call:
    """A write as the table lists it. `who` may do it; `{}` in the address and texts of the body are filled from the world."""

    method: str
    address: str
    who: str
    body: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    stranger: int = 403
    files: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.address} by {self.who}"

    def body_in(self, world: Any) -> Any:
        return json.loads(json.dumps(self.body), object_hook=lambda read: {name: filled(value, world) for name, value in read.items()})

    def send(self, client: Client, world: Any, **headers: str) -> Any:
        address, sent = "/api/v1/" + self.address.format(w=world), self.body_in(world)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.files:
            return client.post(address, {**sent, self.files: png() if self.files == "logo" else pdf()}, headers=named)
        return getattr(client, self.method)(address, sent, "application/json", headers=named)


def filled(value: Any, world: Any) -> Any:
    """Put rows of the world into a body: "=w.segment.pk" stands for its number, "=w.offers.draft.pk" for that of an offer."""
    if isinstance(value, list):
        return [filled(one, world) for one in value]
    if isinstance(value, str) and value.startswith("=w."):
        found = world
        for name in value[3:].split("."):
            found = found[name] if isinstance(found, dict) else getattr(found, name)
        return found
    return value


OFFER = {"segment": "=w.segment.pk", "title": "Cells", "unit": "pc"}
REQUEST = {"segment": "=w.segment.pk", "title": "Cells wanted", "unit": "pc"}
PARTIES = [{"company": "=w.aurora.slug"}, {"outside_name": "Nowhere Works", "country": "FR"}]
AGREEMENT = {"edition": "=w.edition.slug", "title": "Cells for cars", "kind": "agreement", "chain": "=w.chain.slug", "signed_on": "2027-06-21",
             "amount": "5.00", "currency": "CNY", "parties": PARTIES}  # fmt: skip

RATE = {
    "edition": "=w.edition.slug",
    "currency": "USD",
    "cny_per_unit": "7.24",
    "as_of": "2026-01-05",
    "source_note": "The bank of the day",
}

CALLS = [
    Call("patch", "companies/{w.borealis.slug}/", "boris", {"about_en": "Cells", "external_id": "B-1"}),
    Call("post", "companies/{w.borealis.slug}/logo/", "boris", files="logo"),
    Call("post", "companies/{w.borealis.slug}/remove-logo/", "boris"),
    Call("post", "companies/", "organiser", {"name": "Nobody Works", "country": "FR", "without_owner": True}, 201),
    Call("post", "consents/{w.consent.pk}/take-back/", "dan", stranger=404),
    Call("post", "certificates/iso9001/respell/", "organiser", {"name": "ISO-9001"}),
    Call("post", "editions/{w.edition.slug}/make-current/", "organiser"),
    Call("post", "registrations/", "boris", {"company": "=w.fresh.slug", "role": "exhibitor", "chains": ["smart-vehicle"]}, 201),
    Call("patch", "registrations/{w.draft.pk}/", "boris", {"parallel_meetings": 3, "main_segment": "=w.segment.pk"}, stranger=404),
    Call("patch", "registrations/{w.exhibitor.pk}/", "boris", {"external_id": "R-1"}),
    Call("post", "registrations/{w.draft.pk}/submit/", "boris", stranger=404),
    Call("post", "registrations/{w.exhibitor.pk}/withdraw/", "boris"),
    Call("post", "registrations/{w.sent.pk}/verify/", "organiser", stranger=404),
    Call("post", "registrations/{w.sent.pk}/reject/", "organiser", {"reason": "Say who you are."}, stranger=404),
    Call("post", "registrations/{w.exhibitor.pk}/arrange/", "organiser", {"is_key_client": True}),
    Call("post", "registrations/{w.exhibitor.pk}/move-booth/", "organiser", {"booth": "SV 1"}),
    Call("post", "memberships/{w.asked.pk}/accept/", "boris", stranger=404),
    Call("post", "memberships/{w.asked.pk}/decline/", "boris", stranger=404),
    Call("post", "memberships/{w.active.pk}/make-owner/", "boris", stranger=404),
    Call("post", "memberships/{w.active.pk}/end/", "boris", status=204, stranger=404),
    Call("post", "memberships/{w.active.pk}/end/", "erik", stranger=404),
    Call("post", "blocks/", "boris", {"company": "=w.fresh.slug", "blocked": "=w.aurora.slug"}, 201),
    Call("post", "blocks/{w.block.pk}/lift/", "boris", status=204, stranger=404),
    Call("post", "offers/", "boris", {**OFFER, "external_id": "O-1", "certificates": [{"name": "ISO 9001"}]}, 201),
    Call("post", "offers/", "boris", {**OFFER, "registration": "=w.exhibitor.pk"}, 201),
    Call("patch", "offers/{w.offers[draft].pk}/", "boris", {"title": "Better cells", "unit_price": "7", "currency": "CNY", "price_unit": "pc"},
         stranger=404),
    Call("post", "offers/upsert/", "boris", {**OFFER, "external_id": "O-2"}),
    Call("post", "offers/batch/", "boris", {"rows": [OFFER, {**OFFER, "external_id": "O-3"}]}),
    Call("post", "offers/{w.offers[draft].pk}/submit/", "boris", stranger=404),
    Call("post", "offers/submit-many/", "boris", {"rows": ["=w.offers.draft.pk"]}),
    Call("post", "offers/withdraw-many/", "boris", {"rows": ["=w.offers.published.pk", "=w.offers.draft.pk"]}),
    Call("post", "offers/{w.offers[published].pk}/pause/", "boris"),
    Call("post", "offers/{w.offers[paused].pk}/resume/", "boris", stranger=404),
    Call("post", "offers/{w.offers[paused].pk}/renew/", "boris", stranger=404),
    Call("post", "offers/{w.offers[published].pk}/fulfil/", "boris"),
    Call("post", "offers/{w.offers[published].pk}/withdraw/", "boris"),
    Call("post", "offers/{w.offers[submitted].pk}/publish/", "organiser", stranger=404),
    Call("post", "offers/{w.offers[submitted].pk}/request-changes/", "organiser", {"reason": "Say more."}, stranger=404),
    Call("post", "offers/{w.offers[published].pk}/correct/", "organiser", {"title": "Cells, corrected"}),
    Call("post", "offers/{w.proven.pk}/prove/", "boris", {"certificate": "iso9001"}, stranger=404, files="file"),
    Call("post", "requests/", "anna", {**REQUEST, "certificates": ["ISO 9001"], "musts": ["CERTS"], "answer_cap": 5}, 201),
    Call("patch", "requests/{w.requests[draft].pk}/", "anna", {"title": "More cells wanted"}, stranger=404),
    Call("post", "requests/upsert/", "anna", {**REQUEST, "external_id": "Q-2"}),
    Call("post", "requests/batch/", "anna", {"rows": [REQUEST]}),
    Call("post", "requests/{w.requests[draft].pk}/submit/", "anna", stranger=404),
    Call("post", "requests/submit-many/", "anna", {"rows": ["=w.requests.draft.pk"]}),
    Call("post", "requests/withdraw-many/", "anna", {"rows": ["=w.requests.published.pk"]}),
    Call("post", "requests/{w.requests[published].pk}/pause/", "anna"),
    Call("post", "requests/{w.requests[paused].pk}/resume/", "anna", stranger=404),
    Call("post", "requests/{w.requests[paused].pk}/renew/", "anna", stranger=404),
    Call("post", "requests/{w.requests[published].pk}/fulfil/", "anna"),
    Call("post", "requests/{w.requests[published].pk}/withdraw/", "anna"),
    Call(
        "post",
        "requests/{w.requests[published].pk}/matches/{w.offers[published].pk}/verdict/",
        "anna",
        {"side": "buyer", "says": "interested"},
    ),
    Call("post", "requests/{w.requests[published].pk}/matches/{w.offers[published].pk}/verdict/undo/", "boris", {"side": "supplier"}),
    Call("post", "match-runs/", "organiser", {"edition": "=w.edition.slug"}, 201),
    Call("post", "requests/{w.requests[submitted].pk}/publish/", "organiser", stranger=404),
    Call("post", "requests/{w.requests[submitted].pk}/request-changes/", "organiser", {"reason": "Say more."}, stranger=404),
    Call("post", "requests/{w.requests[published].pk}/correct/", "organiser", {"title": "Cells wanted, corrected"}),
    Call("post", "agreements/", "organiser", AGREEMENT, 201),
    Call("patch", "agreements/{w.paper.pk}/", "organiser", {"title": "Corrected"}, stranger=404),
    Call("post", "agreements/{w.paper.pk}/attach/", "organiser", stranger=404, files="document"),
    Call("post", "agreements/{w.paper.pk}/record/", "organiser", stranger=404),
    Call("post", "agreements/{w.paper.pk}/discard/", "organiser", status=204, stranger=404),
    Call("post", "agreements/{w.recorded.pk}/void/", "organiser", {"reason": "Logged twice."}),
    Call("post", "agreements/", "anna", {**AGREEMENT, "drafted_for": "=w.aurora.slug"}, 201),
    Call("patch", "agreements/{w.own_draft.pk}/", "anna", {"title": "Corrected"}, stranger=404),
    Call("post", "agreements/{w.own_draft.pk}/attach/", "anna", stranger=404, files="document"),
    Call("post", "agreements/{w.own_draft.pk}/submit/", "anna", stranger=404),
    Call("post", "agreements/{w.own_draft.pk}/discard/", "anna", status=204, stranger=404),
    Call("post", "agreements/{w.asked_about.pk}/take-back/", "anna", stranger=404),
    Call("post", "agreements/{w.asked_about.pk}/confirm/", "boris", {"version": 1}, stranger=404),
    Call("post", "agreements/{w.asked_about.pk}/refuse/", "boris", {"reason": "The amount is wrong."}, 204, stranger=404),
    Call("post", "agreements/{w.asked_about.pk}/record/", "organiser", stranger=404),
    Call("post", "agreements/{w.recorded.pk}/dispute/", "boris", {"reason": "Never signed."}),
    Call("post", "agreements/{w.disputed.pk}/settle/", "organiser", {"reason": "Both say so.", "as_confirmed": True}, stranger=404),
    Call("post", "agreements/{w.recorded.pk}/correct/", "organiser", {"amount": "7.00", "reason": "A slip."}),
    Call("post", "agreements/{w.recorded.pk}/correct-paper/", "organiser", {"reason": "A better scan."}, files="document"),
    Call("post", "agreements/{w.recorded.pk}/verify/", "organiser", {"reason": "The contract."}),
    Call("post", "agreements/{w.other.pk}/merge/", "organiser", {"into": "=w.recorded.pk", "reason": "Logged twice."}),
    Call("post", "agreements/{w.other.pk}/keep-apart/", "organiser", {"other": "=w.recorded.pk"}),
    Call("post", "agreements/{w.recorded.pk}/links/", "organiser", {"party": "=w.party.pk", "email": "legal@example.org"}, 201),
    Call("post", "agreements/{w.recorded.pk}/introduce/", "boris", {"introducer": "=w.borealis.slug", "note": "At our stand"}),
    Call("post", "agreements/{w.introduced.pk}/answer-introduction/", "boris", {"answer": "yes"}),
    Call("post", "agreements/{w.introduced.pk}/end-introduction/", "organiser"),
    Call("post", "exchange-rates/", "organiser", RATE, 201),
    Call("post", "exchange-rates/look/", "organiser", RATE),
]  # fmt: skip
# What anybody with an account may do for themselves; strangers are those who are not signed in.
FOR_ANYONE = [
    Call("post", "companies/", "carla", {"name": "Nova Works", "country": "FR", "external_id": "N-1"}, 201),
    Call("post", "memberships/", "carla", {"company": "=w.aurora.slug", "job_title": "Driver"}, 201),
    Call("post", "forums/{w.forum.key}/reserve-seat/", "carla"),
]
TABLES: list[type[Model]] = [
    Company,
    Member,
    Registration,
    Block,
    Offer,
    OfferCertificate,
    SourcingRequest,
    Consent,
    Agreement,
    Party,
    Confirmation,
    ConfirmationLink,
    Introduction,
    IntroductionConsent,
    ExchangeRate,
    Event,
    OutboxMessage,
]


def stored() -> list[list[Any]]:
    """Return all that these rooms hold."""
    return [list(table._default_manager.order_by("pk").values_list()) for table in TABLES]


@pytest.mark.parametrize("call", [*CALLS, *FOR_ANYONE], ids=str)
def test_the_right_person_may_and_a_repeat_does_nothing_again(call, world, client_of):
    client = client_of(getattr(world, call.who))
    first = call.send(client, world, Idempotency_Key="once")
    assert first.status_code == call.status, first.content
    after = stored()
    again = call.send(client, world, Idempotency_Key="once")
    assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (first.status_code, first.content, "true")
    assert stored() == after


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_carla_may_not_and_what_is_hidden_is_what_does_not_exist(call, world, client_of):
    before, client = stored(), client_of(world.carla)
    refused = call.send(client, world)
    assert refused.status_code == call.stranger, refused.content
    if call.stranger == HTTPStatus.NOT_FOUND:
        prefix, _pk, *verb = call.address.split("/")
        missing = replace(call, address="/".join([prefix, "987654321", *verb])).send(client, world)
        assert (missing.status_code, missing.content, headers_of(missing)) == (404, refused.content, headers_of(refused))
    assert call.send(Client(), world).status_code in {401, 403}
    assert stored() == before


@pytest.mark.parametrize("call", FOR_ANYONE, ids=str)
def test_nobody_writes_without_signing_in(call, world, client):
    before = stored()
    assert call.send(client, world).status_code in {401, 403}
    assert stored() == before


def headers_of(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if not name.startswith("RateLimit")}


def bodies() -> list[tuple[str, str, type[Any], bool, type[Model]]]:
    """Return every write: its method, its address for a row that need not exist, its body, whether it is a form, its table."""
    found = []
    for prefix, viewset in WRITABLE.items():
        row = "987654321" if viewset.lookup_field == "pk" else "nothing"
        model = viewset.queryset.model
        if hasattr(viewset, "create"):
            found.append(("post", f"{prefix}/", viewset.create_body, False, model))
        if hasattr(viewset, "partial_update"):
            found.append(("patch", f"{prefix}/{row}/", viewset.change_body, False, model))
        for verb in viewset.get_extra_actions():
            if "post" in verb.mapping:
                path = re.sub(r"\(\?P<\w+>[^)]*\)", "987654321", verb.url_path)
                address = f"{prefix}/{row}/{path}/" if verb.detail else f"{prefix}/{path}/"
                found.append(("post", address, verb.kwargs["verb_body"], "parser_classes" in verb.kwargs, model))
    return found


def test_no_body_takes_a_name_it_does_not_list(organiser, client_of):
    """Every column of the table that is not listed, and what attackers guess, is refused by name; to the superuser too."""
    guesses = {
        "id",
        "pk",
        "status",
        "is_demo",
        "verified",
        "owner",
        "role_id",
        "price_cny_base",
        "is_staff",
        "created_by",
        "__proto__",
        "user",
    }
    before, client = stored(), client_of(organiser)
    for method, address, body, is_form, model in bodies():
        columns = {column.name for column in model._meta.get_fields()} | {column.attname for column in model._meta.concrete_fields}
        names = (columns | guesses) - set(body().fields)
        sent = dict.fromkeys(sorted(names), "1")
        answer = (
            client.post(f"/api/v1/{address}", sent) if is_form else getattr(client, method)(f"/api/v1/{address}", sent, "application/json")
        )
        told = answer.json()["fields"]
        if answer.status_code in {403, 404}:  # Who may comes first; asked by itself the body refuses the names all the same.
            given = body(data=sent)
            assert not given.is_valid()
            told = {name: [str(word) for word in words] for name, words in given.errors.items()}
        else:
            assert answer.status_code == 400, (address, answer.content)
        assert {name for name in names if told.get(name) == ["No such field."]} == names, address
    assert stored() == before


KINDS = [None, [], {}, "x" * 20_000, "\u202e'\"<>", -1, 10**30, 1.5, True, ["x"] * 300, {"a": 1}, "0000-00-00", "NaN"]
WRONG = [None, [], "text", 5, True, {"title": None}, {"a": {"b": []}}]


@pytest.mark.long
def test_no_body_breaks_what_reads_it(organiser, client_of):
    client = client_of(organiser)
    for method, address, body, is_form, _model in bodies():
        for sent in [*WRONG, *(dict.fromkeys(body().fields, kind) for kind in KINDS)]:
            answer = getattr(client, method)(f"/api/v1/{address}", json.dumps(sent), "application/json")
            assert answer.status_code in ({403, 404, 415} if is_form else {400, 403, 404}), (address, sent, answer.content)
            if answer.status_code in {403, 404}:  # Who may came first; read by itself, nothing in the body breaks.
                body(data=sent, context={"request": SimpleNamespace(user=organiser)}).is_valid()


def test_every_write_is_in_the_table():
    listed = {
        (call.method, call.address.partition("{")[0].split("/")[0], call.address.rstrip("/").split("/")[-1])
        for call in [*CALLS, *FOR_ANYONE]
    }
    listed = {(method, prefix, "" if "{" in last or last == prefix else last) for method, prefix, last in listed}
    found = set()
    for method, address, *_rest in bodies():
        prefix, *rest = address.rstrip("/").split("/")
        last = rest[-1] if rest and rest[-1] not in {"987654321", "nothing"} else ""
        found.add((method, prefix, last))
    assert found - listed == {("post", "forums", "give-back-seat")}  # It needs a seat first: tests/expo/programme.


def test_rows_that_only_own_people_read_are_null_for_others(world, client_of, client):
    Offer.objects.filter(pk=world.offers["published"].pk).update(external_id="SECRET-1")
    Company.objects.filter(pk=world.borealis.pk).update(external_id="SECRET-2")
    Registration.objects.filter(pk=world.exhibitor.pk).update(external_id="SECRET-3", is_key_client=True)
    SourcingRequest.objects.filter(pk=world.requests["published"].pk).update(external_id="SECRET-4", answer_cap=7)
    places = [f"offers/{world.offers['published'].pk}/", f"companies/{world.borealis.slug}/", f"registrations/{world.exhibitor.pk}/"]
    request = f"requests/{world.requests['published'].pk}/"
    for stranger in (client, client_of(world.carla)):
        for place in (*places, request, "offers/", "companies/", "registrations/", "requests/"):
            answer = stranger.get(f"/api/v1/{place}")
            assert answer.status_code == 200
            assert "SECRET" not in answer.text
        assert stranger.get(f"/api/v1/{request}").json()["registration"] is None
        for prefix in ("offers", "companies", "registrations", "requests"):
            for number in range(1, 5):
                assert stranger.get(f"/api/v1/{prefix}/", {"external_id": f"SECRET-{number}"}).json()["results"] == []
            assert stranger.get(f"/api/v1/{prefix}/?mine=true").json()["results"] == []
    own = client_of(world.boris)
    assert [own.get(f"/api/v1/{place}").json()["external_id"] for place in places] == ["SECRET-1", "SECRET-2", "SECRET-3"]
    assert own.get(f"/api/v1/{places[2]}").json()["is_key_client"] is None
    assert client_of(world.organiser).get(f"/api/v1/{places[2]}").json()["is_key_client"] is True
    assert own.get("/api/v1/requests/?external_id=SECRET-4").json()["results"] == []
    assert len(client_of(world.anna).get("/api/v1/requests/?external_id=SECRET-4").json()["results"]) == 1


def test_a_person_finds_their_own_rows_in_any_state(world, client_of):
    own = client_of(world.boris)
    assert {row["status"] for row in own.get("/api/v1/offers/?mine=true").json()["results"]} == {
        "draft",
        "submitted",
        "published",
        "paused",
    }
    assert [row["status"] for row in own.get("/api/v1/offers/?mine=true&status=paused").json()["results"]] == ["paused"]
    assert {row["role"] for row in own.get("/api/v1/registrations/?mine=true").json()["results"]} == {"exhibitor", "buyer"}
    assert {row["slug"] for row in own.get("/api/v1/companies/?mine=true").json()["results"]} == {"borealis-cells", "fresh-works"}
    assert own.get("/api/v1/registrations/?role=buyer&status=verified").json()["results"] == []  # Who buys is not public.


def test_what_changed_since_a_moment_is_listed(world, client_of):
    moment = timezone.now().isoformat()
    own = client_of(world.boris)
    for prefix in ("offers", "companies", "registrations"):
        assert own.get(f"/api/v1/{prefix}/", {"changed_since": moment}).json()["results"] == []
        assert own.get(f"/api/v1/{prefix}/", {"changed_since": "2020-01-01T00:00:00Z"}).json()["results"]
        assert own.get(f"/api/v1/{prefix}/", {"changed_since": "yesterday"}).status_code == 400
    own.patch(f"/api/v1/companies/{world.borealis.slug}/", {"about_en": "New"}, "application/json")
    own.post(f"/api/v1/offers/{world.offers['published'].pk}/pause/", {}, "application/json")
    assert [row["slug"] for row in own.get("/api/v1/companies/", {"changed_since": moment}).json()["results"]] == ["borealis-cells"]
    assert len(own.get("/api/v1/offers/", {"changed_since": moment, "mine": "true"}).json()["results"]) == 1


@pytest.mark.parametrize("prefix", ["offers", "requests", "companies", "registrations", "memberships", "blocks", "seats", "agreements"])
def test_a_signed_in_list_takes_the_same_queries_for_one_and_for_many(prefix, world, client_of, count_queries):
    client = client_of(world.boris)
    address = f"/api/v1/{prefix}/"
    one = count_queries(lambda: client.get(address))
    for number in range(3):
        company = builders.company(f"More {number}", country="FR")
        builders.member(company, world.boris)
        registration = builders.registration(company, world.edition)
        builders.offer(registration, world.segment, certificates=("ISO 9001",))
        builders.sourcing_request(builders.registration(company, world.edition, role="buyer"), world.segment)
        Block.objects.create(company=company, blocked=world.aurora)
        builders.agreement(world.edition, world.chain, company, world.aurora)
    assert count_queries(lambda: client.get(address)) == one <= 8
