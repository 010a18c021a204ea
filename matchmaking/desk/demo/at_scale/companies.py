"""Companies, the person behind each, and how they take part."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.db.models import F
from django.db.models.functions import Coalesce

from expo.accounts.models import User
from expo.venue.models import Booth
from matchmaking.desk.demo.at_scale.names import Namer, weighted
from matchmaking.desk.demo.at_scale.size import DOMAIN, Size, blocks, happens, newest
from matchmaking.desk.demo.at_scale.vocabulary import Pair, Scene, SegmentWords
from matchmaking.participants.models import Company, Member, Registration
from matchmaking.participants.names import name_key

ALSO_BUYS, KEY_CLIENTS, ONLINE = 0.3, 0.02, 0.15
ONE_BUYER_IN = 250  # applies for a booth as well and waits, was turned down or stepped back
REGISTERED_DAYS = 150
MINUTES_A_DAY = 24 * 60
BOOTHS_LEFT_FREE = 4  # one in so many
ROLE, STATUS = Registration.Role, Registration.Status
DECIDED = {STATUS.VERIFIED, STATUS.REJECTED}
UNDECIDED = (STATUS.SUBMITTED, STATUS.SUBMITTED, STATUS.REJECTED, STATUS.WITHDRAWN, STATUS.DRAFT)


@dataclass(frozen=True)
class Exhibitor:
    """What the postings need to know of an exhibitor's registration."""

    registration: int
    company: int
    country: str
    segment: str


@dataclass(frozen=True)
class Buyer:
    """What the postings need to know of a buyer's registration."""

    registration: int
    company: int
    country: str
    chains: tuple[str, ...]


@dataclass
class Crowd:
    """Who came."""

    companies: int = 0
    exhibitors: list[Exhibitor] = field(default_factory=list)
    buyers: list[Buyer] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """One company before it is written: what it makes or buys."""

    country: str
    segment: SegmentWords
    chains: tuple[str, ...]
    exhibits: bool
    buys: bool


def add_companies(scene: Scene, names: Namer, wanted: Size) -> Crowd:
    """Add as many exhibitors and buyers as are wanted, each with a person; some exhibitors buy as well."""
    last, newest_company = newest(Registration), newest(Company)
    crowd, password = Crowd(), make_password(None)
    for plans in blocks(_plans(scene, wanted)):
        companies = [_company(plan, scene, names) for plan in plans]
        Company.objects.bulk_create(companies)
        _add_people(companies, names, password)
        _register(list(zip(plans, companies, strict=True)), scene, crowd)
        crowd.companies += len(companies)
    _give_booths(scene, crowd.exhibitors)
    new = Registration.objects.filter(pk__gt=last, edition=scene.edition)
    new.update(created_at=Coalesce(F("submitted_at"), F("created_at")))
    Company.objects.filter(pk__gt=newest_company, domain__endswith=DOMAIN).update(created_at=scene.now - timedelta(days=REGISTERED_DAYS))
    return crowd


def _plans(scene: Scene, wanted: Size) -> list[Plan]:
    """Spread the exhibitors over all segments in turn, the buyers over the chains; exhibitors who buy count as both."""
    luck, words = scene.luck, scene.words
    segments = list(words.segments.values())
    luck.shuffle(segments)
    buying = min(int(wanted.exhibitors * ALSO_BUYS), wanted.buyers)
    plans = []
    for number, country in enumerate(weighted(luck, words.shared["exhibitors_from"], wanted.exhibitors)):
        segment = segments[number % len(segments)]
        plans.append(Plan(country, segment, _chains(segment.chain, scene), exhibits=True, buys=number < buying))
    for country in weighted(luck, words.shared["buyers_from"], wanted.buyers - buying):
        segment = luck.choice(segments)
        plans.append(Plan(country, segment, _chains(segment.chain, scene), exhibits=False, buys=True))
    return plans


def _chains(first: str, scene: Scene) -> tuple[str, ...]:
    others = scene.luck.sample(list(scene.words.by_chain), scene.luck.choice((0, 0, 0, 1, 1, 2)))
    return tuple(dict.fromkeys((first, *others)))


def _company(plan: Plan, scene: Scene, names: Namer) -> Company:
    trades = plan.segment.makers if plan.exhibits else scene.words.buyers[plan.segment.chain]
    name, slug = names.company(plan.country, scene.luck.choice(trades))
    about = _about(plan, scene)
    return Company(
        slug=slug,
        name=name.en,
        name_zh=name.zh,
        name_key=name_key(name.en),
        country=plan.country,
        website=f"https://{slug}{DOMAIN}/",
        domain=f"{slug}{DOMAIN}",
        about_en=about.en,
        about_zh=about.zh,
        fortune_global_500=False,
        is_demo=True,
    )


