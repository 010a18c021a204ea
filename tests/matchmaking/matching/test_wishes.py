"""A wish to meet is in the score: a few points, said in words, kept with the match, and never more than that."""

import io
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.utils import timezone

from matchmaking.matching import actions
from matchmaking.matching.actions.verdicts import give_verdict, undo_verdict
from matchmaking.matching.models import Match, Verdict, Weight
from matchmaking.matching.queries import matches_of_offer, matches_of_request
from tests import builders
from tests.matchmaking.matching.matched import CELL, CELL_ZH, CHARGER, WANTED, another_exhibitor, rows, run


@pytest.fixture
def wanted(buyer, supplier_segment):
    return builders.sourcing_request(buyer, supplier_segment, **WANTED, needed_by=timezone.localdate() + timedelta(days=20))


@pytest.fixture
def cell(exhibitor, supplier_segment):
    return builders.offer(exhibitor, supplier_segment, **CELL, lead_time_days=25)


@pytest.fixture
def chinese(edition, supplier_segment):
    """Fits as well but for the language: a point less."""
    return builders.offer(another_exhibitor(edition, "Comet Cells", country="KR"), supplier_segment, **CELL_ZH, lead_time_days=25)


@pytest.fixture
def said_at_once(django_capture_on_commit_callbacks):
    """A verdict with the job that it asks for; None takes back."""

    def say(request, offer, side, says, *, by, reason=""):
        with django_capture_on_commit_callbacks(execute=True):
            if says is None:
                undo_verdict(request, offer, side=side, by=by)
            else:
                give_verdict(request, offer, side=side, says=says, reason=reason, by=by)

    return say


def says(side, request, offer, by, what="interested"):
    return Verdict.objects.create(request=request, offer=offer, side=side, says=what, reason="price" if what == "not_for_us" else "", by=by)


def scores():
    return {row.offer_id: (row.score, row.wished_by, row.request_rank) for row in Match.objects.in_force()}


def test_a_wish_of_one_side_counts_half_and_that_of_both_in_full(edition, wanted, cell, anna, boris):
    run(edition)
    ((plain, *_rest),) = scores().values()
    says("supplier", wanted, cell, boris)
    run(edition)
    assert scores() == {cell.pk: (plain + 2, Match.WishedBy.SUPPLIER, 1)}
    says("buyer", wanted, cell, anna)
    run(edition)
    assert scores() == {cell.pk: (min(plain + 4, Decimal(100)), Match.WishedBy.BOTH, 1)}


def test_a_wish_lifts_what_fits_nearly_as_well_and_nothing_else(edition, wanted, cell, chinese, boris, supplier_segment):
    other = builders.offer(another_exhibitor(edition, "Daimon Piles"), supplier_segment, **CHARGER, lead_time_days=25)
    run(edition)
    first, second = sorted(scores(), key=lambda offer: scores()[offer][2])
    assert 0 < scores()[first][0] - scores()[second][0] < 2
    for offer in (second, other.pk):
        says("supplier", wanted, type(cell).objects.get(pk=offer), boris)
    run(edition)
    assert sorted(scores(), key=lambda offer: scores()[offer][2]) == [second, first]


def test_a_wish_makes_no_match_of_what_breaks_a_must(edition, buyer, cell, boris, supplier_segment):
    wanted = builders.sourcing_request(buyer, supplier_segment, **WANTED, deliver_to="FR", musts=["MARKET"])
    cell.ships_to = ["US"]
    cell.save()
    run(edition)
    before = rows()
    assert [row[3:] for row in before] == [(None, None, 1)]
    says("supplier", wanted, cell, boris)
    run(edition)
    assert rows() == before


def test_the_organiser_says_how_much_wishes_count(edition, wanted, cell, boris):
    says("supplier", wanted, cell, boris)
    Weight.objects.create(factor="wish", points=0)
    run(edition)
    ((plain, *_rest),) = scores().values()
    Weight.objects.update(points=10)
    run(edition)
    assert scores()[cell.pk][0] == min(plain + 5, Decimal(100))


