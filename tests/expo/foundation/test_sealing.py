"""Sealing the log, and finding what was changed behind the site's back: by somebody who may lift the guards and knows how digests are made."""

import json
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from expo.foundation import guards, sealing
from expo.foundation.digests import mark_of, of_block
from expo.foundation.eventlog import disown, empty, log, log_all
from expo.foundation.models import Event, Seal
from expo.foundation.proving import prove_log
from expo.foundation.sealing import digest_of, head, prune, seal, seal_waiting, together
from tests import builders
from tests.processes import run_together

LEDGER = "agreements.Agreement"


@pytest.fixture
def lines(borealis, boris):
    """Five lines in one block, a line of the ledger in one of its own, and two lines in a third."""
    first = [log(borealis, "rename", by=boris, name=f"Name {n}") for n in range(5)]
    seal_waiting(at_once=True)
    ledger = Event.objects.create(actor=boris, verb="record", thing=LEDGER, thing_id="7", data={"number": 1, "amount": "5.00"})
    seal([ledger])
    last = [log(borealis, "describe", by=boris, text=f"Text {n}") for n in range(2)]
    seal_waiting(at_once=True)
    return [*first, ledger, *last]


def found(**given):
    said = []
    proof = prove_log(said.append, **given)
    return [(one.code, one.row) for one in said], proof


def rows(*events):
    return [f"foundation.Event {event.pk}" for event in events]


def forged(event, **columns):
    """Change a line as a forger would who knows everything but cannot change what is on paper: its digest fits again."""
    Event.objects.filter(pk=event.pk).update(**columns)
    Event.objects.filter(pk=event.pk).update(digest=digest_of(Event.objects.get(pk=event.pk)))


def test_an_untouched_log_is_proved(lines):
    faults, proof = found(head=head())
    assert faults == []
    assert (proof.lines, proof.waiting, proof.emptied, proof.pruned) == (8, 0, 0, 0)
    assert list(Seal.objects.order_by("number").values_list("number", "lines", "is_lasting")) == [
        (1, 5, False),
        (2, 1, True),
        (3, 2, False),
    ]
    assert proof.head == "{}:{}".format(*head())


def test_lines_of_every_kind_come_back_as_they_were_written(borealis, boris):
    odd = {"a": [1.0, 1e16, -0.0, 0.1, 1e-7, None, True], "张三": "\u2028\\u0041\"'\n", "deep": {"z": {"b": 2, "a": [[]]}}, "big": 10**30}
    log(borealis, "try", by=boris, **odd)
    log_all([(borealis, "try", odd), (boris, "try", {})], by=None)
    Event.objects.create(verb="setup", thing="setup", thing_id="x", data={"digest": "x"})
    assert seal_waiting(at_once=True) == 4
    assert found()[0] == []


@pytest.mark.parametrize(
    "change", [{"verb": "x"}, {"data": {"name": "Mallory"}}, {"actor": None}, {"thing_id": "9"}, {"at": timezone.now()}]
)
def test_a_changed_line_is_named(lines, change):
    with guards.lifted():
        Event.objects.filter(pk=lines[2].pk).update(**change)
    assert found()[0] == [("line_changed", *rows(lines[2]))]


def test_many_blocks_take_as_many_queries_as_one(lines, boris, count_queries):
    before = count_queries(found)
    for n in range(20):
        seal([Event.objects.create(actor=boris, verb="edit", thing=LEDGER, thing_id="7", data={"n": n})])
    assert count_queries(found) == before
    assert found()[1].number == 23


def test_lines_that_retention_takes_while_the_log_is_proved_are_not_missing(lines):
    """The block was read before its lines went."""
    long_ago = timezone.now() - timedelta(days=400)
    with guards.lifted():
        for line in lines[:5]:
            forged(line, at=long_ago)
        for number in (1, 2, 3):
            _seal_anew(Seal.objects.get(number=number))
    went = []

    def meanwhile(execute, sql, params, many, context):
        if not went and 'FROM "foundation_event"' in sql and '"foundation_event"."id" IN' in sql:
            went.append(True)
            went.append(prune([line.pk for line in lines[:3]]))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(meanwhile):
        assert [code for code, _row in found()[0]] == []
    assert went == [True, 3]


@pytest.mark.parametrize("place", [2, 5])
def test_a_changed_line_is_named_when_its_digest_was_made_anew(lines, place):
    with guards.lifted():
        forged(lines[place], data={"number": 1, "amount": "500.00"})
    assert found()[0] == [("line_changed", *rows(lines[place]))]


