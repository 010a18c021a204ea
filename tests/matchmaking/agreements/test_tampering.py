"""Somebody with the database's password lifts the guards and changes, deletes or puts in one row after the other: what is found, and what is not by design.

Every column of every table is tried. `NOT_COVERED` is the list in docs/agreements.md ("What the proof does not cover").
"""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from expo.editions import actions as measuring
from expo.editions.models import ExchangeRate, Statistic
from expo.foundation import guards
from expo.foundation.digests import marks_in, of_block
from expo.foundation.models import Event, Seal
from expo.foundation.proving import prove_log
from expo.foundation.sealing import FIRST, digest_of, head, seal_waiting
from matchmaking.agreements import actions
from matchmaking.agreements.actions.rates import state_rate
from matchmaking.agreements.actions.report import freeze_report
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.models import (
    Agreement,
    Confirmation,
    ConfirmationLink,
    FrozenReport,
    Introduction,
    IntroductionConsent,
    Ledger,
    Milestone,
    Party,
)
from matchmaking.agreements.queries.canonical import state_of
from matchmaking.agreements.queries.checking import prove_ledger
from tests import builders
from tests.matchmaking.agreements.desk import corrected, drafted, recorded, third, written

# Addresses and free text that privacy may empty, words for people that no figure counts, and moments that only help to sort.
NOT_COVERED = {
    "agreements.Confirmation": {"party_name", "name"},
    "agreements.ConfirmationLink": {"email", "expires_at", "ended_at"},
    "agreements.Introduction": {"note", "claimed_at"},
    "agreements.IntroductionConsent": {"id", "at"},
    "agreements.Milestone": {"id", "due_on", "digest", "link_made_at", "asked_at", "closed_reason", "note"},
    # Of a draft what it is worth follows the rate.
    "agreements.HistoricalAgreement": {"history_date", "history_change_reason", "history_type", "amount_cny", "rate_used"}
    | {"created_at", "external_id", "meeting", "offer", "sourcing_request"},
    "agreements.HistoricalParty": {"history_id", "history_date", "history_change_reason", "history_type", "history_user"},
    "editions.ExchangeRate": {"id"},
}
# A rate that no line states may have come with files before the log kept that: it is counted and said, and no fault.
NOT_NOTICED = {"editions.ExchangeRate"}


def findings():
    said = []
    prove_log(said.append)
    prove_ledger(said.append)
    return said


@pytest.fixture
def world(edition, chain, sheet, organiser, anna, boris, aurora, borealis, pdf):
    """A ledger in which every table has rows, each written by its verb, ten days after the edition."""
    today = timezone.localdate()
    edition.starts_on, edition.ends_on, edition.status = today - timedelta(days=12), today - timedelta(days=10), "closed"
    edition.save()
    sheet = {**sheet, "signed_on": edition.ends_on}
    for currency in ("USD", "EUR"):
        state_rate(edition, by=organiser, currency=currency, cny_per_unit=Decimal("7.25"), as_of=today, source_note="The bank")
    outside = PartyInput(outside_name="Outside SA", country="FR", role="customer")
    whole = drafted(sheet, boris, borealis, parties=[PartyInput(company=borealis, role="supplier"), outside, PartyInput(company=aurora)])
    actions.edit_draft(whole, by=boris, given=corrected(whole, title="Cells and more"), document=pdf())
    whole = actions.submit(whole, by=boris)
    party = whole.parties.get(company=None)
    actions.make_link(whole, party, by=organiser, email="first@example.com")
    made = actions.make_link(whole, party, by=organiser)
    actions.use_link(made.secret, answer="confirmed", name="Marie")
    actions.confirm(whole, by=anna)
    cassini, _carlo = third(edition)
    claim = actions.claim_introduction(whole, cassini, by=boris, note="At the stand")
    actions.answer_introduction(claim, by=anna, answer="yes")
    actions.dispute(whole, by=anna, reason="Not our price")
    actions.settle(whole, by=organiser, reason="It is", as_confirmed=True)
    actions.sweep_milestones()
    actions.answer_milestone(whole.milestones.get(days=1, party__company=aurora), by=anna, stage="met", note="Soon")
    other = recorded(sheet, organiser, title="Another", amount=None, currency="", is_undisclosed=True)
    actions.correct(
        other, by=organiser, given=corrected(other, parties=[PartyInput(company=cassini), PartyInput(company=aurora)]), reason="So"
    )
    actions.merge(recorded(sheet, organiser, title="The same"), whole, by=organiser, reason="Twice")
    actions.draft_for(borealis, by=boris, given=written(sheet, title="A draft"), is_another=True)
    entered = measuring.Measured(Decimal(200_000), "Gates", timezone.now())
    gates = builders.metric("audience_offline", unit="visits")
    first = measuring.enter_statistic(edition, gates, by=organiser, given=entered)
    measuring.correct_statistic(
        first, by=organiser, given=measuring.Measured(Decimal(210_000), "Gates", timezone.now()), reason="Gate 3 was missing"
    )
    freeze_report(edition, by=organiser, note="Press")
    seal_waiting(at_once=True)
    return Agreement.objects.get(pk=whole.pk)


