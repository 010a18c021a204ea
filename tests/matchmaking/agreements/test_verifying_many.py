"""Verifying many agreements at once: what is ticked, and all that the filters of the list leave."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group

from expo.foundation.errors import NotAllowed
from expo.foundation.models import Event, OutboxMessage
from expo.foundation.staff import vouched
from matchmaking.agreements import actions
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries.checking import prove_ledger
from matchmaking.agreements.queries.queue import newest_entry
from matchmaking.desk.roles import set_up_roles
from tests import builders
from tests.matchmaking.agreements.desk import recorded

LIST = "/organiser/agreements/"
ALL = f"{LIST}verify/all/"


@pytest.fixture
def desk(client_of, organiser):
    return client_of(organiser)


@pytest.fixture
def waiting(sheet, organiser):
    """Three on record, through the verbs; no party has said anything."""
    return [
        recorded({**sheet, "title": f"Number {number}", "amount": Decimal(100 * number), "currency": "CNY"}, organiser)
        for number in (1, 2, 3)
    ]


def text_of(answer):
    return " ".join(answer.content.decode().split())


def stored():
    return list(Agreement.objects.order_by("pk").values_list("status", "verified_by")), Event.objects.count(), OutboxMessage.objects.count()


def test_what_no_party_confirmed_is_verified_with_the_paper_that_was_seen(desk, waiting, organiser):
    given = {"chosen": [f"{row.pk}:{row.version}" for row in waiting[:2]]}
    page = text_of(desk.post(f"{LIST}verify/?queue=waiting", given, follow=True))
    assert page.count("Not all parties have confirmed it: say what paper was seen.") == 2
    assert {row.status for row in Agreement.objects.all()} == {"recorded"}
    page = text_of(desk.post(f"{LIST}verify/?queue=waiting&choose=page", {**given, "reason": "Folder 7"}, follow=True))
    assert ("2 agreements are verified." in page, "checked" in page) == (True, False)
    assert [row.status for row in Agreement.objects.order_by("pk")] == ["verified", "verified", "recorded"]


def test_each_of_many_has_its_line_its_history_and_its_notice_as_one_has(waiting, organiser, boris):
    one, *others = waiting
    by = vouched(organiser)
    actions.verify(one, by=by, reason="Folder 7")
    single = OutboxMessage.objects.filter(kind="agreement_verified").count()
    done = actions.verify_many(one.edition, {row.pk: row.version for row in waiting}, by=by, reason=" Folder 7 ")
    assert ([row.pk for row in done.done], [row.pk for row, _why in done.left]) == ([row.pk for row in others], [one.pk])
    lines = Event.objects.filter(verb="verify").order_by("pk")
    assert [(line.thing_id, line.data["reason"], line.actor) for line in lines] == [(str(row.pk), "Folder 7", organiser) for row in waiting]
    assert lines[1].seal == lines[2].seal is not None
    for row in Agreement.objects.order_by("pk"):
        newest = row.history.first()
        assert (row.status, newest.status, newest.history_user, newest.history_change_reason) == (
            "verified",
            "verified",
            organiser,
            "verified",
        )
    notices = OutboxMessage.objects.filter(kind="agreement_verified")
    assert (single > 0, notices.count()) == (True, 3 * single)
    told = []
    prove_ledger(lambda *said: told.append(said))
    assert told == []


def test_all_that_is_listed_is_verified_after_a_look(desk, waiting):
    page = text_of(desk.get(f"{ALL}?queue=waiting"))
    for words in ("<b>3</b> rows", "CNY 600", "Without a paper on file: 3.", "Verify 3"):
        assert words in page
    seen = newest_entry()
    before = stored()
    answer = desk.post(f"{ALL}?queue=waiting", {"seen": seen, "reason": " "})
    assert (answer.status_code, stored()) == (400, before)
    answer = desk.post(f"{ALL}?queue=waiting&q=Number+2", {"seen": seen, "reason": "Folder 7"})
    assert answer["Location"] == f"{LIST}?queue=waiting&q=Number+2"
    assert [row.status for row in Agreement.objects.order_by("pk")] == ["recorded", "verified", "recorded"]


def test_what_changed_after_the_look_is_left_as_it_is(desk, waiting, organiser):
    seen = newest_entry()
    given = actions.as_written(waiting[1])
    actions.correct(waiting[1], by=vouched(organiser), given=type(given)(**{**vars(given), "title": "Another"}), reason="Wrong name")
    page = text_of(desk.post(f"{ALL}?queue=waiting", {"seen": seen, "reason": "Folder 7"}, follow=True))
    assert ("2 agreements are verified." in page, "1 was changed after you looked, and is left as it is." in page) == (True, True)
    assert [row.status for row in Agreement.objects.order_by("pk")] == ["verified", "recorded", "verified"]
    assert "2 agreements" not in text_of(desk.post(f"{ALL}?queue=waiting", {"reason": "Folder 7"}, follow=True)), "without a look nothing"


def test_of_more_than_are_verified_at_once_the_rest_waits(desk, waiting, monkeypatch):
    monkeypatch.setattr("matchmaking.agreements.views.organiser.queue.MOST_AT_ONCE", 2)
    page = text_of(desk.get(f"{ALL}?queue=waiting&order=amount"))
    for words in ("<b>2</b> rows", "CNY 500", "1 more is listed, and stays for the next time."):
        assert words in page
    desk.post(f"{ALL}?queue=waiting&order=amount", {"seen": newest_entry(), "reason": "Folder 7"})
    assert [row.status for row in Agreement.objects.order_by("pk")] == ["recorded", "verified", "verified"]


@pytest.mark.parametrize("word", ["disputed", "drafts", "verified", "void", "all", "none"])
def test_only_what_can_be_verified_has_such_a_page(word, desk, waiting):
    assert desk.get(ALL, {"queue": word}).status_code == 404


def test_only_who_verifies_verifies_many(waiting, client_of, anna, boris, carla):
    set_up_roles()
    reader = builders.person("reader@example.com", is_staff=True)
    reader.groups.add(Group.objects.get(name="Read-only"))
    before, given = stored(), {"seen": newest_entry(), "reason": "x", "chosen": [f"{waiting[0].pk}:1"]}
    for person, status in ((anna, 404), (boris, 404), (carla, 404), (reader, 403)):
        for address in (f"{ALL}?queue=waiting", f"{LIST}verify/?queue=waiting"):
            assert client_of(person).post(address, given).status_code == status
        assert client_of(person).get(f"{ALL}?queue=waiting").status_code == status
    with pytest.raises(NotAllowed):
        actions.verify_many(waiting[0].edition, {waiting[0].pk: 1}, by=boris)
    assert stored() == before


def test_all_on_the_page_are_chosen_without_a_script(desk, waiting):
    page = text_of(desk.get(LIST, {"queue": "waiting", "choose": "page"}))
    assert page.count(" checked>") == 3
    assert text_of(desk.get(LIST, {"queue": "waiting"})).count(" checked>") == 0


def test_the_list_has_the_largest_first_and_the_day_that_is_asked_for(desk, waiting):
    listed = desk.get(LIST, {"queue": "waiting", "order": "amount"}).context["lines"]
    assert [line.row.title for line in listed] == ["Number 3", "Number 2", "Number 1"]
    day = waiting[0].signed_on.isoformat()
    assert [len(desk.get(LIST, {"signed_on": one}).context["lines"]) for one in (day, "2001-01-01")] == [3, 0]
    assert desk.get(LIST, {"signed_on": "01.02.03"}).status_code == 400


def test_many_take_the_queries_of_two(waiting, organiser, count_queries):
    by, versions = vouched(organiser), {row.pk: row.version for row in waiting}
    two = dict(list(versions.items())[:2])

    def verified(chosen):
        return count_queries(lambda: actions.verify_many(waiting[0].edition, chosen, by=by, reason="Folder 7"))

    fewer = verified(two)
    Agreement.objects.update(status="recorded", verified_by=None, verified_at=None)
    assert verified(versions) <= fewer
