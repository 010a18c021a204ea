"""What the planner is told of an edition, against the rows."""

import pytest
from django.utils import timezone

from matchmaking.meetings import actions, planner
from matchmaking.meetings.actions.planning import prepare_places
from matchmaking.meetings.models import Meeting, MeetingSetup, Place
from matchmaking.meetings.queries.problem import NO_TABLE, facts_of, problem_of
from tests.matchmaking.meetings.stage import begin_in


def waiting(stage, sender=None, receiver=None):
    """Boris asks Anna where the organiser's planner chooses the times; she accepts."""
    type(stage.setup).objects.update(scheduling="planner")
    sender, receiver = sender or stage.exhibitor, receiver or stage.buyer
    request = actions.ask(sender, receiver, by=stage.person_of(sender))
    return actions.accept(request, by=stage.person_of(receiver))


def test_a_meeting_without_a_time_is_a_request_at_the_hosts_booth(stage):
    meeting = waiting(stage)
    prepare_places(stage.setup.edition)
    problem = problem_of(stage.setup.edition, seed=3)
    booth = Place.objects.get(kind="booth")
    assert [(one.id, one.sides, one.place, one.wishes, one.locked) for one in problem.requests] == [
        (meeting.pk, (stage.exhibitor.pk, stage.buyer.pk), booth.pk, 2, None)
    ]
    assert [slot.id for slot in problem.slots] == [slot.pk for slot in stage.slots]
    assert [slot.index for slot in problem.slots] == [0, 1, 2, 3, 4] * 2
    assert {one.id: (one.desks, sorted(one.max_on.values())) for one in problem.participants} == {
        stage.buyer.pk: (1, [3, 3]),
        stage.exhibitor.pk: (1, [3, 3]),
    }
    assert {place.id: (place.capacity, place.pool) for place in problem.places if place.id > 0} == {
        booth.pk: (1, False),
        Place.objects.get(kind="table").pk: (1, True),
    }
    assert problem.seed == 3
    assert facts_of(stage.setup.edition).seats == {}


def test_what_stands_breaks_no_rule(stage):
    meeting = stage.met(stage.slots[0])
    online = stage.another(attendance="online")
    actions.accept(stage.asked_of(online, stage.slots[1]), by=stage.person_of(online))
    tableless = stage.another(role="exhibitor")
    for number, slot in enumerate((stage.slots[2], stage.slots[2])):
        other = stage.another()
        host = tableless if number else stage.another(role="exhibitor")
        request = actions.ask(host, other, by=stage.person_of(host), slot=slot)
        actions.accept(request, by=stage.person_of(other))
    facts = facts_of(stage.setup.edition)
    assert facts.seats[meeting.pk] == planner.Seat(stage.slots[0].pk, meeting.place_id, None)
    assert [seat.place for seat in facts.seats.values()].count(NO_TABLE) == 1
    assert planner.breaches(facts.problem, facts.seats) == ()
    assert planner.repair_plan(facts.problem, facts.seats).diff.moved == ()


def test_kept_free_time_locks_and_what_is_near(stage):
    meeting = stage.met(stage.slots[0])
    other = stage.another()
    soon = actions.accept(stage.asked_of(other, stage.slots[1]), by=stage.person_of(other))
    actions.block_time(stage.buyer, by=stage.anna, slots=[stage.slots[4]])
    Meeting.objects.filter(pk=soon.pk).update(is_locked=True)
    begin_in(45)
    problem = problem_of(stage.setup.edition)
    by_id = {one.id: one for one in problem.requests}
    assert by_id[meeting.pk].locked == planner.Seat(stage.slots[0].pk, meeting.place_id)
    assert by_id[soon.pk].locked == planner.Seat(stage.slots[1].pk, soon.place_id)
    assert {one.id: one.unavailable for one in problem.participants}[stage.buyer.pk] == {stage.slots[4].pk}
    begin_in(20)
    Meeting.objects.filter(pk=soon.pk).update(is_locked=False)
    begin_in(15)
    forbidden = {one.id: one.forbidden for one in problem_of(stage.setup.edition).requests}
    assert forbidden == {meeting.pk: frozenset(), soon.pk: frozenset()}


def test_a_full_day_may_stand_when_the_rule_changes(stage):
    for slot in stage.slots[:3]:
        other = stage.another()
        actions.accept(stage.asked_of(other, slot), by=stage.person_of(other))
    MeetingSetup.objects.update(free_slots_a_day=4)
    facts = facts_of(stage.setup.edition)
    assert planner.breaches(facts.problem, facts.seats) == ()


def test_an_interpreter_is_a_skill(stage, organiser):
    from matchmaking.meetings.models import Interpreter

    stage.anna.__class__.objects.filter(pk=stage.anna.pk).update(speaks=["fr"])
    stage.anna.__class__.objects.filter(pk=stage.boris.pk).update(speaks=["zh"])
    able = Interpreter.objects.create(edition=stage.setup.edition, name="Ida", languages=["fr", "zh"])
    Interpreter.objects.create(edition=stage.setup.edition, name="Ivo", languages=["de", "zh"])
    meeting = stage.met(stage.slots[0], needs_interpreter=True)
    facts = facts_of(stage.setup.edition)
    request = next(one for one in facts.problem.requests if one.id == meeting.pk)
    assert request.skill == "fr-zh"
    assert {one.id for one in facts.problem.interpreters if "fr-zh" in one.skills} == {able.pk}
    assert facts.seats[meeting.pk].interpreter == able.pk
    assert planner.breaches(facts.problem, facts.seats) == ()
    Interpreter.objects.filter(pk=able.pk).update(is_active=False)
    facts = facts_of(stage.setup.edition)
    assert [each.rule for each in planner.breaches(facts.problem, facts.seats)] == ["interpreter_unfit"]


@pytest.mark.parametrize("number", [1, 3])
def test_the_problem_is_read_in_a_bounded_number_of_queries(stage, django_assert_num_queries, number):
    for _each in range(number):
        waiting(stage, receiver=stage.another())
    with django_assert_num_queries(9):
        problem_of(stage.setup.edition)


def test_the_digest_is_of_the_facts(stage):
    waiting(stage)
    now = timezone.now()
    first = facts_of(stage.setup.edition, now=now).digest
    assert first == facts_of(stage.setup.edition, now=now).digest
    assert first != facts_of(stage.setup.edition, now=now, seed=2).digest
    actions.block_time(stage.buyer, by=stage.anna, slots=[stage.slots[4]])
    assert first != facts_of(stage.setup.edition, now=now).digest
