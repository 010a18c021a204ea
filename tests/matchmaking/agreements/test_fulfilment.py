"""What became of what was signed: counted as the parties say it, adding up, and telling nobody what four of them did."""

import csv
import io
from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from expo.editions.models import Chain, Edition
from matchmaking.agreements.models import Introduction, IntroductionConsent, Milestone
from matchmaking.agreements.queries.fulfilment import Told, _goal, _state, fulfilment, state_of_each
from matchmaking.agreements.queries.fulfilment_lines import DISAGREE, NOT_YET, REACHED, SILENT, STATES, Line, days_hidden
from matchmaking.agreements.queries.introductions import (
    Introduced,
    agreements_from_introductions,
    introduced,
    introducers,
    introductions_credited,
)
from matchmaking.agreements.queries.report import breakdowns_of
from tests import builders

PAGE = "/editions/2027/fulfilment/"


def answer(agreement, *said, days=1, asked=True):
    """What its parties said at a day, '' for silence."""
    now = timezone.now()
    for party, stage in zip(agreement.parties.order_by("order"), said, strict=False):
        Milestone.objects.create(
            agreement=agreement,
            party=party,
            days=days,
            due_on=agreement.signed_on + timedelta(days=days),
            asked_at=now if asked else None,
            answered_at=now if stage else None,
            stage=stage,
            closed_reason="No budget" if stage == "closed" else "",
        )


@pytest.fixture
def sign(edition, chain, aurora, borealis):
    def signed(kind="intention", on=chain, **fields):
        return builders.agreement(edition, on, aurora, borealis, kind=kind, **fields)

    return signed


def goal_of(edition, kind, visitor):
    return next(goal for goal in fulfilment(edition, visitor=visitor) if goal.kind == kind)


def test_an_intention_became_an_agreement_where_a_party_said_so_and_none_said_otherwise(sign, edition, organiser):
    rows = {name: sign() for name in ("both", "one", "beyond", "disagree", "not_yet", "silent", "unasked", "closed")}
    for name, said in {
        "both": ("agreement_signed", "agreement_signed"),
        "one": ("agreement_signed", ""),
        "beyond": ("delivering", ""),
        "disagree": ("agreement_signed", "negotiating"),
        "not_yet": ("negotiating", "intention_signed"),
        "silent": ("", ""),
        "closed": ("closed", ""),
    }.items():
        answer(rows[name], *said)
    states = state_of_each(edition, "intention")
    assert {name: states.get(row.pk) for name, row in rows.items()} == {
        "both": REACHED, "one": REACHED, "beyond": REACHED, "disagree": DISAGREE, "not_yet": NOT_YET, "silent": SILENT, "unasked": None, "closed": NOT_YET
    }  # fmt: skip
    total = goal_of(edition, "intention", organiser).total
    assert (total.counted, total.asked, total.answered, total.reached, total.disagree, total.share) == (8, 7, 6, 3, 1, 50)


def test_of_an_agreement_only_delivering_counts_and_what_was_once_reached_stays(sign, edition, organiser):
    signed, delivered = sign("agreement"), sign("agreement")
    answer(signed, "agreement_signed", "agreement_signed")
    answer(delivered, "negotiating", "delivering", days=30)
    answer(delivered, "delivering", "closed", days=90)
    goal = goal_of(edition, "agreement", organiser)
    assert [(line.days, line.asked, line.answered, line.reached, line.disagree) for line in goal.by_day] == [
        (1, 1, 1, 0, 0), (30, 2, 2, 0, 1), (90, 2, 2, 1, 0), (180, 2, 2, 1, 0), (365, 2, 2, 1, 0)
    ]  # fmt: skip


def test_what_does_not_count_is_not_asked_for_and_does_not_count(sign, edition, organiser):
    row = sign()
    answer(row, "delivering", "delivering")
    type(row).objects.filter(pk=row.pk).update(status="void", void_reason="Wrong")
    assert goal_of(edition, "intention", organiser).total.counted == 0
    assert state_of_each(edition, "intention") == {}


