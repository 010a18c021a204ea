"""The ledger of a past edition, filled to what the press said of it: so many entries, so much in all, to the fen."""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import prefetch_related_objects

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import rates_of
from expo.foundation.eventlog import Step, log_all
from expo.foundation.money import to_fen
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.models import Agreement, Ledger, Party
from matchmaking.agreements.queries.canonical import state_of
from matchmaking.agreements.queries.checking import SEEDED
from matchmaking.desk.demo.at_scale.companies import Crowd
from matchmaking.desk.demo.at_scale.names import Namer
from matchmaking.desk.demo.at_scale.size import Size, blocks, happens
from matchmaking.desk.demo.at_scale.vocabulary import Scene, SegmentWords
from matchmaking.desk.demo.files import Places
from matchmaking.desk.demo.people import ORGANISER, demo_logins

LEDGER_EDITION = "2024"
SIGNED = 0.0312  # of 6,734, about 210 were contracts; the rest were intentions
IN_DOLLARS, IN_CHINESE, WITH_OUTSIDER, WITH_THIRD = 0.2, 0.6, 0.08, 0.05
ROUND_YUAN, ROUND_DOLLARS = Decimal(10_000), Decimal(1_000)
DAYS = (8, 22, 30, 26, 14)  # how the signing spread over the days of the edition
STATUSES = {"recorded": 18, "confirmed": 17, "verified": 65}
VISIBILITY = {"public": 80, "anonymous": 15, "totals_only": 5}
MINUTES_OPEN = 8 * 60


@dataclass(frozen=True)
class Sum:
    """What an agreement is about in money; all None or '' where it is not disclosed."""

    amount: Decimal | None
    currency: str
    amount_cny: Decimal | None
    rate: Decimal | None


HIDDEN = Sum(None, "", None, None)


def edition_of_ledger() -> Edition:
    """Return the past edition whose ledger is filled. Raises LookupError where there is none, or it has no dates."""
    found = Edition.objects.filter(slug=LEDGER_EDITION, starts_on__isnull=False, ends_on__isnull=False).first()
    if found is None:
        raise LookupError(f"the large demo fills the ledger of edition {LEDGER_EDITION}, which is not there")
    return found


def add_agreements(edition: Edition, scene: Scene, crowd: Crowd, names: Namer, wanted: Size) -> int:
    """Record the wanted number of agreements and intentions in the edition, and return how many.

    Numbers follow the days of signing, without gaps. An edition that has any agreement is left as it is.
    """
    if edition.agreements.exists() or not (crowd.exhibitors and crowd.buyers):
        return 0
    organiser = User.objects.get(email=next(login.email for login in demo_logins() if login.role == ORGANISER))
    desk = SigningDesk.of(edition, scene, crowd, names, organiser)
    entries = _entries(edition, wanted, scene.luck)
    moments = sorted(_moments(edition, len(entries), scene.luck))
    for block in blocks(list(enumerate(zip(entries, moments, strict=True), start=1))):
        made = [desk.agreement(number, kind, sum_, moment) for number, ((kind, sum_), moment) in block]
        Agreement.objects.bulk_create(made)
        Party.objects.bulk_create(party for agreement in made for party in desk.parties(agreement))
        Agreement.history.bulk_history_create(made, default_user=organiser, default_change_reason="recorded")
        prefetch_related_objects(made, "parties")
        log_all((seeded(agreement) for agreement in made), by=organiser)
    Ledger.objects.update_or_create(edition=edition, defaults={"last_number": len(entries)})
    return len(entries)


def seeded(agreement: Agreement) -> Step:
    """Return the line of the log that says in which state an agreement of the demo was written. Its parties were fetched before."""
    said = {"status": agreement.status, "number": agreement.number, "version": agreement.version, "state": state_of(agreement)}
    return agreement, SEEDED, said


def _entries(edition: Edition, wanted: Size, luck: random.Random) -> list[tuple[str, Sum]]:
    """Draw the kinds and the sums, in no order."""
    sums = _sums(wanted, rates_of(edition).get("USD"), luck)
    signed = set(luck.sample(range(len(sums)), round(len(sums) * SIGNED)))
    entries = [(str(Agreement.Kind.AGREEMENT if place in signed else Agreement.Kind.INTENTION), sum_) for place, sum_ in enumerate(sums)]
    luck.shuffle(entries)
    return entries


def _sums(wanted: Size, dollar: Decimal | None, luck: random.Random) -> list[Sum]:
    """Draw amounts, a few large and many small, round ones, that make exactly the wanted sum; the largest takes what is left over."""
    shares = sorted((luck.lognormvariate(0, 1.5) for _entry in range(wanted.agreements - wanted.undisclosed)), reverse=True)
    whole = Decimal(sum(shares))
    sums = [_sum(wanted.amount_cny * Decimal(share) / whole, dollar if happens(luck, IN_DOLLARS) else None) for share in shares[1:]]
    rest = wanted.amount_cny - sum(entry.amount_cny for entry in sums if entry.amount_cny is not None)
    return [Sum(rest, "CNY", rest, Decimal(1)), *sums, *[HIDDEN] * wanted.undisclosed]


