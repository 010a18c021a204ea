"""What came of a past edition's agreements: what the parties said of them, what became of them after weeks and months, who brought them together."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from matchmaking.agreements.models import Agreement, Confirmation, Milestone
from matchmaking.desk.demo.at_scale.past import Guests
from matchmaking.desk.demo.at_scale.size import blocks, happens
from matchmaking.desk.demo.at_scale.vocabulary import Scene
from matchmaking.desk.demo.signing import Signed, answer_of, introduce, milestone_of, people_of

WAYS = {"desk": 70, "link": 20, "staff": 10}
HALF_CONFIRMED, FOLLOWED, CLOSED, INTRODUCED, AGREES_TO_IT = 0.4, 0.3, 0.06, 0.02, 0.85
# How many still answer after so many days, and how far along the ladder they have come by then, at most.
ANSWERS = {1: 0.8, 30: 0.65, 90: 0.5, 180: 0.42, 365: 0.35}
STATUS, STAGE = Agreement.Status, Milestone.Stage
LADDER = (STAGE.CONTACTED, STAGE.MET, STAGE.SAMPLE, STAGE.NEGOTIATING, STAGE.AGREEMENT_SIGNED, STAGE.DELIVERING)
STEP_UP = 0.55


def add_answers(signed: Sequence[Signed], scene: Scene) -> int:
    """Write what the registered parties said of each agreement, in keeping with its state; return how many answers."""
    people = people_of(party.company_id or 0 for row in signed for party in row.registered)
    written = 0
    for block in blocks(signed):
        written += len(Confirmation.objects.bulk_create(answer for row in block for answer in _answers(row, scene, people)))
    return written


def _answers(row: Signed, scene: Scene, people: dict[int, int]) -> Iterator[Confirmation]:
    luck, status = scene.luck, row.agreement.status
    begun = row.agreement.recorded_at or row.agreement.submitted_at
    if begun is None:
        return
    said = {STATUS.CONFIRMED: row.registered, STATUS.VERIFIED: row.registered, STATUS.SUBMITTED: row.registered[:1]}
    asked = said.get(STATUS(status), row.registered[:1] if happens(luck, HALF_CONFIRMED) else [])
    for party in asked:
        way = luck.choices(list(WAYS), weights=list(WAYS.values()))[0]
        yield answer_of(row, party, people, at=begun + timedelta(minutes=luck.randrange(10, 4000)), way=way)
    if status == STATUS.DISPUTED:
        reason = row.agreement.dispute_reason
        yield answer_of(row, row.registered[-1], people, at=begun + timedelta(days=4), reason=reason)


def add_milestones(signed: Sequence[Signed], scene: Scene) -> int:
    """Write what the parties of some agreements said became of them; return how many questions. Those of one agreement mostly say the same."""
    luck = scene.luck
    followed = [row for row in signed if row.agreement.status in Agreement.COUNTED and happens(luck, FOLLOWED)]
    people = people_of(party.company_id or 0 for row in followed for party in row.registered)
    written = 0
    for block in blocks(followed):
        written += len(Milestone.objects.bulk_create(question for row in block for question in _milestones(row, scene, people)))
    return written


def _milestones(row: Signed, scene: Scene, people: dict[int, int]) -> Iterator[Milestone]:
    luck = scene.luck
    step = LADDER.index(STAGE.AGREEMENT_SIGNED) if row.agreement.kind == Agreement.Kind.AGREEMENT else luck.randrange(3)
    closes = luck.choice(Milestone.DAYS[2:]) if happens(luck, CLOSED) else 0
    for days in Milestone.DAYS:
        step = min(step + happens(luck, STEP_UP), len(LADDER) - 1)
        for party in row.registered:
            answered = happens(luck, ANSWERS[days])
            stage = STAGE.CLOSED if closes and days >= closes else LADDER[step]
            reason = _closing(scene) if answered and stage == STAGE.CLOSED else ""
            yield milestone_of(row, party, days, stage if answered else "", people.get(party.company_id or 0), closed_reason=reason)


def _closing(scene: Scene) -> str:
    return scene.luck.choice(scene.words.sentences("agreement_reasons", "closed")).en


def add_introductions(signed: Sequence[Signed], guests: Guests, scene: Scene) -> int:
    """Let an exhibitor that is no party have brought some pairs together; most parties say yes to it. Returns how many claims."""
    luck, written = scene.luck, 0
    people = people_of(one.company for one in guests.exhibitors)
    for row in signed:
        introducer = luck.choice(guests.exhibitors).company
        if (
            row.agreement.recorded_at is None
            or not happens(luck, INTRODUCED)
            or introducer in {party.company_id for party in row.registered}
        ):
            continue
        answers = {party.pk: "yes" if happens(luck, AGREES_TO_IT) else "no" for party in row.registered}
        introduce(row, introducer, answers, people, at=row.agreement.recorded_at + timedelta(hours=3))
        written += 1
    return written