def test_the_lines_by_chain_add_up_to_all_and_lead_staff_to_exactly_their_rows(sign, edition, chain, organiser, client_of):
    other = builders.chain(edition, slug="clean-energy", code="CE")
    for on, said in ((chain, ("delivering", "")), (chain, ("met", "")), (other, ("delivering", "met")), (other, ("", ""))):
        answer(sign(on=on), *said)
    goal = goal_of(edition, "intention", organiser)
    for name in ("counted", "asked", "answered", "reached", "disagree"):
        assert sum(getattr(line, name) for line in goal.by_chain) == getattr(goal.total, name)
    client = client_of(organiser)
    for line in [*goal.by_chain, goal.total]:
        for state in ("reached", "disagree", "silent", ""):
            page = client.get(line.trace + (f"&state={state}" if state else ""))
            assert page.context["page"].paginator.count == (getattr(line, state) if state else line.asked)


@pytest.fixture
def crowd(sign, edition, chain):
    """Nine intentions on one chain that answered, five of them reached; on another three; on a third eight, of which one reached."""
    places = [chain, builders.chain(edition, slug="clean-energy", code="CE"), builders.chain(edition, slug="digital", code="DT")]
    for on, reached, rest in zip(places, (5, 3, 1), (5, 0, 7), strict=True):
        for number in range(reached + rest):
            answer(sign(on=on), "delivering" if number < reached else "met", "")
    return places


def test_others_are_told_nothing_that_fewer_than_five_did(crowd, edition, carla, organiser):
    goal = goal_of(edition, "intention", carla)
    assert goal.by_chain == [], "four of the merged chains reached it, and the one that is left would tell so"
    assert (goal.total.counted, goal.total.reached) == (21, 9)
    assert all(line.trace == "" for line in [*goal.by_chain, *goal.by_day, goal.total])
    staff = goal_of(edition, "intention", organiser)
    assert [(line.counted, line.reached) for line in staff.by_chain] == [(10, 5), (3, 3), (8, 1)]


def test_no_chain_is_told_apart_that_the_results_page_keeps_back(edition, chain, carla):
    companies = [builders.company() for _ in range(6)]
    places = {one: builders.chain(edition, slug=one, code=one.upper()) for one in ("ce", "dt", "hl")}
    for on, agreements, intentions in ((chain, 3, 20), (places["ce"], 6, 6), (places["dt"], 9, 30), (places["hl"], 40, 12)):
        for number in range(agreements + intentions):
            kind, other = "agreement" if number < agreements else "intention", companies[1 + number % 5]
            answer(builders.agreement(edition, on, companies[0], other, kind=kind), "delivering", "")
    told = {cell.key for cell in breakdowns_of(edition, visitor=carla).by_chain.cells if cell.key and cell.agreements is not None}
    assert chain.slug not in told
    assert len(told) == 2, "the one that was hidden with it is not told here either"
    for kind in ("agreement", "intention"):
        lines = goal_of(edition, kind, carla).by_chain
        assert {line.chain.slug for line in lines if line.chain} == told
        assert sum(line.counted for line in lines) == goal_of(edition, kind, carla).total.counted


def test_sides_that_disagree_are_told_with_those_that_did_not_reach_it_where_they_are_few(sign, edition, carla):
    for number in range(12):
        answer(sign(), "delivering", "met" if number < 2 else "delivering" if number < 7 else "")
    for _n in range(6):
        answer(sign(), "met", "")
    total = goal_of(edition, "intention", carla).total
    assert (total.reached, total.disagree, total.not_yet, total.answered) == (10, None, 8, 18)


CHAINS = {pk: Chain(pk=pk, slug=f"chain-{pk}", code=f"C{pk}", short_name_en=f"Chain {pk}", colour="sv") for pk in range(1, 6)}