def test_a_score_with_a_wish_is_worked_out_again_whatever_is_said_later(edition, wanted, cell, boris):
    said = says("supplier", wanted, cell, boris)
    run(edition)
    said.delete()
    out = io.StringIO()
    call_command("explain_match", wanted.pk, cell.pk, "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert Decimal(told["stored_score"]) == Decimal(str(told["score"])) == scores()[cell.pk][0]
    assert (told["wished_by"], told["wish"]) == ("supplier", 2.0)
    assert [(one["code"], one["part"]) for one in told["factors"] if one["name"] == "wish"] == [("wish_supplier", 0.02)]
    out = io.StringIO()
    call_command("explain_match", wanted.pk, cell.pk, stdout=out)
    assert " + 2.00 = " in out.getvalue()


@pytest.mark.parametrize(("sides", "words"), [("b", "The buyer would like to meet"), ("s", "The supplier would like to meet"), ("bs", "Both sides would like to meet")])  # fmt: skip
def test_both_sides_read_who_would_like_to_meet_and_what_it_counts(edition, wanted, cell, anna, boris, sides, words):
    for side, by in (("buyer", anna), ("supplier", boris)):
        if side[0] in sides:
            says(side, wanted, cell, by)
    run(edition)
    for found in (matches_of_request(wanted, anna), matches_of_offer(cell, boris)):
        (card,) = found.fits
        (line,) = [one for one in card.factors if one.code.startswith("wish")]
        assert (line.asked, line.says, line.most) == ("Wish to meet", words, 4)
        assert sum(one.points or 0 for one in card.factors) == card.score == card.reasons.total


def test_the_page_of_either_side_says_it(edition, wanted, cell, anna, boris, carla, client_of):
    says("buyer", wanted, cell, anna)
    run(edition)
    for person, path in ((anna, f"/requests/{wanted.pk}/matches/"), (boris, f"/offers/{cell.pk}/matches/")):
        assert "The buyer would like to meet" in client_of(person).get(path).text
    assert client_of(carla).get(f"/offers/{cell.pk}/matches/").status_code == 404


def test_nothing_is_said_of_wishes_where_there_are_none(edition, wanted, cell, anna):
    run(edition)
    (card,) = matches_of_request(wanted, anna).fits
    assert [one for one in card.factors if one.code.startswith("wish")] == []


def test_a_verdict_is_in_the_score_and_in_the_order_at_once(edition, wanted, cell, chinese, carla, said_at_once):
    run(edition)
    before = scores()
    first, second = sorted(before, key=lambda offer: before[offer][2])
    offer = type(cell).objects.get(pk=second)
    builders.member(offer.registration.company, carla)
    said_at_once(wanted, offer, "supplier", "interested", by=carla)
    assert scores() == {second: (before[second][0] + 2, 2, 1), first: (*before[first][:2], 2)}
    said_at_once(wanted, offer, "supplier", None, by=carla)
    assert scores() == before


def test_a_refused_pair_leaves_both_lists_at_once_and_comes_back_when_that_is_taken_back(
    edition, wanted, cell, chinese, anna, said_at_once
):
    run(edition)
    before = rows()
    first = Match.objects.in_force().get(request_rank=1).offer
    said_at_once(wanted, first, "buyer", "not_for_us", reason="price", by=anna)
    left = {row[1]: row[3:] for row in rows()}
    assert left == {first.pk: (None, None, None), next(row[1] for row in before if row[1] != first.pk): (1, 1, None)}
    said_at_once(wanted, first, "buyer", None, by=anna)
    assert rows() == before


def test_what_a_run_makes_of_verdicts_is_what_was_made_of_each(edition, wanted, cell, chinese, anna, boris, said_at_once):
    run(edition)
    said_at_once(wanted, cell, "buyer", "interested", by=anna)
    said_at_once(wanted, cell, "supplier", "interested", by=boris)
    said_at_once(wanted, chinese, "buyer", "not_for_us", reason="terms", by=anna)
    one_by_one = rows(), scores()
    run(edition)
    assert (rows(), scores()) == one_by_one
    assert actions.refresh_touched("matching.Verdict", list(Verdict.objects.values_list("pk", flat=True))) == 2
    assert (rows(), scores()) == one_by_one


def test_the_sweep_makes_up_for_a_verdict_whose_job_was_lost(edition, wanted, cell, anna):
    run(edition)
    before = scores()[cell.pk][0]
    give_verdict(wanted, cell, side="buyer", says="interested", by=anna)
    assert scores()[cell.pk][0] == before
    actions.follow_what_was_missed()
    assert scores()[cell.pk][:2] == (before + 2, Match.WishedBy.BUYER)


def test_a_verdict_on_a_pair_that_no_run_has_changes_nothing(edition, wanted, cell, boris):
    given = says("supplier", wanted, cell, boris)
    assert actions.refresh_touched("matching.Verdict", [given.pk, given.pk + 1]) == 0
    assert not Match.objects.exists()


def test_a_full_list_lets_go_of_its_last_for_a_pair_that_comes_back(edition, wanted, cell, chinese, anna, said_at_once):
    run(edition, top=1)
    first = Match.objects.in_force().get(request_rank=1).offer
    said_at_once(wanted, first, "buyer", "not_for_us", reason="price", by=anna)
    run(edition, top=1)
    (second,) = [row[1] for row in rows() if row[3] == 1]
    assert second != first.pk
    said_at_once(wanted, first, "buyer", None, by=anna)
    assert [(row[1], row[3]) for row in rows() if row[3]] == [(first.pk, 1)]
