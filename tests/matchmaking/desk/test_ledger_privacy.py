"""What the ledger keeps of people and what it does not: and that what privacy takes never looks like forgery."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from expo.foundation import guards
from expo.foundation.eventlog import log
from expo.foundation.models import Event, OutboxMessage
from expo.foundation.proving import prove_log
from expo.foundation.sealing import seal_waiting
from matchmaking.agreements.models import Confirmation, ConfirmationLink, Introduction, Milestone
from matchmaking.agreements.queries.checking import prove_ledger
from matchmaking.desk.privacy.erasing import erase_person
from matchmaking.desk.privacy.retention import let_go
from tests import builders

OUTSIDE = "dora@delta.example"


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


@pytest.fixture
def agreement(edition, chain, aurora, borealis):
    return builders.agreement(edition, chain, aurora, borealis)


@pytest.fixture
def party(agreement):
    return agreement.parties.get(company__name="Borealis Cells")


def link(agreement, party, number, **other):
    expires_at = other.pop("expires_at", timezone.now() + timedelta(days=14))
    return ConfirmationLink.objects.create(
        agreement=agreement, party=party, version=1, digest=f"{number:064d}", expires_at=expires_at, email=OUTSIDE, **other
    )


def test_addresses_of_links_go_when_the_links_ran_out(agreement, party):
    now = timezone.now()
    link(agreement, party, 1, ended_at=now, expires_at=now - timedelta(days=2))
    running = link(agreement, party, 2)
    assert let_go(timezone.localdate())["addresses of links that ran out"] == 1
    assert list(ConfirmationLink.objects.exclude(email="")) == [running]


def test_mails_to_addresses_without_an_account_go_as_a_whole(db):
    mail = {"kind": "agreement_link", "subject": "s", "body": "", "sent_at": timezone.now()}
    OutboxMessage.objects.create(to_address=OUTSIDE, message_id="<1@x>", **mail)
    OutboxMessage.objects.update(written_at=timezone.now() - timedelta(days=91))
    OutboxMessage.objects.create(to_address=OUTSIDE, message_id="<2@x>", **mail)
    assert let_go(timezone.localdate())["texts of mails"] == 1
    assert OutboxMessage.objects.get().message_id == "<2@x>"


def test_who_is_erased_leaves_answers_under_a_number_and_no_words_beside_the_ledger(agreement, party, boris, borealis, anna):
    answer = Confirmation.objects.create(
        agreement=agreement, party=party, party_name="Borealis Cells", version=1, answer="confirmed", person=boris, way="desk"
    )
    sent = link(agreement, party, 1)
    ConfirmationLink.objects.filter(pk=sent.pk).update(email="Boris@example.com")
    mine = {"agreement": agreement, "party": party, "due_on": date(2027, 7, 1), "answered_at": timezone.now(), "person": boris}
    told = Milestone.objects.create(days=30, stage="closed", closed_reason="Ask Boris Bo", note="Call +86 10 7654321", **mine)
    plain = Milestone.objects.create(days=90, stage="met", note="Samples were sent", **mine)
    claim = Introduction.objects.create(agreement=agreement, introducer=borealis, note="By boris@example.com", claimed_by=boris)
    line = log(agreement, "noted", by=boris, note="Boris Bo was there")
    log(borealis, "rename", by=boris, note="Boris Bo <boris@example.com>")
    seal_waiting(at_once=True)
    erase_person(boris, by=None)
    for row in (answer, sent, told, plain, claim, line):
        row.refresh_from_db()
    assert (answer.person, answer.answer) == (boris, "confirmed")
    assert sent.email == ""
    assert (told.note, told.closed_reason, plain.note, claim.note) == ("–", "–", "Samples were sent", "–")
    assert line.data["note"] == "Boris Bo was there", "what the ledger rests on stays"
    assert Event.objects.get(verb="rename").data == {}
    said = []
    proof = prove_log(said.append)
    assert (said, proof.emptied >= 1) == ([], True)


def test_an_account_with_lines_in_the_ledger_stays_as_a_number(db, agreement):
    person = builders.person("nobody@example.com")
    person.emailaddress_set.update(verified=False)
    log(agreement, "noted", by=person)
    log(person, "sign_up", by=person)
    with guards.lifted():
        type(person).objects.filter(pk=person.pk).update(date_joined=timezone.now() - timedelta(days=60))
    assert let_go(timezone.localdate())["accounts whose address was never confirmed"] == 1
    person.refresh_from_db()
    assert person.erased_at is not None
    assert Event.objects.get(verb="noted").actor == person
    assert Event.objects.get(verb="sign_up").actor is None
    said = []
    prove_log(said.append)
    assert said == []
    prove_ledger(said.append)
    assert [one.code for one in said if one.code not in {"number_not_given", "status_not_reached"}] == []