def rows(whole):
    """One row of each table that has something to lose, with what it is called where it is found."""
    agreement = f"agreements.Agreement {whole.pk}"
    party = whole.parties.get(company=None)
    line = Event.objects.get(verb="settle")
    return {
        "agreements.Agreement": (whole, agreement),
        "agreements.Party": (party, agreement),
        "agreements.HistoricalAgreement": (whole.history.order_by("history_id")[2], None),
        "agreements.HistoricalParty": (Party.history.filter(id=party.pk).order_by("-history_id").first(), None),
        "agreements.Confirmation": (Confirmation.objects.get(way="link"), None),
        "agreements.ConfirmationLink": (ConfirmationLink.objects.get(used_at__isnull=False), None),
        "agreements.Milestone": (Milestone.objects.get(stage="met"), None),
        "agreements.Introduction": (Introduction.objects.get(), None),
        "agreements.IntroductionConsent": (IntroductionConsent.objects.get(party__company__name="Aurora Motors"), None),
        "agreements.FrozenReport": (FrozenReport.objects.get(), None),
        "agreements.Ledger": (Ledger.objects.get(), "*"),
        "editions.Statistic": (Statistic.objects.get(ended_at=None), None),
        "editions.ExchangeRate": (ExchangeRate.objects.get(currency="EUR"), None),
        "foundation.Event": (line, None),
        "foundation.Seal": (line.seal, None),
    }


OTHERS = {
    "status": "verified",
    "kind": "intention",
    "visibility": "anonymous",
    "role": "other",
    "answer": {"confirmed": "disputed", "yes": "no"},
    "way": {"link": "staff", "desk": "link"},
    "stage": "closed",
    "history_type": "+",
    "qualifier": "about",
    "currency": {"USD": "EUR", "EUR": "JPY"},
    "days": 30,
    "country": "DE",
    "document": "agreements/other.pdf",
    "verb": "dispute",
    "thing": "participants.Company",
}
TOGETHER = {
    ("agreements.Milestone", "stage"): ", closed_reason = 'x'",
    ("agreements.Confirmation", "answer"): ", reason = 'x'",
    ("editions.Statistic", "ended_at"): ", reason = 'x'",
}
# Found, but by what it is missing from: the row is another one now.
NAMED_OTHERWISE = {"id", "history_id", "edition", "currency", "agreement", "introduction"}


def another(row, field):
    """Return another value of the column that its checks let pass."""
    now, model = getattr(row, field.attname), field.related_model
    if field.name in OTHERS:
        new = OTHERS[field.name]
        return new[now] if isinstance(new, dict) else new
    if model is not None:
        return model._default_manager.exclude(pk=now).order_by("pk").values_list("pk", flat=True).first() or 999_999
    for kind, made in OF_KIND:
        if isinstance(field, kind):
            return made(now)
    text = str(now or "") + "x"
    return text if len(text) <= (field.max_length or 999) else "x" * field.max_length