def _sum(yuan: Decimal, dollar: Decimal | None) -> Sum:
    if dollar is None:
        amount = max(_rounded(yuan, ROUND_YUAN), ROUND_YUAN)
        return Sum(amount, "CNY", amount, Decimal(1))
    amount = max(_rounded(yuan / dollar, ROUND_DOLLARS), ROUND_DOLLARS)
    return Sum(amount, "USD", to_fen(amount * dollar), dollar)


def _rounded(amount: Decimal, step: Decimal) -> Decimal:
    return to_fen((amount / step).to_integral_value() * step)


def _moments(edition: Edition, number: int, luck: random.Random) -> Iterator[datetime]:
    """Yield moments of the edition's days, in the hours in which it is open."""
    if edition.starts_on is None or edition.ends_on is None:
        raise LookupError(f"edition {edition.slug} has no dates")
    days = (edition.ends_on - edition.starts_on).days + 1
    shares = [DAYS[day % len(DAYS)] for day in range(days)]
    for day in luck.choices(range(days), weights=shares, k=number):
        opening = datetime.combine(edition.starts_on + timedelta(days=day), time(9, 30), ZoneInfo(edition.time_zone))
        yield opening + timedelta(minutes=luck.randrange(MINUTES_OPEN))


@dataclass(frozen=True)
class SigningDesk:
    """Where agreements are written down: who signs in which segment, in which words."""

    edition: Edition
    scene: Scene
    segments: list[SegmentWords]
    suppliers: dict[str, list[int]]
    customers: list[int]
    names: Namer
    organiser: User

    @classmethod
    def of(cls, edition: Edition, scene: Scene, crowd: Crowd, names: Namer, organiser: User) -> "SigningDesk":
        chains, suppliers = Places.of(edition).chains, defaultdict(list)
        for exhibitor in crowd.exhibitors:
            suppliers[exhibitor.segment].append(exhibitor.company)
        segments = [segment for segment in scene.words.segments.values() if segment.chain in chains]
        return cls(edition, scene, segments, suppliers, [buyer.company for buyer in crowd.buyers], names, organiser)

    def agreement(self, number: int, kind: str, sum_: Sum, moment: datetime) -> Agreement:
        """Return a recorded row, not yet saved."""
        luck, words = self.scene.luck, self.scene.words
        segment = luck.choice(self.segments)
        name, _height = luck.choice(segment.products).choose(luck)
        title = luck.choice(words.sentences("agreement_titles", kind)).fill(name)
        said = title.zh if happens(luck, IN_CHINESE) else title.en
        return Agreement(
            edition=self.edition,
            number=number,
            title=said[:1].upper() + said[1:],
            kind=kind,
            chain_id=words.places.chain(segment.chain).pk,
            segment_id=segment.pk,
            signed_on=moment.date(),
            amount=sum_.amount,
            currency=sum_.currency,
            is_undisclosed=sum_.amount is None,
            amount_cny=sum_.amount_cny,
            rate_used=sum_.rate,
            visibility=luck.choices(list(VISIBILITY), weights=list(VISIBILITY.values()))[0],
            status=luck.choices(list(STATUSES), weights=list(STATUSES.values()))[0],
            recorded_by=self.organiser,
            recorded_at=moment + timedelta(minutes=luck.randrange(5, 90)),
            is_demo=True,
        )

    def parties(self, agreement: Agreement) -> Iterator[Party]:
        """Yield a supplier of the segment and a customer, now and then a third party; some of them come from outside."""
        luck = self.scene.luck
        segment = next(words.code for words in self.segments if words.pk == agreement.segment_id)
        supplier, customer = luck.choice(self.suppliers.get(segment) or self.customers), luck.choice(self.customers)
        yield Party(agreement=agreement, company_id=supplier, order=0)
        if customer == supplier or happens(luck, WITH_OUTSIDER):
            yield self._outsider(agreement, 1)
        else:
            yield Party(agreement=agreement, company_id=customer, order=1)
        if happens(luck, WITH_THIRD):
            yield self._outsider(agreement, 2)

    def _outsider(self, agreement: Agreement, order: int) -> Party:
        luck, words = self.scene.luck, self.scene.words
        country = luck.choice(list(words.shared["buyers_from"]))
        name, _slug = self.names.company(country, luck.choice(words.buyers[luck.choice(list(words.buyers))]))
        side = PartyInput(outside_name=name.en, country=country)
        return Party(agreement=agreement, outside_name=side.name, outside_key=side.identity, country=country, order=order)
