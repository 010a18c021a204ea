"""The clock goes on; what was kept long enough goes, and nothing else."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.utils import timezone

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation import guards
from expo.foundation.models import Event, OutboxMessage
from expo.foundation.outbox import tell
from matchmaking.desk.privacy import retention
from matchmaking.desk.privacy.retention import let_go, months_before, sweep_daily, what_would_go
from matchmaking.marketplace.models import Offer
from matchmaking.participants.models import Registration
from tests import builders

OVER = date(2027, 6, 24)  # The last day of the current edition.
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


def joined_long_ago(*people):
    User.objects.filter(pk__in=[person.pk for person in people]).update(date_joined=LONG_AGO)


def erased(person):
    return User.objects.get(pk=person.pk).erased_at is not None


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2028, 6, 24), 12, date(2027, 6, 24)),
        (date(2028, 2, 29), 12, date(2027, 2, 28)),
        (date(2027, 3, 31), 1, date(2027, 2, 28)),
        (date(2027, 1, 15), 1, date(2026, 12, 15)),
        (date(2027, 5, 31), 3, date(2027, 2, 28)),
    ],
)
def test_months_are_counted_as_people_do(day, months, before):
    assert months_before(day, months) == before


def test_an_account_goes_twelve_months_after_the_last_expo_and_not_unwarned(boris, exhibitor, carla, organiser):
    joined_long_ago(boris, carla, organiser)
    due = date(2028, 6, 25)
    User.objects.filter(pk=carla.pk).update(date_joined=datetime(2028, 6, 1, tzinfo=UTC))
    assert not retention.unused(due - timedelta(days=1)).filter(pk=boris.pk).exists()
    assert retention.unused(due).filter(pk=boris.pk).exists()
    assert not retention.unused(due).filter(pk=organiser.pk).exists(), "staff are the organiser's business"
    assert let_go(due)["accounts unused since the last expo"] == 0, "nobody goes unwarned"
    assert OutboxMessage.objects.filter(kind="account_ends", recipient=boris).count() == 1
    assert let_go(due)["people to warn that their account ends"] == 0, "one warning is enough"
    assert User.objects.get(pk=boris.pk).end_announced_on == due
    assert let_go(due + timedelta(days=29))["accounts unused since the last expo"] == 0
    assert let_go(due + timedelta(days=30))["accounts unused since the last expo"] == 1
    assert (erased(boris), erased(organiser)) == (True, False)
    exhibitor.refresh_from_db()
    assert exhibitor.status == Registration.Status.WITHDRAWN, "a company without people takes part in nothing to come"


def test_the_company_of_a_past_expo_stays_on_record(boris, exhibitor):
    joined_long_ago(boris)
    Edition.objects.update(status=Edition.Status.CLOSED)
    User.objects.filter(pk=boris.pk).update(end_announced_on=OVER)
    let_go(date(2029, 1, 1))
    exhibitor.refresh_from_db()
    assert (erased(boris), exhibitor.status) == (True, Registration.Status.VERIFIED)


def test_who_comes_back_after_a_warning_stays(boris, exhibitor):
    joined_long_ago(boris)
    due = date(2028, 6, 25)
    let_go(due - timedelta(days=30))
    assert User.objects.get(pk=boris.pk).end_announced_on is not None
    User.objects.filter(pk=boris.pk).update(last_login=datetime(2028, 6, 1, tzinfo=UTC))
    assert let_go(due)["people who came back after a warning"] == 1
    let_go(due + timedelta(days=40))
    assert (erased(boris), User.objects.get(pk=boris.pk).end_announced_on) == (False, None)


def test_a_seat_or_a_registration_to_come_keeps_an_account(boris, exhibitor, carla, edition):
    joined_long_ago(boris, carla)
    builders.registration(exhibitor.company, builders.edition(starts_on=date(2029, 5, 30), ends_on=date(2029, 6, 1)))
    forum = builders.forum(builders.edition(), capacity=1)
    forum.seats.create(person=carla)
    assert not retention.unused(date(2028, 12, 1)).exists()


def test_an_account_never_confirmed_goes_after_thirty_days_row_and_all(db):
    now = timezone.now()
    unconfirmed, confirmed = builders.person(), builders.person()
    EmailAddress.objects.filter(user=unconfirmed).update(verified=False)
    day = timezone.localdate(now)
    assert let_go(day + timedelta(days=30))["accounts whose address was never confirmed"] == 0
    assert let_go(day + timedelta(days=32))["accounts whose address was never confirmed"] == 1
    assert list(User.objects.values_list("pk", flat=True)) == [confirmed.pk]


def test_drafts_never_submitted_go_after_a_year(exhibitor, supplier_segment, edition):
    draft = builders.offer(exhibitor, supplier_segment, status="draft", submitted_at=None, published_at=None)
    sent = builders.offer(exhibitor, supplier_segment, status="draft")
    begun = builders.registration(exhibitor.company, edition, role="buyer", status="draft", submitted_at=None)
    soon, late = timezone.localdate() + timedelta(days=360), timezone.localdate() + timedelta(days=370)
    let_go(soon)
    assert Offer.objects.count() == 2
    gone = let_go(late)
    assert (gone["offers never submitted"], gone["registrations never submitted"]) == (1, 1)
    assert list(Offer.objects.all()) == [sent]
    assert not Registration.objects.filter(pk=begun.pk).exists()
    assert draft.pk != sent.pk


def test_texts_of_mails_and_lines_of_the_log_go_but_not_the_ledgers(boris, borealis, exhibitor):
    tell(boris, "member_owner", company=borealis)
    for thing in ("participants.Company", "agreements.Agreement", "setup", "backup"):
        Event.objects.create(actor=boris, verb="did", thing=thing, thing_id="1")
    day = timezone.localdate()
    assert let_go(day + timedelta(days=89))["texts of mails"] == 0
    assert let_go(day + timedelta(days=92))["texts of mails"] == 1
    assert OutboxMessage.objects.get(kind="member_owner").body == ""
    let_go(months_before(day, -12) - timedelta(days=1))
    assert Event.objects.filter(verb="did").count() == 4
    with guards.lifted():
        Event.objects.update(at=timezone.now() - timedelta(days=366 + 2))
    let_go(day)
    assert set(Event.objects.filter(verb="did").values_list("thing", flat=True)) == {"agreements.Agreement", "setup", "backup"}


def test_zero_means_for_ever(boris, exhibitor, supplier_segment, borealis, settings):
    joined_long_ago(boris)
    settings.RETENTION = dict.fromkeys(settings.RETENTION, 0)
    builders.offer(exhibitor, supplier_segment, status="draft", submitted_at=None)
    tell(boris, "member_owner", company=borealis)
    Event.objects.create(actor=boris, verb="did", thing="x", thing_id="1")
    assert set(let_go(date(2060, 1, 1)).values()) == {0}


def test_a_dry_run_says_what_would_go_and_changes_nothing(boris, exhibitor, borealis):
    joined_long_ago(boris)
    User.objects.filter(pk=boris.pk).update(end_announced_on=OVER)
    tell(boris, "member_owner", company=borealis)
    said = io.StringIO()
    call_command("retention", dry_run=True, on="2029-01-01", stdout=said)
    assert "       1  accounts unused since the last expo" in said.getvalue()
    assert what_would_go(date(2029, 1, 1))["texts of mails"] == 1
    assert not erased(boris)
    assert OutboxMessage.objects.exclude(body="").count() == 1
    for wrong in ({"on": "2029-01-01"}, {"dry_run": True, "on": "tomorrow"}):
        with pytest.raises(CommandError):
            call_command("retention", **wrong)


def test_the_sweep_lets_go_once_a_day(db):
    sweep_daily()
    sweep_daily()
    assert Event.objects.filter(verb="retention_swept").count() == 1
