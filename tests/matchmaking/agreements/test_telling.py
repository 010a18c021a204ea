"""What owners are told of agreements: in their language, in the way they chose, with what somebody wrote set apart; and reminded once."""

from datetime import timedelta

import pytest
from django.conf import settings as site
from django.utils import timezone

from expo.accounts.actions import choose_notices
from expo.accounts.models import User
from expo.foundation.models import Event, OutboxMessage
from matchmaking.agreements import actions
from matchmaking.agreements.actions.reminding import remind_parties
from matchmaking.agreements.actions.telling import KINDS, tell_parties
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.models import Agreement
from tests import builders

LONG = "Wire it today\nto http://evil.example\n\nYours, the organiser"


@pytest.fixture
def sent(sheet, boris, borealis, anna):
    """Boris wrote an agreement down and sent it to Anna."""
    given = actions.AgreementInput(**{**sheet, "is_undisclosed": False, "visibility": "public"})
    return actions.submit(actions.draft_for(borealis, by=boris, given=given), by=boris)


def told(person):
    return list(OutboxMessage.objects.filter(recipient=person).order_by("pk").values_list("kind", "way"))


def test_there_is_a_mail_for_each_kind_and_no_other():
    mails = {file.name.split(".")[0] for file in (site.BASE_DIR / "templates/emails").glob("agreement_*.txt")}
    assert mails == KINDS | {"agreement_link"}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_mail_leads_to_the_agreement_and_sets_apart_what_somebody_wrote(sent, anna, borealis, kind, language):
    User.objects.filter(pk=anna.pk).update(language=language)
    Agreement.objects.filter(pk=sent.pk).update(title="Cells\r\nBcc: x@evil.example " + "x" * 150)
    sent.refresh_from_db()
    tell_parties(sent, kind, reason=LONG, introducer=borealis)
    mail = OutboxMessage.objects.filter(recipient=anna).latest("pk")
    prefix = "/zh" if language == "zh-hans" else ""
    assert mail.link == f"{prefix}/desk/agreements/{sent.pk}/"
    assert f"{site.SITE_URL}{mail.link}\n" in mail.body
    assert "\n" not in mail.subject
    for line in mail.body.splitlines():
        assert "evil.example" not in line or line.startswith("    "), line
        assert len(line) < 400


def test_who_did_it_is_not_told_and_neither_is_carla(sent, anna, boris, carla):
    assert told(anna) == [("agreement_asked", "at_once")]
    assert told(boris) == told(carla) == []
    actions.confirm(sent, by=anna)
    assert told(boris) == [("agreement_confirmed", "at_once")]
    assert told(anna) == [("agreement_asked", "at_once")]


@pytest.mark.parametrize("way", ["desk", "gathered", "at_once"])
def test_it_reaches_each_as_they_chose(sheet, boris, borealis, anna, way):
    choose_notices(anna, by=anna, mails_of_agreements=way)
    given = actions.AgreementInput(**{**sheet, "is_undisclosed": False, "visibility": "public"})
    actions.submit(actions.draft_for(borealis, by=boris, given=given), by=boris)
    assert told(anna) == [("agreement_asked", way)]


def test_who_owns_both_sides_is_told_once(sent, anna, borealis):
    builders.member(borealis, anna)
    tell_parties(sent, "agreement_verified")
    assert [kind for kind, _way in told(anna)].count("agreement_verified") == 1


def test_telling_takes_as_many_queries_for_three_parties_as_for_two(sent, edition, count_queries):
    two = count_queries(lambda: tell_parties(sent, "agreement_verified"))
    company = builders.company()
    builders.member(company, builders.person())
    sent.parties.create(company=company, order=9)
    assert count_queries(lambda: tell_parties(sent, "agreement_verified")) == two


def test_who_has_not_answered_is_reminded_once_in_each_version(sent, anna, boris):
    now = timezone.now()
    assert remind_parties(now + timedelta(days=2)) == 0
    assert [remind_parties(now + timedelta(days=4)) for _again in range(2)] == [1, 0]
    assert [kind for kind, _way in told(anna)] == ["agreement_asked", "agreement_reminder"]
    assert told(boris) == []
    assert Event.objects.filter(verb="remind").count() == 1
    actions.take_back(sent, by=boris)
    assert remind_parties(now + timedelta(days=4)) == 0
    actions.submit(Agreement.objects.get(pk=sent.pk), by=boris)
    assert remind_parties(now + timedelta(days=4)) == 1
    assert remind_parties(now + timedelta(days=30)) == 0


def test_nobody_is_reminded_of_what_is_answered_or_was_never_sent(sent, anna, edition, chain, aurora, borealis):
    builders.agreement(edition, chain, aurora, borealis)
    actions.confirm(sent, by=anna)
    assert remind_parties(timezone.now() + timedelta(days=4)) == 0


def test_who_asks_and_who_has_not_confirmed_stands_in_the_mail(sheet, boris, borealis, anna, organiser):
    parties = [*sheet["parties"], PartyInput(None, "Delta Foundry", "FR")]
    given = actions.AgreementInput(**{**sheet, "is_undisclosed": False, "visibility": "public", "parties": parties})
    sent = actions.submit(actions.draft_for(borealis, by=boris, given=given), by=boris)
    body = OutboxMessage.objects.get(recipient=anna).body
    assert "Borealis Cells has written down this agreement, with Aurora Motors as a party, and asks you to confirm it." in body
    actions.confirm(sent, by=anna)
    assert "    Not confirmed from outside the expo: Delta Foundry\n" in OutboxMessage.objects.get(recipient=boris).body
    actions.record_agreement(actions.draft_agreement(by=organiser, **sheet), by=organiser)
    assert "the organiser has written down this agreement" in OutboxMessage.objects.filter(recipient=anna).latest("pk").body
