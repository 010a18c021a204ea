import pytest

from expo.foundation.errors import Invalid, NotAllowed
from expo.venue.models import Booth
from matchmaking.participants import actions
from matchmaking.participants.errors import BoothTaken
from matchmaking.participants.models import Registration
from tests import builders


@pytest.fixture
def booths(edition):
    hall = builders.hall(edition)
    return [builders.booth(hall, code=f"SV 10{number}", x=number * 4) for number in range(3)]


def draft_of(email, edition, name):
    person = builders.person(email)
    company = actions.found_company(by=person, name=name, country="PT")
    return actions.start_registration(company, edition, "exhibitor", by=person), person


@pytest.fixture
def first(edition):
    return draft_of("first@example.com", edition, "First Works")


@pytest.fixture
def second(edition):
    return draft_of("second@example.com", edition, "Second Works")


def book(draft_and_person, chain, booth, **fields):
    draft, person = draft_and_person
    return actions.save_participation(
        draft, by=person, **{"chains": [chain], "attendance": "on_site", "parallel_meetings": 1, "booth": booth, **fields}
    )


def statuses():
    return list(Booth.objects.order_by("code").values_list("status", flat=True))


def test_a_booth_is_reserved_then_assigned_then_free_again(first, chain, booths, organiser):
    book(first, chain, booths[0])
    assert statuses() == ["reserved", "free", "free"]
    actions.submit_registration(first[0], by=first[1])
    actions.verify_registration(first[0], by=organiser)
    assert statuses() == ["assigned", "free", "free"]
    actions.withdraw_registration(first[0], by=first[1])
    assert statuses() == ["free", "free", "free"]
    assert Registration.objects.get(pk=first[0].pk).booth is None


def test_another_choice_frees_the_former_booth(first, chain, booths):
    book(first, chain, booths[0])
    book(first, chain, booths[0])
    book(first, chain, booths[1])
    assert statuses() == ["free", "reserved", "free"]
    book(first, chain, None)
    assert statuses() == ["free", "free", "free"]


def test_a_rejection_frees_the_booth(first, chain, booths, organiser):
    book(first, chain, booths[0])
    actions.submit_registration(first[0], by=first[1])
    actions.reject_registration(first[0], by=organiser, reason="Not a company.")
    assert statuses() == ["free", "free", "free"]


def test_of_two_that_want_a_booth_one_gets_it(first, second, chain, booths):
    # Both pages were loaded while the booth was free: both hold the same row.
    stale = Booth.objects.get(pk=booths[0].pk)
    book(first, chain, booths[0])
    with pytest.raises(BoothTaken):
        book(second, chain, stale, parallel_meetings=7)
    loser = Registration.objects.get(pk=second[0].pk)
    assert (loser.booth, loser.parallel_meetings, loser.chains.count()) == (None, 1, 0)
    assert statuses() == ["reserved", "free", "free"]


def test_who_loses_keeps_the_booth_they_had(first, second, chain, booths):
    book(first, chain, booths[0])
    book(second, chain, booths[1])
    with pytest.raises(BoothTaken):
        book(second, chain, booths[0])
    assert Registration.objects.get(pk=second[0].pk).booth == booths[1]
    assert statuses() == ["reserved", "reserved", "free"]


@pytest.mark.parametrize("fields", [{"attendance": "online"}])
def test_online_there_is_no_booth(first, chain, booths, fields):
    with pytest.raises(Invalid) as refused:
        book(first, chain, booths[0], **fields)
    assert list(refused.value.fields) == ["booth"]
    assert statuses() == ["free", "free", "free"]


def test_buyers_and_other_editions_have_no_booth_here(first, chain, booths, edition):
    buyer = actions.start_registration(first[0].company, edition, "buyer", by=first[1])
    with pytest.raises(Invalid):
        book((buyer, first[1]), chain, booths[0])
    elsewhere = builders.booth(builders.hall(builders.edition()))
    with pytest.raises(Invalid):
        book(first, chain, elsewhere)
    assert set(statuses()) == {"free"}


def test_the_organiser_moves_an_exhibitor(exhibitor, booths, organiser, boris):
    with pytest.raises(NotAllowed):
        actions.move_booth(exhibitor, booths[0], by=boris)
    actions.move_booth(exhibitor, booths[0], by=organiser)
    assert statuses() == ["assigned", "free", "free"]
    actions.move_booth(exhibitor, booths[2], by=organiser)
    assert statuses() == ["free", "free", "assigned"]
    actions.move_booth(exhibitor, None, by=organiser)
    assert statuses() == ["free", "free", "free"]


def test_the_organiser_does_not_give_a_taken_booth_or_one_to_a_buyer(exhibitor, buyer, first, chain, booths, organiser):
    book(first, chain, booths[0])
    with pytest.raises(BoothTaken):
        actions.move_booth(exhibitor, booths[0], by=organiser)
    with pytest.raises(Invalid):
        actions.move_booth(buyer, booths[1], by=organiser)
    assert statuses() == ["reserved", "free", "free"]