OF_KIND = (
    (models.DateTimeField, lambda now: (now or timezone.now()) - timedelta(hours=3)),
    (models.DateField, lambda now: (now or date(2024, 1, 1)) - timedelta(days=1)),
    (models.BooleanField, lambda now: not now),
    (models.JSONField, lambda _now: '{"forged": 1}'),
    (models.BinaryField, lambda now: bytes(now)[:-1] + b"x"),
    (models.DecimalField, lambda now: str((now or 0) + 1)),
    ((models.AutoField, models.IntegerField), lambda now: (now or 0) + 1000),
)


def tamper(statement, *values):
    """Run one forged statement with the guards lifted, and return what is found; then it never was."""
    with transaction.atomic():
        guards.lift_guards()
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement, values)
        except IntegrityError as refusal:
            transaction.set_rollback(True)
            return str(refusal)
        found = findings()
        transaction.set_rollback(True)
    return found


OURS = [model._meta.label for model in apps.get_app_config("agreements").get_models()]
TABLES = sorted([*OURS, "editions.Statistic", "editions.ExchangeRate", "foundation.Event", "foundation.Seal"])


@pytest.mark.parametrize("label", TABLES)
def test_every_column_of_every_table_is_covered_or_said_not_to_be(label, world):
    assert findings() == [], "nobody touched it"
    row, named = rows(world)[label]
    named = named or f"{label} {row.pk}"
    table, key = row._meta.db_table, row._meta.pk.column
    not_found, not_named, refused = set(), {}, {}
    for field in row._meta.concrete_fields:
        columns = f'"{field.column}" = %s' + TOGETHER.get((label, field.name), "")
        found = tamper(f'UPDATE {table} SET {columns} WHERE "{key}" = %s', another(row, field), row.pk)
        if isinstance(found, str):
            refused[field.name] = found
        elif not found:
            not_found.add(field.name)
        elif named != "*" and field.name not in NAMED_OTHERWISE and all(one.row != named for one in found):
            not_named[field.name] = [(one.code, one.row) for one in found]
    assert (not_found, not_named) == (NOT_COVERED.get(label, set()), {}), refused


@pytest.mark.parametrize("label", TABLES)
def test_a_row_of_any_table_that_is_deleted_is_missed(label, world):
    row, _named = rows(world)[label]
    found = tamper(f'DELETE FROM {row._meta.db_table} WHERE "{row._meta.pk.column}" = %s', row.pk)
    assert isinstance(found, list), found
    assert found
    assert any(one.row for one in found)


@pytest.mark.parametrize("forged", ["{}", "[]", '{"value": "much", "cny_per_unit": "much"}'])
def test_a_line_that_says_nothing_is_named_and_keeps_nothing_else_from_being_proved(forged, world):
    for verb in ("link_made", "link_used", "introduce", "consent", "milestone", "freeze", "enter", "state_rate"):
        lines = list(Event.objects.filter(verb=verb).values_list("pk", flat=True))
        found = tamper("UPDATE foundation_event SET data = %s WHERE verb = %s", forged, verb)
        assert {f"foundation.Event {line}" for line in lines} <= {one.row for one in found}, verb
        assert len(found) > len(lines) > 0, f"{verb}: what the lines stand for is missed, too"


def put_in(label, world):
    """Return the columns in which a row that is put in differs from the one that it copies."""
    outside = world.parties.get(company=None).pk
    other = Agreement.objects.get(title="A draft").pk
    return {
        "agreements.Agreement": {"number": 4711},
        "agreements.Party": {"company_id": builders.company("Put In").pk, "outside_name": "", "outside_key": "", "country": ""},
        "agreements.ConfirmationLink": {"digest": "f" * 64},
        "agreements.Milestone": {"party_id": outside, "digest": ""},
        "agreements.HistoricalParty": {"role": "other"},
        "agreements.Introduction": {"agreement_id": other},
        "agreements.IntroductionConsent": {"party_id": outside},
        "agreements.FrozenReport": {"number": 2},
        "agreements.Ledger": {"edition_id": builders.edition().pk},
        "editions.Statistic": {"day": timezone.localdate(), "replaces_id": None},
        "editions.ExchangeRate": {"currency": "JPY"},
        "foundation.Seal": {"number": 4711, "previous": "a" * 64, "digest": "b" * 64},
    }.get(label, {})


