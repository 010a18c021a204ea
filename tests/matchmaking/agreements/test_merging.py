"""Rows that look like one: pointed out, merged with both histories kept, or kept apart."""

from datetime import date
from decimal import Decimal

import pytest

from expo.foundation.errors import NotAllowed
from expo.foundation.models import Event
from matchmaking.agreements import actions, errors
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries import likely_pairs
from tests import builders
from tests.matchmaking.agreements.desk import confirmed, everything, mails, recorded


@pytest.fixture
def twins(sheet, organiser):
    """The same paper, written down twice."""
    return recorded(sheet, organiser), recorded(sheet, organiser)


def test_the_surest_pairs_come_first_and_say_why(edition, chain, aurora, borealis):
    def row(day, amount, **more):
        return builders.agreement(edition, chain, aurora, borealis, signed_on=date(2027, 6, day), amount=Decimal(amount), **more)

    first, second = row(20, 100), row(24, 100)
    third = row(23, 7)
    paper = builders.agreement(edition, chain, builders.company(), builders.company(), document_sha256="a" * 64)
    same = builders.agreement(edition, chain, builders.company(), builders.company(), document_sha256="a" * 64)
    builders.agreement(edition, chain, aurora, borealis, status="void", void_reason="x")
    found = [(pair.first, pair.second, pair.reasons) for pair in likely_pairs(edition).surest]
    assert found == [
        (paper, same, ("document",)),
        (first, second, ("amount",)),
        (first, third, ("day",)),
        (second, third, ("day",)),
    ]


def test_pairs_take_the_same_queries_for_few_and_for_many(edition, chain, aurora, borealis, count_queries):
    for _number in range(2):
        builders.agreement(edition, chain, aurora, borealis)

    def read():
        return [(pair.first.parties.all(), pair.second.label) for pair in likely_pairs(edition).surest]

    few = count_queries(read)
    for _number in range(6):
        builders.agreement(edition, chain, aurora, borealis)
    assert count_queries(read) == few <= 6
    assert len(likely_pairs(edition, most=5).surest) == 5


def test_other_editions_and_other_parties_make_no_pair(edition, chain, aurora, borealis):
    builders.agreement(edition, chain, aurora, borealis)
    builders.agreement(edition, chain, aurora, builders.company())
    assert likely_pairs(edition).surest == []


def test_merging_strikes_one_and_points_to_the_other(twins, organiser):
    one, other = twins
    kept = actions.merge(other, one, by=organiser, reason="Logged at two desks")
    assert (kept.status, kept.merged_into, kept.number, kept.void_reason) == ("void", one, 2, "Logged at two desks")
    assert Agreement.objects.counted().get() == one
    lines = {(line.thing_id, line.verb): line.data for line in Event.objects.filter(verb__in=["merge", "merged"])}
    assert lines[str(other.pk), "merge"]["into"] == one.pk
    assert lines[str(one.pk), "merged"]["merged"] == other.pk
    assert kept.history.count() == 3
    assert ("anna@example.com", "agreement_voided") in mails()
    assert likely_pairs(one.edition).surest == []


def test_answers_are_not_moved(sheet, boris, borealis, anna, organiser):
    one = recorded(sheet, organiser)
    other = confirmed(sheet, boris, borealis, anna)
    actions.merge(other, one, by=organiser, reason="The same")
    assert (one.confirmations.count(), other.confirmations.count()) == (0, 2)


def test_what_cannot_be_merged(twins, organiser, edition, chain, aurora, borealis, sheet):
    one, other = twins
    elsewhere = builders.agreement(builders.edition(slug="2028"), chain, aurora, borealis, amount=None, is_undisclosed=True, currency="")
    draft = builders.agreement(edition, chain, aurora, borealis, status="draft")
    void = builders.agreement(edition, chain, aurora, borealis, status="void", void_reason="x")
    before = everything()
    for into in (other, elsewhere, draft, void):
        with pytest.raises(errors.MergeElsewhere):
            actions.merge(other, into, by=organiser, reason="The same")
    with pytest.raises(errors.ReasonMissing):
        actions.merge(other, one, by=organiser, reason=" ")
    assert everything() == before


def test_two_that_only_look_like_one_are_kept_apart(twins, organiser, boris):
    one, other = twins
    with pytest.raises(NotAllowed):
        actions.keep_apart(one, other, by=boris)
    with pytest.raises(errors.MergeElsewhere):
        actions.keep_apart(one, one, by=organiser)
    actions.keep_apart(other, one, by=organiser, reason="Two deliveries")
    assert likely_pairs(one.edition).surest == []
    assert Agreement.objects.counted().count() == 2
