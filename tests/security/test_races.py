"""Eight press at the same moment. Only PostgreSQL lets them truly meet; SQLite takes one writer at a time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from threading import Event as Signal
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone

from expo.editions.actions import make_current
from expo.editions.models import Edition
from expo.foundation.errors import Refused
from expo.foundation.models import Event, SheetImport
from expo.foundation.sheets.actions import note_export, sweep_sheets
from matchmaking.agreements import actions as ledger
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.models import Agreement, Ledger
from matchmaking.marketplace import actions as market
from matchmaking.participants import actions as people
from tests import builders

RACERS = 8
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]


def race(calls: list[Callable[[], Any]]) -> list[Any]:
    """Make all calls at once, each with its own connection; return their results, or the codes of their refusals."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            start.wait(10)
            return call()
        except Refused as refused:
            return refused.code
        except IntegrityError:
            return "constraint"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.fixture
def expo() -> Any:
    edition = builders.current_edition()
    return edition, builders.chain(edition), builders.person(is_staff=True, is_superuser=True)


def test_numbers_of_agreements_have_no_gap_whatever_fails_beside_them(expo):
    edition, chain, olga = expo
    parties = [PartyInput(builders.company(), "", ""), PartyInput(builders.company(), "", "")]
    sheet = {"edition": edition, "kind": "agreement", "chain": chain, "segment": None, "signed_on": edition.starts_on}
    money = {"amount": Decimal(100), "currency": "CNY", "is_undisclosed": False, "visibility": "public"}
    drafts = [ledger.draft_agreement(**sheet, **money, title=f"Deal {number}", parties=parties, by=olga) for number in range(RACERS)]

    def broken(draft: Agreement) -> None:
        with transaction.atomic():
            ledger.record_agreement(draft, by=olga)
            raise IntegrityError

    race([(lambda one=one: ledger.record_agreement(one, by=olga)) if one.pk % 2 else (lambda one=one: broken(one)) for one in drafts])
    numbers = sorted(Agreement.objects.exclude(number=None).values_list("number", flat=True))
    assert numbers == list(range(1, RACERS // 2 + 1))
    assert Ledger.objects.get(edition=edition).last_number == RACERS // 2


def test_one_agreement_recorded_eight_times_takes_one_number(expo):
    edition, chain, olga = expo
    made = builders.agreement(edition, chain, builders.company(), builders.company(), status="draft")
    results = race([lambda: ledger.record_agreement(made, by=olga) for _number in range(RACERS)])
    assert results.count("illegal_move") == RACERS - 1
    assert Ledger.objects.get(edition=edition).last_number == 1


def test_a_posting_published_and_withdrawn_at_once_has_one_end(expo):
    edition, chain, olga = expo
    person, company = builders.person(), builders.company()
    builders.member(company, person)
    offer = builders.offer(builders.registration(company, edition), builders.segment(chain), status="submitted", published_at=None)
    publish = [lambda: market.publish_posting(offer, by=olga)] * 4
    withdraw = [lambda: market.withdraw_posting(offer, by=person)] * 4
    results = race([*publish, *withdraw])
    offer.refresh_from_db()
    assert offer.status == "withdrawn"
    assert results.count("illegal_move") in {RACERS - 1, RACERS - 2}
    assert Event.objects.filter(verb__contains="withdraw").count() == 1


def test_verified_once_and_rejected_once_however_many_press(expo):
    edition, _chain, olga = expo
    person, company = builders.person(), builders.company()
    builders.member(company, person)
    waiting = builders.registration(company, edition, status="submitted", decided_at=None)
    verify = [lambda: people.verify_registration(waiting, by=olga)] * 4
    reject = [lambda: people.reject_registration(waiting, by=olga, reason="No proof.")] * 4
    results = race([*verify, *reject])
    waiting.refresh_from_db()
    assert results[:4].count("illegal_move") in {3, 4}  # A verification can be taken back, a rejection not be verified.
    assert results[4:].count("illegal_move") == 3
    assert (waiting.status, waiting.rejection_reason) == ("rejected", "No proof.")


def test_two_editions_are_never_current_at_once(expo):
    olga = expo[2]
    others = [builders.edition() for _number in range(RACERS)]
    race([lambda one=one: make_current(one, by=olga) for one in others])
    assert Edition.objects.filter(is_current=True).count() == 1


def test_lists_taken_at_once_are_no_more_than_ten_a_minute(expo):
    olga = expo[2]
    for _number in range(6):
        note_export(by=olga, name="offers")
    results = race([lambda: note_export(by=olga, name="offers") for _number in range(RACERS)])
    assert results.count("too_many_exports") == RACERS - 4
    assert Event.objects.filter(verb="export", actor=olga).count() == 10


def test_a_sheet_that_is_confirmed_while_old_ones_are_forgotten_stays(expo):
    olga = expo[2]
    rows = [SheetImport.objects.create(kind="offers", who=olga, scope_id=number, status="ready") for number in range(2)]
    SheetImport.objects.update(moved_at=timezone.now() - SheetImport.KEPT - timedelta(minutes=1))
    taken_up = Signal()

    def confirm() -> None:
        with transaction.atomic():
            SheetImport.objects.filter(pk=rows[1].pk).update(status="storing")
            taken_up.set()
            wait_until_somebody_waits()

    def sweep() -> int:
        taken_up.wait(10)
        return sweep_sheets()

    assert race([confirm, sweep]) == [None, 1]
    assert list(SheetImport.objects.values_list("pk", flat=True)) == [rows[1].pk]


def wait_until_somebody_waits() -> None:
    """Return when another connection waits for a lock of this one."""
    for _turn in range(1000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted), pg_sleep(0.01)")
            if cursor.fetchone()[0]:
                return
    raise AssertionError
