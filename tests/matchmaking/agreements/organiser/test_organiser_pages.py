"""The organiser's pages of the ledger: the queue, one agreement whole, and who may."""

import threading

import pytest
from django.contrib.auth.models import Permission
from django.db import connection, connections

from expo.foundation.errors import Refused
from expo.foundation.models import Event
from matchmaking.agreements import actions
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries.queue import STATES, totals_of
from tests import builders
from tests.matchmaking.agreements.desk import confirmed, recorded, sent
from tests.matchmaking.agreements.organiser.desk import LIST, PAIRS, step, stored, text_of

# The queue


@pytest.mark.parametrize("word", STATES)
def test_counts_and_totals_are_those_of_the_list(word, desk, all_states):
    answer = desk.get(LIST, {"queue": word})
    listed = [line.row for line in answer.context["lines"]]
    assert {row.status for row in listed} == {row.status for row in all_states} & set(STATES[word])
    counted = [row for row in listed if row.status in Agreement.COUNTED]
    totals = answer.context["totals"]
    assert (totals.rows, totals.counted, totals.agreements, totals.intentions) == (
        len(listed), len(counted), sum(row.kind == "agreement" for row in counted), sum(row.kind == "intention" for row in counted),
    )  # fmt: skip
    assert totals.amount_cny == sum(row.amount_cny or 0 for row in counted)
    assert totals.undisclosed == sum(row.is_undisclosed for row in counted)
    tab = next(tab for tab in answer.context["tabs"] if tab.word == word)
    assert tab.count == len(listed)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "2027-0002"}, 1), ({"q": "2"}, 1), ({"q": "In draft"}, 1), ({"q": "urora"}, 8), ({"q": "nobody"}, 0), ({"kind": "intention"}, 5),
        ({"is_undisclosed": "true"}, 1), ({"document": "true"}, 0), ({"chain": "smart-vehicle"}, 8), ({"country": "DE"}, 8), ({"country": "FR"}, 0),
        ({"currency": "CNY"}, 7), ({"visibility": "public"}, 8), ({"kind": "intention", "queue": "disputed"}, 1),
    ],
)  # fmt: skip
def test_filters_leave_what_fits_and_their_totals(asked, found, desk, all_states):
    answer = desk.get(LIST, asked)
    assert (answer.context["totals"].rows, len(answer.context["lines"])) == (found, found)


@pytest.mark.parametrize("wrong", [{"kind": "treaty"}, {"chain": "none"}, {"country": "XX"}, {"currency": "XYZ"}, {"q": "x" * 161}])
def test_a_filter_that_cannot_be_read_is_refused(wrong, desk, edition):
    assert desk.get(LIST, wrong).status_code == 400


@pytest.mark.parametrize("address", [f"{LIST}?queue=none", f"{LIST}?page=99", f"{LIST}?edition=none", f"{LIST}987654321/"])
def test_what_is_not_there_is_not_found(address, desk, edition):
    assert desk.get(address).status_code == 404


def test_the_chosen_ones_are_verified_and_the_others_named(desk, all_states, organiser):
    both = [row for row in all_states if row.status == "confirmed"]
    struck = next(row for row in all_states if row.status == "void")
    answer = desk.post(
        f"{LIST}verify/?queue=to-verify", {"chosen": [f"{both[0].pk}:1", f"{both[1].pk}:9", f"{struck.pk}:1", "x:1", "7", ""]}, follow=True
    )
    page = text_of(answer)
    assert "1 agreement is verified." in page
    assert f"{both[1].label}: Somebody else changed this agreement meanwhile." in page
    assert f"{struck.label}: This step is not possible from the present state." in page
    assert [Agreement.objects.get(pk=row.pk).status for row in (*both, struck)] == ["verified", "confirmed", "void"]
    assert Agreement.objects.get(pk=both[0].pk).verified_by == organiser
    assert "Nothing was chosen." in text_of(desk.post(f"{LIST}verify/", {}, follow=True))


def test_a_double_click_verifies_once(desk, sheet, boris, borealis, anna):
    agreement = confirmed(sheet, boris, borealis, anna)
    given = {"chosen": [f"{agreement.pk}:{agreement.version}"]}
    desk.post(f"{LIST}verify/", given)
    page = text_of(desk.post(f"{LIST}verify/", given, follow=True))
    assert "This step is not possible from the present state." in page
    assert Event.objects.filter(verb="verify").count() == 1


# One agreement