@st.composite
def ledgers(draw):
    """Up to sixty agreements on one to five chains, most asked, many answered for, and which chains the results page tells apart."""
    chance = draw(st.randoms(use_true_random=False))
    number, chains, eager = draw(st.integers(0, 60)), draw(st.integers(1, 5)), draw(st.sampled_from((0.1, 0.5, 0.9)))
    told = []
    for _n in range(number):
        one = Told(chance.randint(1, chains), chance.choice(Milestone.DAYS[:3]))
        for party in range(2):
            if chance.random() < 0.7:
                one.answered[party] = chance.choice([day for day in Milestone.DAYS if day >= one.asked])
                if chance.random() < eager:
                    one.reached[party] = chance.choice([day for day in Milestone.DAYS if day >= one.answered[party]])
        told.append(one)
    on_chain = {pk: sum(one.chain == pk for one in told) for pk in CHAINS}
    counts = {("intention", pk): asked + 3 for pk, asked in on_chain.items() if asked}
    apart = {CHAINS[pk].slug for pk in CHAINS if chance.random() < 0.8}
    return lambda public: _goal(Edition(slug="2027"), "intention", counts, told, CHAINS, apart=apart if public else None)


@given(ledgers())
def test_for_staff_every_line_adds_up_and_the_lines_add_up_to_all(goal_of_ledger):
    goal = goal_of_ledger(False)
    for name in ("counted", "asked", "answered", *STATES):
        assert sum(getattr(line, name) for line in goal.by_chain) == getattr(goal.total, name)
    for line in (*goal.by_chain, *goal.by_day):
        assert line.answered + line.silent == line.asked <= line.counted
        assert line.reached + line.disagree + line.not_yet == line.answered
    assert goal.total == goal.by_day[-1]


def parts(line):
    """What a line tells apart: those that reached it, the rest, and of the rest what it says."""
    return (line.reached, line.rest) + (() if line.disagree is None else (line.disagree, line.not_yet))


def is_small(number):
    return 0 < number < 5


@given(ledgers())
def test_others_are_told_no_number_from_one_to_four_nor_what_would_tell_it(goal_of_ledger):
    goal, whole = goal_of_ledger(True), goal_of_ledger(False)
    assert goal.total.counted == whole.total.counted
    assert not goal.by_chain or sum(line.counted for line in goal.by_chain) == goal.total.counted
    assert not any(is_small(number) for line in (*goal.by_chain, *goal.by_day) if line.is_told for number in parts(line))
    days = [line for line in goal.by_day if line.is_told]
    for line, later in pairwise(days):
        assert not any(is_small(abs(after - before)) for before, after in zip(parts(line), parts(later), strict=False))
    quiet = [line for line in goal.by_chain if not line.is_told]
    told = [line for line in goal.by_chain if line.is_told]
    if goal.total.is_told and goal.by_chain:
        for name in ("reached", "rest"):
            assert not is_small(getattr(goal.total, name) - sum(getattr(line, name) for line in told)), name
    if goal.by_chain and goal.total.disagree is not None:
        open_ones = [line for line in told if line.disagree is not None]
        if len(open_ones) < len(goal.by_chain):
            for name in ("disagree", "not_yet"):
                assert not is_small(getattr(goal.total, name) - sum(getattr(line, name) for line in open_ones)), name
    assert len(quiet) != 1


def test_of_the_sides_that_disagree_a_day_tells_nothing_that_moved_the_other_way():
    earlier, later = (Line("", 50, reached, disagree, not_yet, 0) for reached, disagree, not_yet in ((10, 5, 12), (10, 12, 10)))
    told = days_hidden([earlier, later])
    assert [(line.disagree, line.not_yet) for line in told] == [(None, 17), (12, 10)], "seven more disagree, so that two became fewer"


@given(ledgers())
def test_what_others_are_told_is_what_staff_are_told(goal_of_ledger):
    goal, whole = goal_of_ledger(True), goal_of_ledger(False)
    staff = {line.chain.slug: line for line in whole.by_chain}
    pairs = [(line, staff[line.chain.slug]) for line in goal.by_chain if line.chain]
    for line, said in (*pairs, *zip(goal.by_day, whole.by_day, strict=True)):
        if line.is_told:
            assert (line.counted, line.asked, line.answered, line.reached) == (said.counted, said.asked, said.answered, said.reached)
            assert line.disagree in (None, said.disagree)