def _about(plan: Plan, scene: Scene) -> Pair:
    luck = scene.luck
    product = luck.choice(plan.segment.products)
    kind = ("server" if product.is_service else "maker") if plan.exhibits else "buyer"
    facts = (Pair.of(luck.randrange(1978, 2023)), Pair.of(f"{luck.choice((40, 85, 120, 260, 430, 900, 1600, 3200)):,}"))
    name, _height = product.choose(luck)
    return luck.choice(scene.words.sentences("about", kind)).fill(name, luck.choice(plan.segment.uses), *facts)


def _add_people(companies: Sequence[Company], names: Namer, password: str) -> None:
    people = [_person(company, names, password) for company in companies]
    User.objects.bulk_create(people)
    Member.objects.bulk_create(
        Member(company=company, user=user, role=Member.Role.OWNER, status=Member.Status.ACTIVE)
        for company, user in zip(companies, people, strict=True)
    )


def _person(company: Company, names: Namer, password: str) -> User:
    name = names.person(str(company.country.code))
    language = User.Language.ENGLISH if name.isascii() else User.Language.CHINESE
    return User(email=f"contact@{company.domain}", full_name=name, language=language, password=password)


def _register(made: Sequence[tuple[Plan, Company]], scene: Scene, crowd: Crowd) -> None:
    """Write the registrations of a block and remember those that take part."""
    rows: list[tuple[Plan, Registration]] = []
    for number, (plan, company) in enumerate(made):
        if plan.exhibits:
            rows.append((plan, _exhibitor(company, plan, scene, STATUS.VERIFIED)))
        elif number % ONE_BUYER_IN == 0:
            rows.append((plan, _exhibitor(company, plan, scene, scene.luck.choice(UNDECIDED))))
        if plan.buys:
            rows.append((plan, _buyer(company, scene)))
    Registration.objects.bulk_create(row for _plan, row in rows)
    through = Registration.chains.through
    through.objects.bulk_create(
        through(registration_id=row.pk, chain_id=scene.words.places.chain(code).pk)
        for plan, row in rows
        for code in _shown_chains(plan, row)
    )
    for plan, row in rows:
        if row.status == STATUS.VERIFIED and row.role == ROLE.EXHIBITOR:
            crowd.exhibitors.append(Exhibitor(row.pk, row.company_id, plan.country, plan.segment.code))
        elif row.status == STATUS.VERIFIED:
            crowd.buyers.append(Buyer(row.pk, row.company_id, plan.country, plan.chains))


def _shown_chains(plan: Plan, row: Registration) -> Iterable[str]:
    return plan.chains[:1] if row.role == ROLE.EXHIBITOR else plan.chains


def _exhibitor(company: Company, plan: Plan, scene: Scene, status: str) -> Registration:
    row = _registration(company, scene, ROLE.EXHIBITOR, status)
    row.main_segment_id = plan.segment.pk
    row.parallel_meetings = scene.luck.choice((1, 1, 1, 2, 2, 3, 4))
    return row


def _buyer(company: Company, scene: Scene) -> Registration:
    row = _registration(company, scene, ROLE.BUYER, STATUS.VERIFIED)
    row.is_key_client = happens(scene.luck, KEY_CLIENTS)
    return row


def _registration(company: Company, scene: Scene, role: str, status: str) -> Registration:
    luck = scene.luck
    at = scene.now - timedelta(minutes=luck.randrange(MINUTES_A_DAY, REGISTERED_DAYS * MINUTES_A_DAY))
    return Registration(
        company=company,
        edition=scene.edition,
        role=role,
        status=status,
        attendance=Registration.Attendance.ONLINE if happens(luck, ONLINE) else Registration.Attendance.ON_SITE,
        rejection_reason="No proof that the company exists." if status == STATUS.REJECTED else "",
        submitted_at=None if status == STATUS.DRAFT else at,
        decided_at=at + timedelta(hours=luck.randrange(2, 60)) if status in DECIDED else None,
    )


def _give_booths(scene: Scene, exhibitors: Sequence[Exhibitor]) -> None:
    """Let new exhibitors stand on the demo's free booths of their chain and stage, except for some that stay free."""
    waiting: dict[tuple[str, str], list[int]] = {}
    for exhibitor in exhibitors:
        stage = scene.words.places.segment(exhibitor.segment).stage
        waiting.setdefault((exhibitor.segment.partition("/")[0], stage), []).append(exhibitor.registration)
    taken: dict[int, Booth] = {}
    for number, booth in enumerate(Booth.objects.free().filter(edition=scene.edition, hall__is_demo=True).order_by("id")):
        queue = waiting.get((booth.code.partition(" ")[0], booth.stage), [])
        if queue and number % BOOTHS_LEFT_FREE:
            taken[queue.pop(0)] = booth
    registrations = list(Registration.objects.filter(pk__in=taken))
    for registration in registrations:
        registration.booth, registration.attendance = taken[registration.pk], Registration.Attendance.ON_SITE
    Registration.objects.bulk_update(registrations, ["booth", "attendance"])
    Booth.objects.filter(pk__in=[booth.pk for booth in taken.values()]).update(status=Booth.Status.ASSIGNED)