def test_a_deleted_line_is_named(lines):
    with guards.lifted():
        Event.objects.filter(pk__in=[lines[3].pk, lines[5].pk]).delete()
    assert found()[0] == [("line_missing", row) for row in rows(lines[3], lines[5])]


def test_a_line_that_was_put_in_is_named(lines, boris):
    with guards.lifted():
        put = Event.objects.create(actor=boris, verb="record", thing=LEDGER, thing_id="8", seal_id=lines[5].seal_id)
    assert found()[0] == [("line_inserted", *rows(put))]


def test_a_line_that_was_moved_to_another_block_or_unsealed_is_named(lines):
    with guards.lifted():
        Event.objects.filter(pk=lines[0].pk).update(seal=Seal.objects.get(number=3))
        Event.objects.filter(pk=lines[1].pk).update(seal=None)
    assert sorted(found()[0]) == [("line_inserted", *rows(lines[0])), *(("line_missing", row) for row in rows(lines[0], lines[1]))]


def test_a_ledger_line_that_was_emptied_is_named(lines):
    with guards.lifted():
        Event.objects.filter(pk=lines[5].pk).update(data={}, salt="")
    assert found()[0] == [("line_changed", *rows(lines[5]))]


def test_swapped_and_missing_blocks_are_named(lines):
    one, two, three = Seal.objects.order_by("number")
    with guards.lifted():
        for seal_, number in ((one, 77), (two, 1), (one, 2)):
            Seal.objects.filter(pk=seal_.pk).update(number=number)
    codes, _proof = found()
    assert ("seal_changed", f"foundation.Seal {one.pk}") in codes
    assert ("seal_changed", f"foundation.Seal {two.pk}") in codes
    with guards.lifted():
        Event.objects.filter(seal=one).update(seal=three)
        Seal.objects.filter(pk=one.pk).delete()
    assert ("seal_missing", f"foundation.Seal {three.pk}") in found()[0]


def test_a_block_that_was_made_anew_with_its_line_breaks_the_chain(lines):
    with guards.lifted():
        forged(lines[5], data={"number": 1, "amount": "500.00"})
        _seal_anew(Seal.objects.get(number=2))
    assert found()[0] == [("seal_does_not_follow", f"foundation.Seal {Seal.objects.get(number=3).pk}")]


def test_a_chain_that_was_made_anew_to_its_end_is_found_by_what_is_on_paper(lines):
    on_paper = head()
    with guards.lifted():
        forged(lines[5], data={"number": 1, "amount": "500.00"})
        _seal_anew(Seal.objects.get(number=2))
        _seal_anew(Seal.objects.get(number=3))
    assert found()[0] == []
    assert found(head=on_paper)[0] == [("head_differs", "")]
    assert found(head=(9, on_paper[1]))[0] == [("head_differs", "")]


def _seal_anew(block):
    listing = b"".join(mark_of(*line) for line in Event.objects.filter(seal=block).order_by("pk").values_list("pk", "digest"))
    previous = Seal.objects.get(number=block.number - 1).digest if block.number > 1 else sealing.FIRST
    digest = of_block(block.number, previous, block.at, listing, is_lasting=block.is_lasting)
    Seal.objects.filter(pk=block.pk).update(listing=listing, previous=previous, digest=digest)


def test_what_privacy_takes_is_counted_and_not_called_forged(lines):
    empty(Event.objects.filter(pk=lines[0].pk))
    disown(Event.objects.filter(pk=lines[1].pk))
    faults, proof = found()
    assert (faults, proof.emptied) == ([], 2)


def test_what_retention_takes_is_counted_and_the_rest_of_the_block_still_proved(lines):
    long_ago = timezone.now() - timedelta(days=400)
    with guards.lifted():
        for line in lines[:5]:
            forged(line, at=long_ago)
        block = Seal.objects.get(number=1)
        Seal.objects.filter(pk=block.pk).update(at=long_ago)
        for seal_ in Seal.objects.order_by("number"):
            seal_.refresh_from_db()
            if seal_.number > 1:
                _seal_anew(seal_)
            else:
                listing = b"".join(mark_of(*line) for line in Event.objects.filter(seal=block).order_by("pk").values_list("pk", "digest"))
                digest = of_block(1, sealing.FIRST, long_ago, listing, is_lasting=False)
                Seal.objects.filter(pk=block.pk).update(listing=listing, digest=digest)
    assert found()[0] == []
    assert prune([line.pk for line in [*lines[:3], lines[5]]]) == 3
    faults, proof = found()
    assert (faults, proof.pruned, proof.lines) == ([], 1, 5)
    with guards.lifted():
        forged(lines[4], data={"name": "Mallory"})
    assert found()[0] == [("line_changed", *rows(lines[4]))]


