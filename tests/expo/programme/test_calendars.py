from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Calendar

from expo.foundation.text import one_line
from expo.programme.actions import reserve_seat
from expo.programme.models import Forum
from tests import builders


def events(answer):
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(answer.content).walk("VEVENT")


def test_a_day_without_an_hour_is_an_event_of_the_whole_day(edition, client):
    builders.forum(edition, key="opening", title_en="Opening", on=date(2027, 6, 20))
    (event,) = events(client.get("/forums/opening.ics"))
    assert event["uid"] == "forum-opening@testserver"
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (date(2027, 6, 20), date(2027, 6, 21))
    assert str(event["summary"]) == "Opening"


def test_a_forum_of_several_days_ends_on_the_day_after_its_last(edition, client):
    builders.forum(edition, key="debuts", on=date(2027, 6, 20), until=date(2027, 6, 22))
    (event,) = events(client.get("/forums/debuts.ics"))
    assert event.decoded("dtend") == date(2027, 6, 23)


def test_an_hour_is_the_same_moment_everywhere(edition, client):
    starts = datetime(2027, 6, 21, 1, 30, tzinfo=UTC)
    builders.forum(edition, key="chips", starts_at=starts, ends_at=starts + timedelta(hours=2))
    (event,) = events(client.get("/forums/chips.ics"))
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (starts, starts + timedelta(hours=2))


def test_stamp_and_sequence_follow_the_last_change_and_the_uid_stays(edition, client):
    forum = builders.forum(edition, key="opening", on=date(2027, 6, 20))
    (before,) = events(client.get("/forums/opening.ics"))
    Forum.objects.filter(pk=forum.pk).update(on=date(2027, 6, 21), changed_at=forum.changed_at + timedelta(minutes=1))
    (after,) = events(client.get("/forums/opening.ics"))
    assert after["uid"] == before["uid"]
    assert after["sequence"] == before["sequence"] + 60
    assert after.decoded("dtstamp") == before.decoded("dtstamp") + timedelta(minutes=1)


def test_the_same_uid_stands_in_both_languages(edition, client):
    builders.forum(edition, key="opening", title_en="Opening", title_zh="开幕式", on=date(2027, 6, 20))
    (english,) = events(client.get("/forums/opening.ics"))
    (chinese,) = events(client.get("/zh/forums/opening.ics"))
    assert english["uid"] == chinese["uid"]
    assert (str(english["summary"]), str(chinese["summary"])) == ("Opening", "开幕式")
    assert str(chinese["url"]) == "http://testserver/zh/forums/opening/"


def test_a_forum_without_a_day_has_no_calendar_file(edition, client):
    builders.forum(edition, key="someday")
    assert client.get("/forums/someday.ics").status_code == 404
    assert client.get("/forums/2027.ics").status_code == 404


def test_an_edition_has_one_file_with_all_its_dated_forums(edition, client):
    builders.forum(edition, key="a", on=date(2027, 6, 21))
    builders.forum(edition, key="b", on=date(2027, 6, 20))
    builders.forum(edition, key="c")
    builders.forum(builders.edition(), key="d", on=date(2026, 6, 20))
    assert [str(event["uid"]).partition("@")[0] for event in events(client.get("/forums/2027.ics"))] == ["forum-b", "forum-a"]


def test_my_file_holds_my_forums_and_is_mine_alone(edition, anna, carla, client, client_of):
    forum = builders.forum(edition, key="mine", on=date(2027, 6, 20), capacity=5)
    builders.forum(edition, key="other", on=date(2027, 6, 20), capacity=5)
    reserve_seat(forum, by=anna)
    answer = client_of(anna).get("/my/forums.ics")
    assert [str(event["uid"]) for event in events(answer)] == ["forum-mine@testserver"]
    assert "no-store" in answer["Cache-Control"]
    assert events(client_of(carla).get("/my/forums.ics")) == []
    assert client.get("/my/forums.ics").status_code == 302


@pytest.mark.parametrize("evil", ["A\r\nATTENDEE:mailto:x@evil.example", "A\nBEGIN:VALARM", "A\rB", "A\x85B\u2028C", "x" * 240])
def test_no_title_adds_a_line_to_the_file(edition, client, evil):
    builders.forum(edition, key="evil", title_en=evil, place_en=evil[:120], on=date(2027, 6, 20))
    (event,) = events(client.get("/forums/evil.ics"))
    assert str(event["summary"]) == one_line(evil)
    assert set(event) == {"UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "SUMMARY", "DTSTART", "DTEND", "TRANSP", "LOCATION", "URL"}
    assert event.subcomponents == []
