"""A secret address for an outside party: opens the agreement without an account, works once, and leaks nothing."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from expo.foundation import limits
from expo.foundation.models import Event, OutboxMessage
from expo.foundation.outbox import send_waiting_messages
from matchmaking.agreements import actions
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.models import Agreement, Confirmation, ConfirmationLink
from tests.matchmaking.agreements.desk import third

HEADERS = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
YES = {"answer": "confirmed", "person_name": "Dora Delta"}
NO = {"answer": "disputed", "person_name": "Dora Delta", "reason": "It was 300 t."}


@pytest.fixture
def agreement(sheet, boris, borealis, anna):
    """Boris wrote down an agreement with Anna's company and Delta Foundry, which takes no part, and sent it."""
    parties = [*sheet["parties"], PartyInput(None, "Delta Foundry http://evil.example", "FR", role="supplier")]
    given = actions.AgreementInput(
        **{**sheet, "is_undisclosed": False, "visibility": "public", "parties": parties, "title": "Buy at http://evil.example"}
    )
    return actions.submit(actions.draft_for(borealis, by=boris, given=given), by=boris)


@pytest.fixture
def outside(agreement):
    return agreement.parties.get(company=None)


@pytest.fixture
def send(client_of, boris, agreement, outside):
    """Have Boris send a link; returns its path as the mail has it."""

    def sent(email="dora@delta.example"):
        answer = client_of(boris).post(f"/desk/agreements/{agreement.pk}/link/", {"party": outside.pk, "email": email})
        assert answer.status_code == 302
        send_waiting_messages()
        return re.search(r"(/agreements/by-link/\S+/)", mail.outbox[-1].body)[1]

    return sent


def anonymous():
    return Client(enforce_csrf_checks=True)


def state():
    return [Confirmation.objects.count(), Event.objects.count(), [row.status for row in Agreement.objects.all()]]


def test_the_mail_says_only_what_this_site_says_and_is_forgotten_once_it_is_sent(send, settings):
    path = send()
    letter = mail.outbox[-1]
    assert letter.to == ["dora@delta.example"]
    assert "Borealis Cells" in letter.subject
    assert "evil.example" not in letter.subject + letter.body
    assert set(re.findall(r"https?://[^/\s]+", letter.body)) == {settings.SITE_URL}
    secret = path.split("/")[-2]
    row = OutboxMessage.objects.get(to_address="dora@delta.example")
    assert (row.body, row.recipient) == ("", None)
    for model in (ConfirmationLink, Event, OutboxMessage):
        assert secret not in str(list(model.objects.values()))


def test_a_party_whose_country_reads_chinese_is_written_to_in_chinese(send, outside, edition):
    type(outside).objects.filter(pk=outside.pk).update(country="CN")
    assert send().startswith("/agreements/by-link/") is True
    assert "/zh/agreements/by-link/" in mail.outbox[-1].body


def test_where_a_link_went_is_shown_to_no_party(send, agreement, client_of, anna, boris):
    send()
    for person in (anna, boris):
        page = client_of(person).get(f"/desk/agreements/{agreement.pk}/").text
        assert "A link was sent." in page
        assert "dora@delta.example" not in page


def test_opening_it_changes_nothing_however_often(send, agreement):
    path = send()
    before = state()
    for _again in range(3):
        page = anonymous().get(path)
        assert page.status_code == 200
    assert anonymous().head(path).status_code == 200
    assert state() == before
    assert "Is this what you agreed?" in page.text
    assert "Borealis Cells asks you to confirm it." in page.text
    assert "Borealis Cells" in page.text
    assert "USD\N{NO-BREAK SPACE}1,500,000.50" in page.text
    assert '<meta name="robots" content="noindex, nofollow">' in page.text
    assert {name: page.headers[name] for name in HEADERS} == HEADERS


def test_a_yes_is_stored_with_the_name_and_the_link_is_used_up(send, agreement, client_of, boris):
    path = send()
    answer = anonymous().post(path, YES)
    assert (answer.status_code, "Your answer is stored" in answer.text) == (200, True)
    said = Confirmation.objects.get(way="link")
    assert (said.answer, said.name, said.person) == ("confirmed", "Dora Delta", None)
    assert "by link, as Dora Delta" in client_of(boris).get(f"/desk/agreements/{agreement.pk}/").text
    assert "dora@delta.example" not in client_of(boris).get(f"/desk/agreements/{agreement.pk}/").text
    before = state()
    for again in (anonymous().get(path), anonymous().post(path, NO), anonymous().get(f"{path}document.pdf")):
        assert again.status_code == 410
        assert "This link has been used" in again.text
        assert "Borealis" not in again.text
        assert {name: again.headers[name] for name in HEADERS} == HEADERS
    assert state() == before


