from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from expo.foundation.errors import NotAllowed
from expo.foundation.models import Event
from expo.programme.actions import give_back_seat, reserve_seat
from expo.programme.errors import ForumIsFull, ForumIsOver, NoSeatToGiveBack, SeatReservedAlready, SeatsNotReserved
from expo.programme.models import Forum, Seat
from tests import builders


def forum_with(edition, seats):
    starts = timezone.now() + timedelta(days=3)
    return builders.forum(edition, capacity=seats, starts_at=starts, ends_at=starts + timedelta(hours=2))


def nothing_was_written(forum):
    before = (forum.seats_taken, forum.changed_at)
    forum.refresh_from_db()
    return (forum.seats_taken, forum.changed_at) == before and not Event.objects.exists()


def test_anna_takes_a_seat_and_the_log_says_so(edition, anna):
    forum = forum_with(edition, 2)
    changed_at = forum.changed_at
    seat = reserve_seat(forum, by=anna)
    forum.refresh_from_db()
    assert (seat.person, forum.seats_taken) == (anna, 1)
    assert forum.changed_at == changed_at, "a seat must not raise the SEQUENCE of the calendar file"
    assert list(Event.objects.values_list("verb", "actor", "thing_id")) == [("reserve_seat", anna.pk, str(forum.pk))]


def test_who_never_checked_an_address_takes_no_seat_and_can_still_give_one_back(edition, anna):
    forum = forum_with(edition, 2)
    reserve_seat(forum, by=anna)
    EmailAddress.objects.filter(user=anna).update(verified=False)
    give_back_seat(forum, by=anna)
    with pytest.raises(NotAllowed):
        reserve_seat(forum, by=anna)
    forum.refresh_from_db()
    assert (forum.seats_taken, Seat.objects.count()) == (0, 0)


def test_the_last_seat_goes_to_one(edition, anna, boris, carla):
    forum = forum_with(edition, 1)
    reserve_seat(forum, by=anna)
    for late in (boris, carla):
        with pytest.raises(ForumIsFull):
            reserve_seat(forum, by=late)
    forum.refresh_from_db()
    assert (forum.seats_taken, Seat.objects.count()) == (1, 1)


def test_a_stale_forum_does_not_overbook(edition, anna, boris):
    forum, stale = forum_with(edition, 1), None
    stale = Forum.objects.get(pk=forum.pk)
    reserve_seat(forum, by=anna)
    with pytest.raises(ForumIsFull):
        reserve_seat(stale, by=boris)


def test_nobody_takes_two_seats(edition, anna):
    forum = forum_with(edition, 5)
    reserve_seat(forum, by=anna)
    with pytest.raises(SeatReservedAlready):
        reserve_seat(forum, by=anna)
    forum.refresh_from_db()
    assert forum.seats_taken == 1


def test_a_forum_without_a_list_takes_no_seat(edition, anna):
    forum = builders.forum(edition)
    with pytest.raises(SeatsNotReserved):
        reserve_seat(forum, by=anna)
    assert nothing_was_written(forum)


@pytest.mark.parametrize("when", ["hour", "day"])
def test_a_forum_that_is_over_takes_no_seat(edition, anna, when):
    past = timezone.now() - timedelta(days=2)
    fields = {"starts_at": past, "ends_at": past + timedelta(hours=1)} if when == "hour" else {"on": past.date()}
    forum = builders.forum(edition, capacity=5, **fields)
    with pytest.raises(ForumIsOver):
        reserve_seat(forum, by=anna)
    assert nothing_was_written(forum)


def test_who_is_not_signed_in_takes_no_seat(edition):
    forum = forum_with(edition, 1)
    with pytest.raises(NotAllowed):
        reserve_seat(forum, by=AnonymousUser())
    assert nothing_was_written(forum)


def test_a_seat_given_back_is_free_again(edition, anna, boris):
    forum = forum_with(edition, 1)
    reserve_seat(forum, by=anna)
    give_back_seat(forum, by=anna)
    assert reserve_seat(forum, by=boris).person == boris
    forum.refresh_from_db()
    assert forum.seats_taken == 1


def test_who_has_no_seat_gives_none_back(edition, anna, boris):
    forum = forum_with(edition, 2)
    reserve_seat(forum, by=anna)
    with pytest.raises(NoSeatToGiveBack):
        give_back_seat(forum, by=boris)
    forum.refresh_from_db()
    assert (forum.seats_taken, Seat.objects.get().person) == (1, anna)


def test_the_database_refuses_an_overbooked_forum_and_a_second_seat(edition, anna):
    forum = forum_with(edition, 1)
    with pytest.raises(IntegrityError, match="forum_is_not_overbooked"), transaction.atomic():
        Forum.objects.filter(pk=forum.pk).update(seats_taken=2)
    Seat.objects.create(forum=forum, person=anna)
    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.create(forum=forum, person=anna)


def test_anna_reserves_and_gives_back_on_the_page(edition, anna, client_of):
    forum = forum_with(edition, 3)
    client = client_of(anna, enforce_csrf_checks=True)
    page = client.get(f"/forums/{forum.key}/")
    token = page.context["csrf_token"]
    assert "Reserve a seat" in page.text
    client.post(f"/forums/{forum.key}/seat/", {"csrfmiddlewaretoken": str(token)})
    assert Seat.objects.get().person == anna
    page = client.get(f"/forums/{forum.key}/")
    assert "You have a seat" in page.text
    client.post(f"/forums/{forum.key}/seat/back/", {"csrfmiddlewaretoken": str(page.context["csrf_token"])})
    assert not Seat.objects.exists()


def test_a_visitor_is_sent_to_sign_in_and_reserves_nothing(edition, client):
    forum = forum_with(edition, 3)
    assert "Sign in to reserve a seat" in client.get(f"/forums/{forum.key}/").text
    answer = client.post(f"/forums/{forum.key}/seat/")
    assert (answer.status_code, answer.url) == (302, f"/accounts/login/?next=/forums/{forum.key}/seat/")
    assert not Seat.objects.exists()


def test_a_full_forum_answers_409_with_its_sentence(edition, anna, boris, client_of):
    forum = forum_with(edition, 1)
    reserve_seat(forum, by=anna)
    answer = client_of(boris).post(f"/forums/{forum.key}/seat/")
    assert answer.status_code == 409
    assert "Every seat of this forum is taken." in answer.text