@given(st.lists(st.booleans(), max_size=4))
def test_every_agreement_is_in_exactly_one_state(reached):
    expected = SILENT if not reached else REACHED if all(reached) else NOT_YET if not any(reached) else DISAGREE
    assert _state(reached) == expected


def test_everybody_reads_the_numbers_and_staff_alone_the_rows(crowd, edition, carla, organiser, client_of, client):
    for visitor in (client, client_of(carla)):
        page = visitor.get(PAGE).content.decode()
        assert "Intentions that became agreements" in page
        assert "9 of 21 that answered" in page
        assert "0 agreements and intentions were brought about by an introduction." in page
        assert "fulfilment/rows" not in page
    assert client.get(f"{PAGE}rows/?kind=intention").status_code == 302
    assert client_of(carla).get(f"{PAGE}rows/?kind=intention").status_code == 404
    assert "fulfilment/rows" in client_of(organiser).get(PAGE).content.decode()
    for wrong in ("", "?kind=treaty", "?kind=intention&days=2", "?kind=intention&chain=x", "?kind=intention&state=happy"):
        assert client_of(organiser).get(f"{PAGE}rows/{wrong}").status_code == 400


def test_the_spreadsheet_says_what_the_page_says(crowd, edition, client):
    answer = client.get("/editions/2027/fulfilment.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [row["Reached"] for row in rows if row["Chain"] == "All chains" and row["What"].startswith("Intentions")] == ["9"] * 5
    assert {row["Chain"] for row in rows} == {"All chains"}
    sheet = client.get("/editions/2027/fulfilment.xlsx")
    assert b"".join(sheet.streaming_content)[:2] == b"PK"


def test_an_edition_without_agreements_says_so(edition, client):
    assert "Nothing is on record yet" in client.get(PAGE).content.decode()
    assert client.get("/editions/none/fulfilment/").status_code == 404


def test_the_page_takes_as_many_queries_for_one_agreement_as_for_many(sign, edition, carla, count_queries):
    answer(sign(), "met", "")
    one = count_queries(lambda: fulfilment(edition, visitor=carla))
    for _n in range(4):
        answer(sign(), "delivering", "met")
        answer(sign("agreement"), "delivering", "met")
    assert count_queries(lambda: fulfilment(edition, visitor=carla)) == one == 6


def test_an_introduction_is_credited_where_every_other_party_said_yes(sign, edition, chain, aurora, borealis, carla, organiser):
    broker = builders.company("Delta Brokers")
    row = builders.agreement(edition, chain, aurora, borealis, broker)
    claim = Introduction.objects.create(agreement=row, introducer=broker)
    sign()
    parties = {party.company: party for party in row.parties.all()}
    assert (list(introductions_credited(edition)), list(agreements_from_introductions(edition))) == ([], [])
    IntroductionConsent.objects.create(introduction=claim, party=parties[aurora], answer="yes")
    assert list(introductions_credited(edition)) == []
    said = IntroductionConsent.objects.create(introduction=claim, party=parties[borealis], answer="yes")
    assert (list(introductions_credited(edition)), list(agreements_from_introductions(edition))) == ([claim], [row])
    assert introducers(edition) == [(broker, 1)]
    assert introduced(edition, visitor=organiser) == Introduced(1, [(broker, 1)])
    assert introduced(edition, visitor=carla) == Introduced(1, []), "a total is the same for all, as in the report"
    for change in ({"answer": "no"}, {"answer": "yes"}):
        IntroductionConsent.objects.filter(pk=said.pk).update(**change)
        assert introductions_credited(edition).exists() == (change["answer"] == "yes")
    type(row).objects.filter(pk=row.pk).update(status="disputed", dispute_reason="Wrong")
    assert introduced(edition, visitor=carla) == introduced(edition, visitor=organiser) == Introduced(0, [])
