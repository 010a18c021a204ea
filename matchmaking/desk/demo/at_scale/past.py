"""Who took part in past editions: companies of the crowd, as many as the press said and from where it said, with partners on their stands."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import F
from django.db.models.functions import Coalesce

from expo.editions.models import Edition
from matchmaking.desk.demo.at_scale.companies import Buyer, Crowd, Exhibitor
from matchmaking.desk.demo.at_scale.size import Past, blocks, happens, newest
from matchmaking.desk.demo.at_scale.vocabulary import Scene
from matchmaking.desk.demo.measured import day_in
from matchmaking.participants.models import Registration

MAINLAND = "CN"
ONLINE = 0.05
EARLIEST_DAYS, LATEST_DAYS = 300, 20
ROLE, STATUS = Registration.Role, Registration.Status


@dataclass
class Guests:
    """Who took part in a past edition, each with its registration there."""

    edition: Edition
    exhibitors: list[Exhibitor] = field(default_factory=list)
    partners: list[Exhibitor] = field(default_factory=list)
    buyers: list[Buyer] = field(default_factory=list)


def add_guests(edition: Edition, before: Edition | None, scene: Scene, crowd: Crowd, wanted: Past) -> Guests:
    """Register companies of the crowd in a past edition: exhibitors from the mainland and from elsewhere, partners, buyers.

    So many as had signed up at the edition before have registered by its end, all others after it. Needs a block of rows in memory at a time.
    """
    guests, last = Guests(edition), newest(Registration)
    exhibitors, others = _chosen(edition, crowd, wanted)
    moments = _moments(edition, before, wanted, scene)
    guests.exhibitors = _register(scene, edition, exhibitors, moments)
    if guests.exhibitors:
        guests.partners = _register(scene, edition, others[: wanted.partners], moments, leaders=guests.exhibitors)
    guests.buyers = _register_buyers(scene, edition, crowd.buyers[: wanted.buyers], moments, wanted.key_clients)
    # The day on which they came is that of the demo only by the clock.
    Registration.objects.filter(pk__gt=last, edition=edition).update(created_at=Coalesce(F("submitted_at"), F("created_at")))
    return guests


def add_sign_ups(edition: Edition, before: Edition, scene: Scene, crowd: Crowd, number: int) -> int:
    """Let so many companies have signed up for an edition by the end of the one before it. They wait: of that edition no more is known here."""
    chosen, _others = _chosen(edition, crowd, Past(exhibitors=number))
    last, end = newest(Registration), _end(before)
    rows = [_row(scene, edition, one, ROLE.EXHIBITOR, end - timedelta(hours=2 + place % 40)) for place, one in enumerate(chosen)]
    for row in rows:
        row.status, row.decided_at = STATUS.SUBMITTED, None
    Registration.objects.bulk_create(rows)
    _choose_chains(scene, zip(chosen, rows, strict=True))
    return Registration.objects.filter(pk__gt=last, edition=edition).update(created_at=F("submitted_at"))


def _chosen(edition: Edition, crowd: Crowd, wanted: Past) -> tuple[list[Exhibitor], list[Exhibitor]]:
    """Return the exhibitors, as many of them from outside the mainland as wanted while there are any, and who is left."""
    codes = {area.chain.code for area in edition.areas.select_related("chain")}
    fit = [one for one in crowd.exhibitors if one.segment.partition("/")[0] in codes]
    home = [one for one in fit if one.country == MAINLAND]
    abroad = [one for one in fit if one.country != MAINLAND]
    chosen = [*abroad[: wanted.abroad], *home[: wanted.exhibitors - wanted.abroad]]
    taken = {one.company for one in chosen}
    rest = [one for one in fit if one.company not in taken]
    short = wanted.exhibitors - len(chosen)
    return [*chosen, *rest[:short]], rest[short:]


def _end(edition: Edition) -> datetime:
    days = (edition.ends_on - edition.starts_on).days if edition.starts_on and edition.ends_on else 0
    return day_in(edition, days, 18)


def _moments(edition: Edition, before: Edition | None, wanted: Past, scene: Scene) -> Iterator[datetime]:
    """Yield when each registered: those who signed up early first."""
    early = wanted.signed_up_before if before is not None and before.starts_on is not None else 0
    for place in range(early):
        yield _end(before or edition) - timedelta(hours=1 + place % 60)
    while True:
        yield day_in(edition, 0) - timedelta(days=scene.luck.randrange(LATEST_DAYS, EARLIEST_DAYS), minutes=scene.luck.randrange(600))


def _register(
    scene: Scene, edition: Edition, chosen: Sequence[Exhibitor], moments: Iterator[datetime], leaders: Sequence[Exhibitor] = ()
) -> list[Exhibitor]:
    made: list[Exhibitor] = []
    for block in blocks(chosen):
        rows = [_row(scene, edition, one, ROLE.EXHIBITOR, next(moments)) for one in block]
        for row in rows:
            row.led_by_id = scene.luck.choice(leaders).registration if leaders else None
        Registration.objects.bulk_create(rows)
        _choose_chains(scene, zip(block, rows, strict=True))
        made += [replace(one, registration=row.pk) for one, row in zip(block, rows, strict=True)]
    return made


def _register_buyers(scene: Scene, edition: Edition, chosen: Sequence[Buyer], moments: Iterator[datetime], keys: int) -> list[Buyer]:
    made: list[Buyer] = []
    for block in blocks(chosen):
        rows = [_row(scene, edition, one, ROLE.BUYER, next(moments)) for one in block]
        for place, row in enumerate(rows, start=len(made)):
            row.is_key_client = place < keys
        Registration.objects.bulk_create(rows)
        made += [replace(one, registration=row.pk) for one, row in zip(block, rows, strict=True)]
    return made


def _row(scene: Scene, edition: Edition, one: Exhibitor | Buyer, role: str, at: datetime) -> Registration:
    segment = scene.words.segments[one.segment].pk if isinstance(one, Exhibitor) else None
    return Registration(
        company_id=one.company,
        edition=edition,
        role=role,
        status=STATUS.VERIFIED,
        main_segment_id=segment,
        attendance=Registration.Attendance.ONLINE if happens(scene.luck, ONLINE) else Registration.Attendance.ON_SITE,
        submitted_at=at,
        decided_at=at + timedelta(hours=5),
    )


def _choose_chains(scene: Scene, pairs: Iterable[tuple[Exhibitor, Registration]]) -> None:
    through = Registration.chains.through
    through.objects.bulk_create(
        through(registration_id=row.pk, chain_id=scene.words.places.chain(one.segment.partition("/")[0]).pk) for one, row in pairs
    )