def test_a_young_block_or_one_of_the_ledger_cannot_pass_as_pruned(lines):
    with guards.lifted():
        Seal.objects.update(is_pruned=True)
        Event.objects.filter(pk=lines[5].pk).delete()
    codes = [code for code, _row in found()[0]]
    assert codes == ["seal_pruned"] * 3 + ["line_missing"]


def test_lines_of_before_get_their_digests_in_the_sweep(borealis, boris):
    made = [log(borealis, "rename", by=boris, name=str(n)) for n in range(3)]
    with guards.lifted():
        Event.objects.update(digest="", salt="")
    assert found()[1].waiting == 3
    assert seal_waiting(at_once=True) == 3
    assert found()[0] == []
    with guards.lifted():
        Event.objects.filter(pk=made[1].pk).update(verb="x")
    assert found()[0] == [("line_changed", *rows(made[1]))]


def test_a_few_lines_wait_for_more_and_many_do_not(borealis, boris, monkeypatch):
    log(borealis, "rename", by=boris)
    assert seal_waiting() == 0
    monkeypatch.setattr(sealing, "BLOCK", 4)
    log_all([(borealis, "rename", {"n": n}) for n in range(8)], by=boris)
    assert seal_waiting() == 8
    assert list(Seal.objects.values_list("lines", flat=True)) == [4, 4]
    with guards.lifted():
        forged(Event.objects.get(seal=None), at=timezone.now() - timedelta(minutes=11))
    assert seal_waiting() == 1


def undone(verb):
    with transaction.atomic():
        before = Seal.objects.count()
        line = verb()
        assert (line.seal_id is not None) == (Seal.objects.count() > before)
        transaction.set_rollback(True)


def test_a_line_of_the_ledger_is_sealed_in_the_transaction_that_writes_it(edition, chain, aurora, borealis, organiser):
    agreement = builders.agreement(edition, chain, aurora, borealis)
    undone(lambda: log(agreement, "void", by=organiser))
    assert (Seal.objects.count(), Event.objects.filter(thing=LEDGER).count()) == (0, 0)
    with transaction.atomic(), together():
        for verb in ("record", "void"):
            log(agreement, verb, by=organiser)
        undone(lambda: log(agreement, "undone", by=organiser))
        assert not Seal.objects.exists()
    assert (Seal.objects.get().lines, Event.objects.filter(thing=LEDGER, seal__isnull=True).count()) == (2, 0)
    assert found()[0] == []


def test_a_log_call_costs_no_more_queries_than_before(borealis, boris, count_queries):
    log(borealis, "rename", by=boris)
    assert count_queries(lambda: Event.objects.create(actor=boris, verb="x", thing="x", thing_id="1")) == 1


SEALER = """
import sys, time, json, django; django.setup()
from django.db import OperationalError, transaction
from expo.foundation.models import Event
from expo.foundation.sealing import seal, seal_waiting
time.sleep(max(0, float(sys.argv[-1]) - time.time()))
done = 0
for n in range(10):
    with transaction.atomic():
        line = Event.objects.create(verb="record", thing="agreements.Agreement", thing_id=str(n), data={"n": n})
        seal([line])
        done += 1
    Event.objects.create(verb="x", thing="x", thing_id=str(n))
    seal_waiting(at_once=True)
print(json.dumps(done))
"""


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_eight_processes_at_once_make_one_chain(tmp_path):
    said = run_together(tmp_path, SEALER, processes=8)
    assert [json.loads(one) for one in said] == [10] * 8
    database = tmp_path / "race.sqlite3"
    if connection.vendor == "sqlite":
        import sqlite3

        with sqlite3.connect(database) as made:
            chain = made.execute("SELECT number, previous, digest, lines FROM foundation_seal ORDER BY number").fetchall()
            lines = made.execute("SELECT count(*) FROM foundation_event WHERE seal_id IS NOT NULL").fetchone()[0]
    else:
        assert found()[0] == []
        chain = list(Seal.objects.order_by("number").values_list("number", "previous", "digest", "lines"))
        lines = Event.objects.filter(seal__isnull=False).count()
    assert [number for number, *_rest in chain] == list(range(1, len(chain) + 1))
    assert [previous for _number, previous, *_rest in chain] == [
        sealing.FIRST,
        *(digest for _number, _previous, digest, _lines in chain[:-1]),
    ]
    assert sum(lines_ for *_rest, lines_ in chain) == lines == 160
