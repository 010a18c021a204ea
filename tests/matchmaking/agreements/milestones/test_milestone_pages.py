"""What became of an agreement, as it is answered by a secret address and on the desk."""

from django.test import Client

from expo.foundation.dates import long_day
from matchmaking.agreements import actions
from matchmaking.agreements.actions import milestones
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries.milestones import asked_of
from tests.matchmaking.agreements.milestones.asked import mails, of, secret_for

# The page by secret address.


def test_opening_changes_nothing_and_one_click_answers(opened, anna):
    client, address, _agreement = opened
    page = client.get(address)
    assert (page.status_code, page["Referrer-Policy"], "no-store" in page["Cache-Control"]) == (200, "no-referrer", True)
    assert of(anna).answered_at is None
    for words in ("Cells for Aurora", "Borealis Cells", 'value="agreement_signed"', "One click answers"):
        assert words in page.content.decode()
    answer = client.post(address, {"stage": "negotiating"})
    assert (answer.status_code, answer["Location"]) == (303, address)
    assert (of(anna).stage, of(anna).person, of(anna).way) == ("negotiating", None, "link")
    page = client.get(address).content.decode()
    assert "Your answer: negotiating." in page
    client.post(address, {"stage": "agreement_signed"})
    assert of(anna).stage == "agreement_signed"


def test_closing_without_a_reason_is_told_on_the_page(opened, anna):
    client, address, _agreement = opened
    answer = client.post(address, {"stage": "closed", "closed_reason": " "})
    assert (answer.status_code, "Say in a few words why it is closed" in answer.content.decode()) == (400, True)
    assert of(anna).answered_at is None
    assert client.post(address, {"stage": "closed", "closed_reason": "No budget"}).status_code == 303
    assert "No budget" in client.get(address).content.decode()


def test_a_tampered_an_expired_and_a_void_one_say_so_and_show_nothing(opened, anna):
    client, address, agreement = opened
    for wrong in (address[:-3] + "x/", "/agreements/milestone/x/", f"/agreements/milestone/{'x' * 200}/"):
        page = client.get(wrong)
        assert (page.status_code, "not complete or was changed" in page.content.decode()) == (404, True)
        assert client.post(wrong, {"stage": "met"}).status_code == 404
    Agreement.objects.filter(pk=agreement.pk).update(status="void", void_reason="Wrong")
    for page in (client.get(address), client.post(address, {"stage": "met"})):
        assert page.status_code == 410
        assert "open no more" in page.content.decode()
        assert "Cells for Aurora" not in page.content.decode()
    assert of(anna).answered_at is None


# The desk.


def test_the_desk_shows_what_is_open_and_what_was_said_to_ones_own_side(signed, anna, boris, carla, client_of):
    agreement = signed(1)
    actions.sweep_milestones()
    (asked,) = asked_of(agreement, anna)
    assert (asked.milestone, asked.is_open, [step.stage for step in asked.steps][-1]) == (of(anna), True, "delivering")
    assert asked_of(agreement, carla) == []
    address = f"/desk/agreements/milestones/{of(anna).pk}/"
    for person in (boris, carla):
        assert client_of(person).post(address, {"stage": "met"}).status_code == 404
    assert client_of(anna).get(address).status_code == 405
    answer = client_of(anna).post(address, {"stage": "met"})
    assert (answer.status_code, of(anna).stage, of(anna).way) == (302, "met", "desk")
    assert asked_of(agreement, anna)[0].said == "met again"


def test_laying_and_asking_take_as_many_queries_for_one_party_as_for_many_but_for_the_asking_itself(signed, count_queries):
    signed(0)
    one = count_queries(actions.sweep_milestones)
    for _n in range(3):
        signed(0)
    assert count_queries(actions.sweep_milestones) == one


def test_a_note_goes_with_the_answer_by_link_and_on_the_desk(opened, anna, client_of):
    browser, path, _agreement = opened
    browser.post(path, {"stage": "met", "note": "In Turin, with samples"})
    assert (of(anna).stage, of(anna).note) == ("met", "In Turin, with samples")
    page = browser.get(path).text
    assert "In Turin, with samples</textarea>" in page
    assert 'name="note" value="In Turin, with samples"' in page, "closing it keeps the note"
    desk = client_of(anna)
    assert "In Turin, with samples</textarea>" in desk.get(f"/desk/agreements/{of(anna).agreement_id}/").text
    desk.post(f"/desk/agreements/milestones/{of(anna).pk}/", {"stage": "met", "note": "And in Lyon"})
    assert (of(anna).stage, of(anna).note, of(anna).way) == ("met", "And in Lyon", "desk")


def test_the_mail_names_the_others_in_its_language_and_the_day_that_the_page_names(signed, anna, boris, borealis, client_of):
    type(borealis).objects.filter(pk=borealis.pk).update(name_zh="北极光电池")
    type(anna).objects.filter(pk=anna.pk).update(language="zh-hans")
    signed(1)
    actions.sweep_milestones()
    letter = mails()["anna@example.com"]
    assert "北极光电池" in letter.subject
    assert "Borealis Cells" not in letter.body
    until = milestones.last_day(of(boris))
    assert f"until {long_day(until)}" in mails()["boris@example.com"].body
    assert f"until {long_day(until)}" in Client().get(f"/agreements/milestone/{secret_for('boris@example.com')}/").text


def test_what_was_only_asked_is_no_answer_in_the_history(signed, anna, client_of):
    agreement = signed(1)
    actions.sweep_milestones()
    page = f"/desk/agreements/{agreement.pk}/"
    assert "A party said what became of it" not in client_of(anna).get(page).text
    actions.answer_milestone(of(anna), by=anna, stage="met")
    assert client_of(anna).get(page).text.count("A party said what became of it") == 1