def test_the_page_says_everything(desk, sheet, boris, borealis, anna, pdf, organiser):
    agreement = confirmed({**sheet, "title": "Cells & more"}, boris, borealis, anna)
    actions.make_link(agreement, agreement.parties.get(company=borealis), by=organiser, email="legal@example.org")
    page = text_of(desk.get(f"{LIST}{agreement.pk}/"))
    for words in ("Cells &amp; more", "USD 1,500,000.50", "at 7", "Aurora Motors", "Anna Adler", "on the desk", "Confirmed by all registered parties",
                  "Sent to the parties", "Boris Bo", "legal@example.org", "A link waits until"):  # fmt: skip
        assert words in page, words
    assert "/meetings/" not in page


def test_versions_stand_with_what_changed(desk, one, organiser):
    actions.correct(one, by=organiser, given=replaced(one, title="Cells and modules"), reason="The title was short.")
    page = text_of(desk.get(f"{LIST}{one.pk}/"))
    for words in ("Version 2", "<del", "Cells for the Aurora", "Cells and modules", "“The title was short.”"):
        assert words in page, words


def replaced(agreement, **changes):
    return actions.AgreementInput(**{**vars(actions.as_written(agreement)), **changes})


STEPS = [
    ("verify", {"reason": "The contract."}, "verified"),
    ("void", {"reason": "Logged twice."}, "void"),
    ("link", {"email": ""}, "recorded"),
    ("link", {"email": "legal@example.org"}, "recorded"),
    ("reference", {"external_id": "R-1"}, "recorded"),
]


@pytest.mark.parametrize(("verb", "given", "state"), STEPS)
def test_each_step_does_what_it_says(verb, given, state, desk, one):
    more = {"party": one.parties.first().pk} if verb == "link" else {}
    answer = step(desk, one, verb, **given, **more)
    assert answer.status_code == (200 if given == {"email": ""} else 302)
    one.refresh_from_db()
    assert one.status == state
    if verb == "reference":
        assert one.external_id == "R-1"
    if given == {"email": ""}:
        assert "/agreements/by-link/" in answer.context["secret"]
        assert answer["Cache-Control"] == "no-store, private"
        assert answer.context["secret"] not in text_of(desk.get(f"{LIST}{one.pk}/"))


def test_a_draft_is_recorded_and_a_dispute_settled(desk, sheet, organiser, boris):
    draft = actions.draft_agreement(by=organiser, **sheet)
    assert step(desk, draft, "record").status_code == 302
    draft.refresh_from_db()
    assert (draft.status, draft.number) == ("recorded", 1)
    actions.dispute(draft, by=boris, reason="The amount is wrong.")
    page = text_of(desk.get(f"{LIST}{draft.pk}/"))
    assert "Disputed: it counts nowhere until it is settled" in page
    assert "The amount is wrong." in page
    assert step(desk, draft, "settle", reason="Both agree.", as_confirmed="on").status_code == 302
    draft.refresh_from_db()
    assert (draft.status, draft.dispute_reason) == ("confirmed", "")


def test_merging_points_to_the_one_that_stays(desk, one, sheet, organiser):
    other = recorded({**sheet, "title": "The same again"}, organiser)
    for wrong in ("2027-9999", "2024-0001", "x", "", one.label + "x"):
        assert step(desk, other, "merge", into=wrong, reason="One").status_code == 400
    assert step(desk, other, "merge", into=one.label, reason="Logged twice.").status_code == 302
    other.refresh_from_db()
    assert (other.status, other.merged_into) == ("void", one)
    page = text_of(desk.get(f"{LIST}{other.pk}/"))
    assert f"Void: it is the same as {one.label}" in page


@pytest.mark.parametrize(
    ("verb", "given"),
    [("void", {"reason": " "}), ("void", {"reason": "x" * 1001}), ("verify", {"reason": ""}), ("verify", {"seen": "many", "reason": "Seen"}),
     ("link", {"party": "987654321"}), ("link", {"party": "x"}), ("reference", {"external_id": "x" * 81})],
)  # fmt: skip
def test_bad_input_comes_back_with_a_sentence_and_nothing_is_written(verb, given, desk, one):
    before = stored()
    answer = step(desk, one, verb, **given)
    assert answer.status_code == 400
    assert answer.context["forms"][verb].errors
    assert stored() == before


@pytest.mark.parametrize("verb", ["settle", "record"])
def test_a_step_that_its_state_does_not_allow_is_a_conflict(verb, desk, one):
    before = stored()
    answer = step(desk, one, verb, reason="Because")
    assert (answer.status_code, stored()) == (409, before)
    assert "This step is not possible from the present state." in text_of(answer)


def test_a_step_that_does_not_exist_is_not_found(desk, one):
    assert step(desk, one, "delete").status_code == 404
    assert desk.get(f"{LIST}{one.pk}/void/").status_code == 405


