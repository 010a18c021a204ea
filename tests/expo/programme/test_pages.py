from datetime import date, timedelta

from django.utils import timezone

from expo.programme.models import Session, Speaker
from expo.programme.queries import by_day, programme
from tests import builders


def test_the_current_edition_comes_first_then_the_newest(edition):
    old, older = builders.edition(ordinal=50, slug="old"), builders.edition(ordinal=40, slug="older")
    for one in (older, old, edition):
        builders.forum(one, on=date(2026, 1, 1))
    assert [part.edition.slug for part in by_day(programme())] == ["2027", "old", "older"]


def test_days_stand_in_order_and_the_unknown_day_last(edition):
    builders.forum(edition, key="someday")
    builders.forum(edition, key="late", on=date(2027, 6, 21))
    builders.forum(edition, key="early", on=date(2027, 6, 20))
    (part,) = by_day(programme())
    assert [(day.on, [forum.key for forum in day.forums]) for day in part.days] == [
        (date(2027, 6, 20), ["early"]),
        (date(2027, 6, 21), ["late"]),
        (None, ["someday"]),
    ]


def test_the_page_says_plainly_that_a_day_is_not_on_record(edition, client):
    builders.forum(edition, title_en="Forum without a day")
    page = client.get("/forums/")
    assert "Day not on record" in page.text
    assert "Forum without a day" in page.text


def test_filters_narrow_the_list(edition, chain, client):
    builders.forum(edition, title_en="Cells and cars", chain=chain, kind="seminar")
    builders.forum(builders.edition(slug="2026"), title_en="Opening of the fourth", kind="opening")
    for query, seen, unseen in [
        ("edition=2026", "Opening of the fourth", "Cells and cars"),
        ("chain=smart-vehicle", "Cells and cars", "Opening of the fourth"),
        ("kind=seminar", "Cells and cars", "Opening of the fourth"),
    ]:
        text = client.get(f"/forums/?{query}").text
        assert seen in text
        assert unseen not in text


def test_an_empty_programme_shows_the_way_out(edition, client):
    builders.forum(edition, kind="opening")
    assert "No forum on record here" in client.get("/forums/?kind=press").text


def test_a_current_edition_without_programme_is_named(edition, client):
    builders.forum(builders.edition())
    assert "Sample 2027: programme not announced yet" in client.get("/forums/").text


def test_a_list_takes_the_same_queries_for_one_and_for_many(edition, chain, client, count_queries):
    builders.forum(edition, chain=chain, on=date(2027, 6, 20))
    client.get("/forums/")
    one = count_queries(lambda: client.get("/forums/"))
    for day in range(1, 10):
        builders.forum(edition, chain=chain, on=date(2027, 6, day))
        builders.forum(builders.edition(), on=date(2026, 6, day))
    assert count_queries(lambda: client.get("/forums/")) == one <= 9


def test_a_forum_shows_sessions_speakers_and_sources(edition, client, count_queries):
    forum = builders.forum(edition, key="chips", title_en="Chips", title_zh="芯片")
    forum.sources.add(builders.source(title="The forum in the news", publisher="The Daily", address="https://daily.example/", link_ok=True))
    for name in ("Ada", "Grace", "Lin"):
        session = Session.objects.create(forum=forum, title_en=f"Talk of {name}", starts_at=timezone.now() + timedelta(days=1))
        Speaker.objects.create(session=session, name_en=name, role_en="Engineer")
    page = client.get("/forums/chips/")
    for text in ("Talk of Grace", "Ada", "Engineer", "芯片", "The forum in the news", 'href="https://daily.example/"', "Not on record"):
        assert text in page.text
    assert count_queries(lambda: client.get("/forums/chips/")) <= 10


def test_an_unsafe_address_is_no_link(edition, client):
    forum = builders.forum(edition, key="chips")
    forum.sources.add(builders.source(address="https://unsafe.example/", link_ok=False))
    assert "unsafe.example" not in client.get("/forums/chips/").text


def test_an_unknown_forum_is_a_404(edition, client):
    assert client.get("/forums/nothing/").status_code == 404