def test_a_no_by_link_makes_it_a_draft_again(send, agreement, client_of, boris):
    assert anonymous().post(send(), NO).status_code == 200
    agreement.refresh_from_db()
    assert agreement.status == "draft"
    assert "It was 300 t." in client_of(boris).get(f"/desk/agreements/{agreement.pk}/").text


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"answer": "confirmed"}, "Write your name."),
        ({"answer": "confirmed", "person_name": "  "}, "Write your name."),
        ({"answer": "confirmed", "person_name": "\u202e"}, "Write your name."),
        ({"answer": "maybe", "person_name": "Dora"}, "not one of the available choices"),
        ({"person_name": "Dora"}, "This field is required."),
        ({"answer": "disputed", "person_name": "Dora", "reason": "  "}, "Say what is not right"),
        ({"answer": "disputed", "person_name": "Dora", "reason": "x" * 1001}, "at most 1000 characters"),
        ({"answer": "confirmed", "person_name": "x" * 121}, "at most 120 characters"),
    ],
)
def test_an_answer_that_cannot_be_read_uses_nothing_up(send, given, says):
    path = send()
    before = state()
    answer = anonymous().post(path, given)
    assert answer.status_code == 400
    assert says in answer.text
    assert state() == before
    assert anonymous().get(path).status_code == 200


def test_expired_ended_forwarded_and_tampered_each_say_so(send, agreement, boris, client_of):
    path = send()
    before = state()
    for wrong in (
        path[:-3] + "/",
        path[:-1] + "A/",
        "/agreements/by-link/x/",
        f"/agreements/by-link/{'A' * 300}/",
        "/agreements/by-link/%00/",
    ):
        answer = anonymous().get(wrong)
        assert answer.status_code in {400, 404}, wrong
        assert "Borealis" not in answer.text
    assert "This address opens nothing" in anonymous().get(path[:-3] + "/").text
    ConfirmationLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    answer = anonymous().post(path, YES)
    assert (answer.status_code, "This link has run out" in answer.text, "Borealis" in answer.text) == (410, True, False)
    assert state() == before
    newer = send()
    answer = anonymous().post(path, YES)
    assert (answer.status_code, "This link has ended" in answer.text) == (410, True)
    assert anonymous().get(newer).status_code == 200
    actions.take_back(Agreement.objects.get(pk=agreement.pk), by=boris)
    assert anonymous().post(newer, YES).status_code == 410
    assert not Confirmation.objects.filter(way="link").exists()


def test_who_is_the_other_side_cannot_answer_by_the_link(send, client_of, anna, boris):
    path = send()
    before = state()
    for person in (anna, boris):
        answer = client_of(person).post(path, YES)
        assert (answer.status_code, "made for another party" in answer.text) == (403, True)
    assert state() == before
    assert anonymous().post(path, YES).status_code == 200


def test_the_document_opens_by_the_link_while_it_holds(send, agreement, pdf):
    path = send()
    assert anonymous().get(f"{path}document.pdf").status_code == 404
    row = Agreement.objects.get(pk=agreement.pk)
    row.document.save("x.pdf", pdf())
    assert f'href="{path}document.pdf"' in anonymous().get(path).text
    file = anonymous().get(f"{path}document.pdf")
    assert b"".join(file.streaming_content).startswith(b"%PDF")
    assert file.headers["Referrer-Policy"] == "no-referrer"


def test_nobody_is_signed_in_on_the_page(send, client_of, carla):
    page = client_of(carla).get(send())
    assert page.status_code == 200
    assert "Carla Costa" not in page.text
    assert "csrfmiddlewaretoken" not in page.text


def test_who_comes_too_often_waits(send, settings):
    path = send()
    settings.API_LIMITS = {**settings.API_LIMITS, "address": (3, 100)}
    limits.forget_what_is_held()
    answers = [anonymous().get(path).status_code for _again in range(5)]
    assert answers == [200, 200, 200, 429, 429]


def test_a_link_is_sent_to_an_outside_party_alone_and_not_too_often(client_of, boris, carla, agreement, outside, send):
    page = f"/desk/agreements/{agreement.pk}/link/"
    boris_at = client_of(boris)
    own = agreement.parties.get(company__name="Aurora Motors")
    assert boris_at.post(page, {"party": own.pk, "email": "x@example.com"}).status_code == 403
    assert boris_at.post(page, {"party": outside.pk, "email": "no address"}).status_code == 400
    assert boris_at.post(page, {"party": outside.pk, "email": "boris@example.com"}).status_code == 403
    assert boris_at.post(page, {"party": 99999, "email": "x@example.com"}).status_code == 409
    assert not ConfirmationLink.objects.exists()
    assert client_of(carla).post(page, {"party": outside.pk, "email": "x@example.com"}).status_code == 404
    for _again in range(3):
        send()
    assert boris_at.post(page, {"party": outside.pk, "email": "x@example.com"}).status_code == 409
    assert ConfirmationLink.objects.filter(ended_at=None).count() == 1