def test_two_of_the_staff_at_once_the_second_reads_what_the_first_did(desk, client_of, one):
    other = client_of(builders.person(is_staff=True, is_superuser=True))
    seen = actions.latest_entry(one)
    assert desk.post(f"{LIST}{one.pk}/verify/", {"seen": seen, "reason": "The contract."}).status_code == 302
    answer = other.post(f"{LIST}{one.pk}/void/", {"seen": seen, "reason": "Logged twice."})
    assert answer.status_code == 409
    assert "Somebody else changed this agreement meanwhile" in text_of(answer)
    assert Agreement.objects.get().status == "verified"
    assert Event.objects.filter(verb__in=["verify", "void"]).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer in at a time anyway")
def test_verifying_and_voiding_in_the_same_moment_one_of_both_wins(one, organiser):
    seen, done, barrier = actions.latest_entry(one), [], threading.Barrier(2)

    def act(verb):
        barrier.wait()
        try:
            verb(one, by=organiser, reason="Because", seen=seen)
            done.append(verb.__name__)
        except Refused as refusal:
            done.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act, args=[verb]) for verb in (actions.verify, actions.void_agreement)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({"verify", "void_agreement"} & set(done)) == 1
    assert len({"conflict", "illegal_move"} & set(done)) == 1
    assert Event.objects.filter(verb__in=["verify", "void"]).count() == 1


# Who may


ADDRESSES = [LIST, PAIRS, "{one}", "{one}correct/"]
POSTED = ["{one}verify/", "{one}void/", "{one}settle/", "{one}record/", "{one}merge/", "{one}link/", "{one}reference/", "{one}correct/",
          f"{LIST}verify/", f"{PAIRS}merge/", f"{PAIRS}two/"]  # fmt: skip


@pytest.mark.parametrize("who", ["carla", "boris", "anna"])
def test_for_others_there_are_no_such_pages(who, request, one, client_of):
    client, before = client_of(request.getfixturevalue(who)), stored()
    for address in ADDRESSES:
        assert client.get(address.format(one=f"{LIST}{one.pk}/")).status_code == 404
    for address in POSTED:
        assert client.post(address.format(one=f"{LIST}{one.pk}/"), {"reason": "Because"}).status_code == 404
    assert stored() == before


def test_staff_who_only_read_see_everything_and_change_nothing(one, client_of):
    reader, before = builders.person(is_staff=True), stored()
    reader.user_permissions.add(Permission.objects.get(codename="view_agreement"))
    client = client_of(reader)
    assert [client.get(address.format(one=f"{LIST}{one.pk}/")).status_code for address in ADDRESSES] == [200, 200, 200, 404]
    assert client.get(f"{LIST}{one.pk}/").context["offered"] == []
    for address in POSTED:
        answer = client.post(address.format(one=f"{LIST}{one.pk}/"), {"reason": "Because", "pair": f"{one.pk}:{one.pk}"})
        assert answer.status_code in {403, 404}, address
    assert stored() == before


def test_staff_without_the_second_factor_are_visitors(one, desk, settings):
    settings.STAFF_SECOND_FACTOR = True
    assert [desk.get(address.format(one=f"{LIST}{one.pk}/")).status_code for address in ADDRESSES] == [404] * 4


# Queries


def test_pages_take_the_same_queries_for_three_rows_as_for_one(desk, one, sheet, organiser, boris, count_queries):
    actions.confirm(one, by=boris)

    def asked():
        return [count_queries(lambda address=address: desk.get(address)) for address in (LIST, f"{LIST}{one.pk}/", PAIRS)]

    recorded({**sheet, "title": "The same"}, organiser)
    asked()
    before = asked()
    for title in ("The same again", "And again"):
        actions.confirm(recorded({**sheet, "title": title}, organiser), by=boris)
    assert asked() == before
    assert max(before) < 45


def test_totals_are_exact_to_the_fen(edition, chain, aurora, borealis):
    for amount in ("0.01", "0.02", "9007199254740.93"):
        builders.agreement(edition, chain, aurora, borealis, amount=builders.Decimal(amount))
    assert str(totals_of(Agreement.objects.all()).amount_cny) == "9007199254740.96"


def test_what_was_sent_to_the_parties_waits_in_its_queue(desk, sheet, boris, borealis):
    agreement = sent(sheet, boris, borealis)
    (line,) = desk.get(LIST, {"queue": "submitted"}).context["lines"]
    assert (line.row.pk, line.said, line.parties) == (agreement.pk, 1, 2)
