"""Every verb from every state, against the table of moves."""

import pytest

from expo.foundation.errors import IllegalMove
from matchmaking.agreements import actions, errors, states
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.states import MOVES
from tests import builders
from tests.matchmaking.agreements.desk import corrected, everything

ENDS = {
    "draft": {"edit": "draft", "submit": "submitted", "record": "recorded"},
    "submitted": {"take_back": "draft", "refuse": "draft", "record": "recorded", "confirm": "confirmed", "make_link": "submitted"},
    "recorded": {
        "confirm": "confirmed",
        "dispute": "disputed",
        "correct": "recorded",
        "verify": "verified",
        "merge": "void",
        "void": "void",
        "make_link": "recorded",
        "introduce": "recorded",
    },
    "confirmed": {
        "confirm": "confirmed",
        "dispute": "disputed",
        "correct": "recorded",
        "verify": "verified",
        "merge": "void",
        "void": "void",
        "make_link": "confirmed",
        "introduce": "confirmed",
    },
    "verified": {
        "confirm": "verified",
        "dispute": "disputed",
        "correct": "recorded",
        "merge": "void",
        "void": "void",
        "make_link": "verified",
        "introduce": "verified",
    },
    "disputed": {"settle": "recorded", "settle_as_confirmed": "confirmed", "correct": "recorded", "merge": "void", "void": "void"},
    "void": {},
}
ENDS["submitted"]["introduce"] = "submitted"
VERBS = sorted(set(MOVES.table) - {"discard", "confirmed", "refuse"})


@pytest.fixture
def agreement(edition, chain, aurora, borealis, boris, anna):
    """Return a maker of an agreement of Aurora and Borealis in a state; the other side, Borealis, has confirmed already."""

    def made(state):
        more = {"void_reason": "x"} if state == "void" else {"dispute_reason": "x"} if state == "disputed" else {}
        row = builders.agreement(edition, chain, aurora, borealis, status=state, drafted_for=borealis, **more)
        party = row.parties.get(company=borealis)
        if state != "draft":
            row.confirmations.create(party=party, party_name=party.name, version=1, answer="confirmed", person=boris, way="desk")
        return row

    return made


def act(verb, row, organiser, anna, boris):
    other = builders.agreement(row.edition, row.chain, *[party.company for party in row.parties.all()])
    before = everything()
    deeds = {
        "edit": lambda: actions.edit_draft(row, by=boris, given=corrected(row, title="Another")),
        "submit": lambda: actions.submit(row, by=boris),
        "take_back": lambda: actions.take_back(row, by=boris),
        "record": lambda: actions.record_agreement(row, by=organiser),
        "confirm": lambda: actions.confirm(row, by=anna),
        "dispute": lambda: actions.dispute(row, by=anna, reason="Not ours"),
        "settle": lambda: actions.settle(row, by=organiser, reason="Both agree"),
        "settle_as_confirmed": lambda: actions.settle(row, by=organiser, reason="Both agree", as_confirmed=True),
        "correct": lambda: actions.correct(row, by=organiser, given=corrected(row, title="Another"), reason="A slip"),
        "verify": lambda: actions.verify(row, by=organiser, reason="Saw the paper"),
        "make_link": lambda: actions.make_link(row, row.parties.first(), by=organiser),
        "introduce": lambda: actions.claim_introduction(row, row.parties.first().company, by=organiser),
        "merge": lambda: actions.merge(row, other, by=organiser, reason="The same"),
        "void": lambda: actions.void_agreement(row, by=organiser, reason="Wrong"),
    }
    return before, deeds[verb]


@pytest.mark.parametrize("state", Agreement.Status.values)
@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_leads_where_the_table_says_or_is_refused(agreement, organiser, anna, boris, state, verb):
    row = agreement(state)
    before, deed = act(verb, row, organiser, anna, boris)
    meant = "refuse" if verb == "dispute" and state == "submitted" else verb
    if meant in ENDS[state]:
        deed()
        row.refresh_from_db()
        assert row.status == ENDS[state][meant]
        return
    with pytest.raises(IllegalMove):
        deed()
    assert everything() == before


def test_the_table_says_what_the_tests_say():
    table = {state: {verb: end for verb, start, end in MOVES.pairs() if start == state} for state in Agreement.Status.values}
    for state, ends in ENDS.items():
        drawn = {**table[state]}
        for verb in ("discard", "confirmed"):
            drawn.pop(verb, None)
        if state in {"submitted", "recorded"}:
            drawn["confirm"] = "confirmed"  # the last one's yes
        assert drawn == ends | ({"edit": "draft"} if state == "draft" else {})


def test_nothing_leaves_the_record():
    assert {end for _verb, start, end in MOVES.pairs() if start in states.ON_RECORD} <= states.ON_RECORD | {"void"}
    assert MOVES.verbs_from("void") == []


def test_only_a_draft_is_discarded(agreement, boris, organiser):
    for state in Agreement.Status.values:
        row = agreement(state)
        if state == "draft":
            actions.discard_draft(row, by=boris)
            assert not Agreement.objects.filter(pk=row.pk).exists()
            continue
        with pytest.raises(IllegalMove):
            actions.discard_draft(row, by=organiser)


def test_what_counts_is_recorded_confirmed_or_verified():
    assert set(Agreement.COUNTED) == states.COUNTED == {"recorded", "confirmed", "verified"}


@pytest.mark.parametrize(
    "verb", ["verify", "void", "settle", "correct", "merge", "record", "submit", "take_back", "confirm", "dispute", "edit"]
)
def test_who_looked_at_an_older_row_is_told_and_nothing_is_written(agreement, organiser, anna, boris, verb):
    states_of = {"settle": "disputed", "record": "draft", "submit": "draft", "edit": "draft", "take_back": "submitted"}
    row = agreement(states_of.get(verb, "recorded"))
    other = agreement("recorded")
    seen = actions.latest_entry(row)
    row.save()
    before = everything()
    deeds = {
        "verify": lambda: actions.verify(row, by=organiser, reason="Paper", seen=seen),
        "void": lambda: actions.void_agreement(row, by=organiser, reason="Wrong", seen=seen),
        "settle": lambda: actions.settle(row, by=organiser, reason="Done", seen=seen),
        "correct": lambda: actions.correct(row, by=organiser, given=corrected(row, title="X"), reason="Slip", seen=seen),
        "merge": lambda: actions.merge(row, other, by=organiser, reason="Same", seen=seen),
        "record": lambda: actions.record_agreement(row, by=organiser, seen=seen),
        "submit": lambda: actions.submit(row, by=boris, seen=seen),
        "take_back": lambda: actions.take_back(row, by=boris, seen=seen),
        "confirm": lambda: actions.confirm(row, by=anna, seen=seen),
        "dispute": lambda: actions.dispute(row, by=anna, reason="No", seen=seen),
        "edit": lambda: actions.edit_draft(row, by=boris, given=corrected(row, title="X"), seen=seen),
    }
    with pytest.raises(errors.ChangedMeanwhile):
        deeds[verb]()
    assert everything() == before