def test_an_address_given_when_it_is_sent_gets_the_link_at_once(client_of, boris, agreement, outside):
    actions.take_back(agreement, by=boris)
    page, boris_at = f"/desk/agreements/{agreement.pk}/submit/", client_of(boris)
    assert boris_at.post(page, {f"email-{outside.pk}": "nonsense"}).status_code == 400
    assert Agreement.objects.get(pk=agreement.pk).status == "draft"
    assert boris_at.post(page, {f"email-{outside.pk}": "dora@delta.example"}).status_code == 302
    assert ConfirmationLink.objects.get().email == "dora@delta.example"


def corrected(agreement, organiser, **changes):
    agreement.refresh_from_db()
    given = actions.AgreementInput(**{**vars(actions.as_written(agreement)), "amount": agreement.amount + 1, **changes})
    actions.correct(agreement, by=organiser, given=given, reason="A slip of the pen")
    send_waiting_messages()


def test_the_mail_says_who_asks(send, agreement, outside, organiser):
    send()
    assert mail.outbox[-1].subject == "Borealis Cells asks you to confirm an agreement"
    assert "an agreement between Aurora Motors, Borealis Cells and you was written down" in mail.outbox[-1].body
    assert "Borealis Cells gave this address for you." in mail.outbox[-1].body
    actions.make_link(agreement, outside, by=organiser, email="dora@delta.example")
    send_waiting_messages()
    assert mail.outbox[-1].subject == "The organiser of Sample 2027 asks you to confirm an agreement"


def test_a_correction_sends_who_had_a_link_by_mail_another_one(send, agreement, client_of, boris, anna, organiser):
    old = send()
    actions.confirm(agreement, by=anna)
    corrected(agreement, organiser)
    letter = next(one for one in mail.outbox[::-1] if one.to == ["dora@delta.example"])
    assert letter.subject == "Corrected: Borealis Cells asks you to confirm an agreement"
    assert "The organiser has corrected it since." in letter.body
    new = re.search(r"(/agreements/by-link/\S+/)", letter.body)[1]
    assert (anonymous().get(old).status_code, anonymous().get(new).status_code) == (410, 200)
    assert "A new link has to be sent" not in client_of(boris).get(f"/desk/agreements/{agreement.pk}/").text
    assert client_of(boris).post(new, YES).status_code == 403, "it is still the link that Boris had made"
    assert anonymous().post(new, YES).status_code == 200


def test_after_a_correction_the_page_says_that_a_new_link_has_to_be_sent(send, agreement, client_of, boris, anna, organiser):
    anonymous().post(send(), YES)
    actions.confirm(agreement, by=anna)
    before = len([one for one in mail.outbox if one.to == ["dora@delta.example"]])
    corrected(agreement, organiser)
    assert len([one for one in mail.outbox if one.to == ["dora@delta.example"]]) == before, "the address of a used link is forgotten"
    for person in (boris, anna):
        page = client_of(person).get(f"/desk/agreements/{agreement.pk}/").text
        assert "A new link has to be sent" in page
        assert "Its link was for an earlier version and opens nothing any more. Send a new one." in page
        assert "Confirmed version 1, not this one." in page


def test_a_party_that_a_correction_took_out_gets_no_link(send, agreement, anna, organiser):
    send()
    actions.confirm(agreement, by=anna)
    before = len(mail.outbox)
    corrected(agreement, organiser, parties=actions.as_written(agreement).parties[:2])
    assert [one for one in mail.outbox[before:] if one.to == ["dora@delta.example"]] == []
    assert not ConfirmationLink.objects.filter(used_at=None, ended_at=None).exists()


def test_a_correction_sends_no_link_to_who_is_of_the_other_side_by_it(send, agreement, edition, anna, organiser):
    cassini, owner = third(edition)
    send(owner.email)
    actions.confirm(agreement, by=anna)
    before = len(mail.outbox)
    corrected(agreement, organiser, parties=[*actions.as_written(agreement).parties, PartyInput(cassini)])
    assert not [one for one in mail.outbox[before:] if "/agreements/by-link/" in one.body]
    assert not ConfirmationLink.objects.filter(used_at=None, ended_at=None).exists()
