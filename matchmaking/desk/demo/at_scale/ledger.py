"""The ledger of a past edition, filled to what the press said of it: so many entries, so much in all, to the fen; and some beside that do not count."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from expo.accounts.models import User
from expo.editions.models import Edition, SegmentLink
from expo.editions.queries import rates_of
from expo.foundation.money import to_fen
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.models import Agreement, Ledger, Party
from matchmaking.desk.demo.at_scale.names import Namer
from matchmaking.desk.demo.at_scale.past import Guests
from matchmaking.desk.demo.at_scale.size import BESIDE, Size, blocks, happens
from matchmaking.desk.demo.at_scale.vocabulary import Scene, SegmentWords
from matchmaking.desk.demo.files import Places
from matchmaking.desk.demo.people import organiser_of_demo
from matchmaking.desk.demo.signing import Signed, write_signed

LEDGER_EDITION = "2024"
SIGNED = 0.0312  # of 6,734, about 210 were contracts; the rest were intentions
IN_DOLLARS, IN_CHINESE, WITH_OUTSIDER, WITH_THIRD = 0.2, 0.6, 0.08, 0.05
ALONG_THE_LINE = 0.4  # how often the customer exhibits too, on a segment that uses what is supplied
ROUND_YUAN, ROUND_DOLLARS = Decimal(10_000), Decimal(1_000)
DAYS = (8, 22, 30, 26, 14)  # how the signing spread over the days of the edition
STATUSES = {"recorded": 18, "confirmed": 17, "verified": 65}
VISIBILITY = {"public": 80, "anonymous": 15, "totals_only": 5}
MINUTES_OPEN = 8 * 60
STATUS, ROLE = Agreement.Status, Party.Role
WITHOUT_NUMBER = {STATUS.DRAFT, STATUS.SUBMITTED}


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


@dataclass(frozen=True)
class Entry:
    """One entry of the ledger before anybody has signed it."""

    kind: str
    sum: Sum
    status: str


def add_agreements(edition: Edition, scene: Scene, guests: Guests, names: Namer, wanted: Size, *, scale: int) -> list[Signed]:
    """Write the wanted number of agreements and intentions that count, and `BESIDE` those; return all of them.

    Numbers follow the days of signing, without gaps. What the small demo has written counts as well; an edition with any other agreement is
    left as it is.
    """
    if edition.agreements.filter(is_demo=False).exists() or not (guests.exhibitors and guests.buyers):
        return []
    wanted = _left(edition, wanted)
    organiser = organiser_of_demo()
    desk = SigningDesk.of(edition, scene, guests, names, organiser)
    entries = _entries(edition, wanted, scene.luck, scale)
    moments = sorted(_moments(edition, len(entries), scene.luck))
    signed = list[Signed]()
    number = Ledger.objects.filter(edition=edition).values_list("last_number", flat=True).first() or 0
    for block in blocks(list(zip(entries, moments, strict=True))):
        made = []
        for entry, moment in block:
            has_number = entry.status not in WITHOUT_NUMBER
            number += has_number
            made.append(desk.sign(entry, number if has_number else None, moment))
        write_signed(made, by=organiser)
        signed += made
    return signed


def _left(edition: Edition, wanted: Size) -> Size:
    """Return what is still to come where some rows are there. A part of a ledger that is smaller than those comes besides."""
    there = list(edition.agreements.counted().values_list("amount_cny", flat=True))
    left = wanted.amount_cny - sum(amount or 0 for amount in there)
    return replace(
        wanted,
        agreements=max(wanted.agreements - len(there), 1),
        undisclosed=max(wanted.undisclosed - there.count(None), 0),
        amount_cny=left if left > 0 else wanted.amount_cny,
    )


def _entries(edition: Edition, wanted: Size, luck: random.Random, scale: int) -> list[Entry]:
    """Draw the kinds, sums and states, in no order."""
    dollar = rates_of(edition).get("USD")
    sums = _sums(wanted, dollar, luck)
    signed = set(luck.sample(range(len(sums)), round(len(sums) * SIGNED)))
    states = luck.choices(list(STATUSES), weights=list(STATUSES.values()), k=len(sums))
    entries = [
        Entry(str(Agreement.Kind.AGREEMENT if place in signed else Agreement.Kind.INTENTION), sum_, states[place])
        for place, sum_ in enumerate(sums)
    ]
    for status, number in BESIDE.items():
        for _place in range(-(-number // scale)):
            yuan = wanted.amount_cny / wanted.agreements * Decimal(luck.lognormvariate(0, 1))
            kind = Agreement.Kind.AGREEMENT if happens(luck, SIGNED) else Agreement.Kind.INTENTION
            entries.append(Entry(str(kind), _sum(yuan, dollar if happens(luck, IN_DOLLARS) else None), status))
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
    """Where agreements are written down: who supplies whom in which segment, in which words."""

    edition: Edition
    scene: Scene
    segments: list[SegmentWords]
    suppliers: Mapping[str, Sequence[int]]
    users: Mapping[str, Sequence[int]]
    anybody: Sequence[int]
    customers: Sequence[int]
    names: Namer
    organiser: User

    @classmethod
    def of(cls, edition: Edition, scene: Scene, guests: Guests, names: Namer, organiser: User) -> "SigningDesk":
        """Return the desk of an edition: its chains, its exhibitors by segment, and those on the segments that use what is made there."""
        chains = Places.of(edition).chains
        suppliers, users = defaultdict[str, list[int]](list), defaultdict[str, list[int]](list)
        for exhibitor in guests.exhibitors:
            suppliers[exhibitor.segment].append(exhibitor.company)
        for link in SegmentLink.objects.select_related("supplier__chain", "customer__chain").order_by("pk"):
            code = f"{link.supplier.chain.code}/{link.supplier.slug}"
            users[code] += suppliers.get(f"{link.customer.chain.code}/{link.customer.slug}", [])
        segments = [segment for segment in scene.words.segments.values() if segment.chain in chains]
        anybody = [exhibitor.company for exhibitor in guests.exhibitors]
        # Who exhibits too would be a customer from anywhere on any line.
        only_buying = [one.company for one in guests.buyers if one.company not in set(anybody)]
        return cls(
            edition, scene, segments, suppliers, users, anybody, only_buying or [one.company for one in guests.buyers], names, organiser
        )

    def sign(self, entry: Entry, number: int | None, moment: datetime) -> Signed:
        """Return an agreement with its parties, not yet saved."""
        segment = self.scene.luck.choice(self.segments)
        agreement = self._agreement(entry, segment, number, moment)
        parties = list(self._parties(agreement, segment))
        if entry.status in WITHOUT_NUMBER:
            agreement.drafted_for_id = parties[0].company_id
        return Signed(agreement, parties)

    def _agreement(self, entry: Entry, segment: SegmentWords, number: int | None, moment: datetime) -> Agreement:
        luck, words, sum_ = self.scene.luck, self.scene.words, entry.sum
        name, _height = luck.choice(segment.products).choose(luck)
        title = luck.choice(words.sentences("agreement_titles", entry.kind)).fill(name)
        said = title.zh if happens(luck, IN_CHINESE) else title.en
        recorded = moment + timedelta(minutes=luck.randrange(5, 90)) if number else None
        is_verified = entry.status == STATUS.VERIFIED
        return Agreement(
            edition=self.edition,
            number=number,
            title=said[:1].upper() + said[1:],
            kind=entry.kind,
            chain_id=words.places.chain(segment.chain).pk,
            segment_id=segment.pk,
            signed_on=moment.date(),
            amount=sum_.amount,
            currency=sum_.currency,
            is_undisclosed=sum_.amount is None,
            amount_cny=sum_.amount_cny,
            rate_used=sum_.rate,
            visibility=luck.choices(list(VISIBILITY), weights=list(VISIBILITY.values()))[0],
            status=entry.status,
            recorded_by=self.organiser if recorded else None,
            recorded_at=recorded,
            submitted_at=moment if entry.status == STATUS.SUBMITTED else None,
            verified_by=self.organiser if is_verified else None,
            verified_at=recorded + timedelta(hours=luck.randrange(20, 200)) if is_verified and recorded else None,
            void_reason=self._reason("void") if entry.status == STATUS.VOID else "",
            dispute_reason=self._reason("disputed") if entry.status == STATUS.DISPUTED else "",
            is_demo=True,
        )

    def _reason(self, why: str) -> str:
        reason = self.scene.luck.choice(self.scene.words.sentences("agreement_reasons", why))
        return reason.zh if happens(self.scene.luck, IN_CHINESE) else reason.en

    def _parties(self, agreement: Agreement, segment: SegmentWords) -> Iterator[Party]:
        """Yield a supplier of the segment and a customer, now and then a third party; some of them come from outside."""
        luck = self.scene.luck
        supplier = luck.choice(self.suppliers.get(segment.code) or self.anybody)
        users = self.users.get(segment.code) or ()
        customer = luck.choice(users) if users and happens(luck, ALONG_THE_LINE) else luck.choice(self.customers)
        yield Party(agreement=agreement, company_id=supplier, order=0, role=ROLE.SUPPLIER)
        if customer == supplier or happens(luck, WITH_OUTSIDER):
            yield self._outsider(agreement, 1, ROLE.CUSTOMER)
        else:
            yield Party(agreement=agreement, company_id=customer, order=1, role=ROLE.CUSTOMER)
        if happens(luck, WITH_THIRD):
            yield self._outsider(agreement, 2, ROLE.OTHER)

    def _outsider(self, agreement: Agreement, order: int, role: str) -> Party:
        luck, words = self.scene.luck, self.scene.words
        country = luck.choice(list(words.shared["buyers_from"]))
        name, _slug = self.names.company(country, luck.choice(words.buyers[luck.choice(list(words.buyers))]))
        return Party(agreement=agreement, order=order, **PartyInput(None, name.en, country, role).columns())
