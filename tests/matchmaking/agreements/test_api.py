"""Agreements over the API: who reads what of them, the way of one through its life, rates, and the stream of changes."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from expo.foundation.models import Event
from matchmaking.agreements import actions
from matchmaking.agreements.models import Agreement, Confirmation
from tests import builders
from tests.matchmaking.agreements.desk import confirmed, recorded, sent

HIDDEN = (
    "visibility", "recorded_at", "rate_used", "document_sha256", "dispute_reason", "submitted_at", "verified_at", "drafted_for", "meeting", "offer",
    "sourcing_request", "confirmations", "introduced_by", "introduction_note", "is_introduction_credited", "void_reason", "external_id", "merged_into",
)  # fmt: skip


@pytest.fixture
def api(client_of):
    """Call the API as somebody: `api(boris, "post", "agreements/1/confirm/", {...})`."""

    def called(person, method, address, body=None, **headers):
        client = Client() if person is None else client_of(person)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent_with = (body or {}, "application/json") if method != "get" else ()
        return getattr(client, method)(f"/api/v1/{address}", *sent_with, headers=named)

    return called


def test_others_read_nothing_of_answers_reasons_and_references(api, sheet, boris, borealis, anna, carla, organiser):
    agreement = confirmed(sheet, boris, borealis, anna)
    for stranger in (None, carla):
        row = api(stranger, "get", f"agreements/{agreement.pk}/").json()
        assert {row[name] for name in HIDDEN} == {None}
        assert {party["id"] for party in row["parties"]} == {None}
        assert (row["status"], row["version"], row["title"]) == ("confirmed", 1, "Cells for the Aurora")


def test_a_party_reads_what_all_said_and_no_name_that_was_typed(api, sheet, boris, borealis, anna, organiser):
    agreement = sent(sheet, boris, borealis)
    made = actions.make_link(agreement, agreement.parties.get(company__name="Aurora Motors"), by=organiser)
    actions.use_link(made.secret, answer="confirmed", name="Adele from the legal desk")
    said = api(anna, "get", f"agreements/{agreement.pk}/").json()["confirmations"]
    assert [(one["party_name"], one["answer"], one["way"], one["name"], one["version"]) for one in said] == [
        ("Borealis Cells", "confirmed", "desk", "", 1),
        ("Aurora Motors", "confirmed", "link", "", 1),
    ]
    whole = api(organiser, "get", f"agreements/{agreement.pk}/").json()
    assert whole["confirmations"][1]["name"] == "Adele from the legal desk"
    assert (whole["drafted_for"], whole["external_id"], whole["merged_into"]) == ("borealis-cells", "", None)


def test_a_draft_is_read_by_who_wrote_it_and_by_staff(api, edition, chain, aurora, borealis, boris, anna, carla, organiser):
    body = {"edition": edition.slug, "title": "Cells", "kind": "intention", "chain": chain.slug, "signed_on": "2027-06-21", "is_undisclosed": True,
            "parties": [{"company": borealis.slug, "role": "supplier"}, {"company": aurora.slug, "role": "customer"}], "drafted_for": borealis.slug}  # fmt: skip
    made = api(boris, "post", "agreements/", body)
    assert (made.status_code, made.json()["drafted_for"], made.json()["status"]) == (201, "borealis-cells", "draft")
    place = f"agreements/{made.json()['id']}/"
    assert [party["role"] for party in made.json()["parties"]] == ["supplier", "customer"]
    assert [api(person, "get", place).status_code for person in (boris, organiser, anna, carla, None)] == [200, 200, 404, 404, 404]
    assert [row["id"] for row in api(boris, "get", "agreements/?mine=true").json()["results"]] == [made.json()["id"]]
    assert api(boris, "post", "agreements/", body).json()["code"] == "likely_duplicate"
    for wrong in ({"drafted_for": None}, {"drafted_for": aurora.slug}, {"external_id": "B-1", "not_a_duplicate": True}):
        before = Agreement.objects.count()
        assert api(boris, "post", "agreements/", {**body, **wrong}).status_code in {400, 403}, wrong
        assert Agreement.objects.count() == before


def test_the_life_of_an_agreement_over_the_api(api, sheet, boris, borealis, anna, organiser):
    agreement = actions.draft_for(
        borealis, by=boris, given=actions.AgreementInput(**{"is_undisclosed": False, "visibility": "public", **sheet})
    )
    place = f"agreements/{agreement.pk}/"
    assert api(boris, "post", f"{place}submit/").json()["status"] == "submitted"
    assert api(boris, "post", f"{place}take-back/").json()["version"] == 2
    assert api(boris, "post", f"{place}submit/").json()["status"] == "submitted"
    assert api(anna, "post", f"{place}confirm/", {"version": 1}).json()["code"] == "conflict"
    whole = api(anna, "post", f"{place}confirm/", {"version": 2}).json()
    assert (whole["status"], whole["number"], whole["amount_cny"]) == ("confirmed", 1, "10500003.50")
    assert api(organiser, "post", f"{place}verify/").json()["status"] == "verified"
    disputed = api(anna, "post", f"{place}dispute/", {"reason": "The amount is wrong."}).json()
    assert (disputed["status"], disputed["dispute_reason"], disputed["verified_at"]) == ("disputed", "The amount is wrong.", None)
    settled = api(organiser, "post", f"{place}settle/", {"reason": "Both agree."}).json()
    assert (settled["status"], settled["dispute_reason"]) == ("recorded", "")
    corrected = api(organiser, "post", f"{place}correct/", {"amount": "1000000.00", "reason": "A slip."}).json()
    assert (corrected["version"], corrected["amount_cny"], corrected["number"]) == (3, "7000000.00", 1)
    assert api(organiser, "post", f"{place}void/", {"reason": "Never signed."}).json()["status"] == "void"
    assert api(anna, "get", place).json()["status"] == "void"


def test_if_match_holds_up_who_read_something_else(api, sheet, organiser):
    agreement = recorded(sheet, organiser)
    place = f"agreements/{agreement.pk}/"
    etag = api(organiser, "get", place)["ETag"]
    assert api(organiser, "post", f"{place}verify/", {"reason": "The contract."}, If_Match=etag).status_code == 200
    late = api(organiser, "post", f"{place}void/", {"reason": "Logged twice."}, If_Match=etag)
    assert (late.status_code, late.json()["code"], Agreement.objects.get().status) == (412, "changed_meanwhile", "verified")


def test_the_same_key_confirms_once(api, sheet, boris, borealis, anna):
    agreement = sent(sheet, boris, borealis)
    first, again = (api(anna, "post", f"agreements/{agreement.pk}/confirm/", {}, Idempotency_Key="once") for _try in range(2))
    assert (first.status_code, again.content, again["Idempotent-Replayed"]) == (200, first.content, "true")
    assert Confirmation.objects.count() == 2
    assert api(anna, "post", f"agreements/{agreement.pk}/confirm/").json()["code"] == "answered_already"


WRONG = [
    ("correct", {"reason": "Because"}, 400), ("correct", {"amount": "0", "reason": "Because"}, 400), ("correct", {"amount": "NaN", "reason": "Because"}, 400),
    ("correct", {"amount": "1e30", "reason": "Because"}, 400), ("correct", {"currency": "JPY", "reason": "Because"}, 400),
    ("correct", {"signed_on": "2027-07-01", "reason": "Because"}, 400), ("correct", {"title": "Other"}, 400), ("correct", {"parties": [], "reason": "x"}, 400),
    ("verify", {}, 400), ("verify", {"reason": 5}, 400), ("void", {}, 400), ("void", {"reason": " "}, 400), ("settle", {"reason": "Because"}, 409),
    ("record", {}, 409), ("merge", {"into": 987654321, "reason": "One"}, 400), ("merge", {"into": "x", "reason": "One"}, 400), ("merge", {"into": 2**70, "reason": "x"}, 400),
    ("keep-apart", {"other": 987654321}, 400), ("links", {"party": 987654321, "email": "a@example.org"}, 400), ("links", {"party": 1, "email": "nobody"}, 400),
    ("links", {"party": 1}, 400), ("introduce", {"introducer": "nobody"}, 400), ("end-introduction", {}, 409), ("nothing", {}, 404),
]  # fmt: skip


@pytest.mark.parametrize(("verb", "body", "status"), WRONG)
def test_every_verb_called_wrongly_says_so_and_writes_nothing(verb, body, status, api, sheet, organiser):
    agreement = recorded(sheet, organiser)
    before = (list(Agreement.objects.values()), Event.objects.count())
    answer = api(organiser, "post", f"agreements/{agreement.pk}/{verb}/", body)
    assert answer.status_code == status, answer.content
    assert (list(Agreement.objects.values()), Event.objects.count()) == before


def test_the_link_is_mailed_and_never_an_answer(api, sheet, boris, borealis, organiser):
    agreement = sent(sheet, boris, borealis)
    party = agreement.parties.get(company__name="Aurora Motors")
    answer = api(
        organiser, "post", f"agreements/{agreement.pk}/links/", {"party": party.pk, "email": "legal@example.org"}, Idempotency_Key="once"
    )
    assert (answer.status_code, answer.json()["party"]) == (201, party.pk)
    assert "by-link" not in answer.text
    assert set(answer.json()) == {"id", "party", "version", "email", "made_at", "expires_at"}


def test_rates_are_looked_at_and_stated(api, edition, sheet, organiser, boris, carla):
    actions.draft_agreement(by=organiser, **sheet)
    body = {"edition": edition.slug, "currency": "USD", "cny_per_unit": "7.24", "as_of": "2026-01-05", "source_note": "The bank of the day"}
    look = api(organiser, "post", "exchange-rates/look/", body).json()
    assert (look["drafts"], look["kept"], look["before"]) == (1, [], "7.000000")
    made = api(organiser, "post", "exchange-rates/", {**body, "seen": look["seen"]})
    assert (made.status_code, made.json()["cny_per_unit"]) == (201, "7.240000")
    assert (
        api(organiser, "post", "exchange-rates/", {**body, "cny_per_unit": "7.3", "seen": look["seen"]}).json()["code"]
        == "rate_changed_meanwhile"
    )
    assert api(organiser, "post", "exchange-rates/", body).json()["code"] == "rate_unchanged"
    for wrong in ({"cny_per_unit": "0"}, {"cny_per_unit": "NaN"}, {"cny_per_unit": "1e30"}, {"currency": "CNY"}, {"currency": "XYZ"}, {"as_of": "2999-01-01"}, {"source_note": ""}, {"edition": "none"}):  # fmt: skip
        for verb in ("exchange-rates/", "exchange-rates/look/"):
            assert api(organiser, "post", verb, {**body, **wrong}).status_code == 400, wrong
    for person in (boris, carla):
        assert [api(person, "post", verb, body).status_code for verb in ("exchange-rates/", "exchange-rates/look/")] == [403, 403]
    assert [row["cny_per_unit"] for row in api(None, "get", "exchange-rates/?currency=USD").json()["results"]] == ["7.240000"]


def test_a_list_takes_the_same_queries_for_three_as_for_one(sheet, boris, borealis, anna, client_of, count_queries):
    def asked():
        return [
            count_queries(lambda client=client: client.get("/api/v1/agreements/?mine=true")) for client in map(client_of, (boris, anna))
        ]

    confirmed(sheet, boris, borealis, anna)
    asked()
    before = asked()
    for title in ("Second", "Third"):
        confirmed({**sheet, "title": title}, boris, borealis, anna)
    assert asked() == before


def test_what_is_struck_is_gone_for_who_follows_the_changes(api, sheet, boris, borealis, anna, organiser):
    since = (timezone.now() - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    agreement = confirmed(sheet, boris, borealis, anna)

    def told():
        rows = api(None, "get", f"changes/?since={since}").json()["results"]
        return [(row["id"], row["gone"]) for row in rows if row["kind"] == "agreements"]

    assert told() == [(str(agreement.pk), False)]
    actions.dispute(agreement, by=boris, reason="The amount is wrong.")
    assert told() == [(str(agreement.pk), True)]
    actions.settle(agreement, by=organiser, reason="Both agree.")
    assert told() == [(str(agreement.pk), False)]
    actions.void_agreement(agreement, by=organiser, reason="Logged twice.")
    assert told() == [(str(agreement.pk), True)]


def test_totals_only_never_stands_in_the_changes(api, edition, chain, aurora, borealis, organiser):
    since = (timezone.now() - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    draft = builders.agreement(edition, chain, aurora, borealis, status="draft", visibility="totals_only")
    actions.void_agreement(actions.record_agreement(draft, by=organiser), by=organiser, reason="Logged twice.")
    assert [row for row in api(None, "get", f"changes/?since={since}").json()["results"] if row["kind"] == "agreements"] == []


def test_who_may_read_an_agreement_is_told_of_each_change_and_nobody_else(api, sheet, boris, borealis, anna, carla, organiser):
    since = (timezone.now() - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    clerk = builders.person("clerk@example.com", is_staff=True)

    def told():
        people = {"anna": anna, "boris": boris, "carla": carla, "organiser": organiser, "clerk": clerk, "nobody": None}
        rows = {name: api(person, "get", f"changes/?since={since}").json()["results"] for name, person in people.items()}
        return {name: [row["gone"] for row in found if row["kind"] == "agreements"] for name, found in rows.items()}

    nobody = {name: [] for name in ("anna", "boris", "carla", "organiser", "clerk", "nobody")}
    agreement = actions.draft_for(
        borealis, by=boris, given=actions.AgreementInput(**{"is_undisclosed": False, "visibility": "totals_only", **sheet})
    )
    assert told() == nobody | {"boris": [False], "organiser": [False]}
    actions.submit(agreement, by=boris)
    assert told() == nobody | {"anna": [False], "boris": [False], "organiser": [False]}
    actions.confirm(agreement, by=anna)
    actions.void_agreement(agreement, by=organiser, reason="Logged twice.")
    assert told() == nobody | {"anna": [False], "boris": [False], "organiser": [False]}, "they read it still, and why it is void"
    assert api(anna, "get", f"agreements/{agreement.pk}/").json()["void_reason"] == "Logged twice."
    assert api(clerk, "get", f"agreements/{agreement.pk}/").status_code == 404


def test_that_somebody_introduced_them_is_told_to_the_parties_alone(api, sheet, boris, borealis, anna, carla, organiser):
    agreement = confirmed(sheet, boris, borealis, anna)
    since = timezone.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    actions.claim_introduction(agreement, builders.company("Delta Brokers"), by=organiser)
    told = {
        who: [row["id"] for row in api(person, "get", f"changes/?since={since}").json()["results"] if row["kind"] == "agreements"]
        for who, person in (("anna", anna), ("boris", boris), ("carla", carla), ("nobody", None), ("organiser", organiser))
    }
    own = [str(agreement.pk)]
    assert told == {"anna": own, "boris": own, "carla": [], "nobody": [], "organiser": own}


def test_staff_without_the_right_to_see_the_ledger_list_what_everybody_lists(api, edition, chain, aurora, borealis):
    clerk = builders.person("clerk@example.com", is_staff=True)
    for visibility in ("public", "anonymous", "totals_only"):
        builders.agreement(edition, chain, aurora, borealis, visibility=visibility)
    assert api(clerk, "get", "agreements/").json() == api(None, "get", "agreements/").json()
    assert len(api(clerk, "get", "agreements/").json()["results"]) == 2