@pytest.mark.parametrize("label", TABLES)
def test_a_row_of_any_table_that_is_put_in_is_noticed(label, world):
    row, _named = rows(world)[label]
    fields = {field.column: field for field in row._meta.concrete_fields}
    newest = type(row)._default_manager.order_by("-pk").first().pk
    changed = {row._meta.pk.column: newest + 1, **put_in(label, world)}
    columns = ", ".join(f'"{name}"' for name in fields)
    values = ", ".join("%s" if name in changed else f'"{name}"' for name in fields)
    statement = f'INSERT INTO {row._meta.db_table} ({columns}) SELECT {values} FROM {row._meta.db_table} WHERE "{row._meta.pk.column}" = %s'
    found = tamper(statement, *(changed[name] for name in fields if name in changed), row.pk)
    assert isinstance(found, list), found
    assert bool(found) == (label not in NOT_NOTICED)


def rebuild_the_chain():
    """Make every digest and every seal anew, as somebody can who knows all of it."""
    for line in Event.objects.order_by("pk"):
        Event.objects.filter(pk=line.pk).update(digest=digest_of(line))
    digests, previous = dict(Event.objects.values_list("pk", "digest")), FIRST
    for seal in Seal.objects.order_by("number"):
        listing = b"".join(key.to_bytes(8, "big") + bytes.fromhex(digests[key])[:16] for key in marks_in(bytes(seal.listing)))
        digest = of_block(seal.number, previous, seal.at, listing, is_lasting=seal.is_lasting)
        Seal.objects.filter(pk=seal.pk).update(previous=previous, listing=listing, digest=digest)
        previous = digest


def forge_all(world, *, frozen_too):
    """Raise an amount in row, history and lines, and make the chain anew."""
    Agreement.objects.filter(pk=world.pk).update(title="Forged")
    newest = world.history.order_by("-history_id").first()
    world.history.filter(version=newest.version, status=newest.status).update(title="Forged")
    forged = Agreement.objects.get(pk=world.pk)
    before, after = state_of(world), state_of(forged)
    for line in Event.objects.filter(thing="agreements.Agreement", thing_id=str(world.pk)):
        if line.data["state"] == before:
            Event.objects.filter(pk=line.pk).update(data={**line.data, "state": after})
    rebuild_the_chain()
    if frozen_too:
        for report in FrozenReport.objects.all():
            number = report.ledger_head.partition(":")[0]
            there = Seal.objects.get(number=number)
            forged_head = f"{there.number}:{there.digest}"
            FrozenReport.objects.filter(pk=report.pk).update(ledger_head=forged_head)
            line = Event.objects.get(thing="agreements.FrozenReport", thing_id=str(report.pk))
            Event.objects.filter(pk=line.pk).update(data={**line.data, "ledger_head": forged_head})
        rebuild_the_chain()


def test_a_chain_that_was_made_anew_is_found_by_the_head_that_a_frozen_report_holds(world):
    with guards.lifted():
        forge_all(world, frozen_too=False)
    frozen = FrozenReport.objects.get()
    assert [(one.code, one.row) for one in findings()] == [("head_differs", f"agreements.FrozenReport {frozen.pk}")]


def test_a_chain_that_was_made_anew_with_all_that_holds_a_head_is_found_by_paper_alone(world):
    on_paper, printed = head(), FrozenReport.objects.get().ledger_head
    with guards.lifted():
        forge_all(world, frozen_too=True)
    assert findings() == []
    for number, digest in (on_paper, printed.split(":")):
        said = []
        prove_log(said.append, head=(int(number), digest))
        assert [one.code for one in said] == ["head_differs"]


def test_last_lines_that_are_taken_with_their_seals_are_missed(world):
    on_paper = head()
    newest = Seal.objects.filter(is_lasting=True).order_by("-number").first()
    with guards.lifted():
        Event.objects.filter(seal__number__gte=newest.number).delete()
        Seal.objects.filter(number__gte=newest.number).delete()
    assert {one.code for one in findings()} == {"frozen_report_changed"}
    said = []
    prove_log(said.append, head=on_paper)
    assert [one.code for one in said] == ["head_differs"]
