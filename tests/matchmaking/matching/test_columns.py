"""The columns of the market against the database: for random filters, after random writes, both say the same."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone

from matchmaking.desk.privacy.erasing import erase_person
from matchmaking.desk.queries import counts_of
from matchmaking.marketplace import actions
from matchmaking.marketplace.actions.bulk import Stated, store_postings
from matchmaking.marketplace.actions.saving import HeldCertificate
from matchmaking.marketplace.filters import not_ended
from matchmaking.marketplace.models import Offer, OfferCertificate, RequestCertificate, SourcingRequest
from matchmaking.matching import kept
from matchmaking.matching.actions import follow_what_was_missed
from matchmaking.matching.columns import Changed
from matchmaking.matching.filters import OfferFilter, RequestFilter
from matchmaking.matching.market import KINDS, Market
from matchmaking.matching.unfilled import is_unfilled
from matchmaking.participants.actions import edit_company, verify_registration, withdraw_registration
from matchmaking.participants.models import Registration
from tests import builders
from tests.matchmaking.matching.matched import run

PLACE = ("chain", "segment", "stage")
MARKS = ("CE", "UL 9540A", "IATF 16949")
CHOICES = {
    "kind": ("all", "offer", "request"),
    "chain": ("smart-vehicle", "clean-energy", "nowhere"),
    "stage": ("upstream", "midstream", "downstream"),
    "segment": ("battery-cells", "complete-vehicles", "wind"),
    "country": ("CN", "DE", "VN"),
    "origin": ("CN", "DE", "VN"),
    "hs": ("85", "8507", "87"),
    "certificate": ("ce", "ul9540a", "iatf16949"),
    "price_min": ("5", "70"),
    "price_max": ("60", "500"),
    "currency": ("CNY", "USD", "GBP"),
    "unit": ("kg", "t", "pc"),
    "quantity": ("0", "3", "700"),
    "lead_min": ("2", "6"),
    "lead_max": ("0", "4", "9"),
    "debut": ("true", "false"),
    "open": ("true", "false"),
    "q": ("foil", "cells", "电", "nothing"),
}
SORTED_BY = {
    "newest": lambda row: -row.published_at.timestamp(),
    "closing": lambda row: row.valid_until.toordinal(),
    "price": lambda row: float("inf") if row.price_cny_base is None else float(row.price_cny_base),
    "lead": lambda row: float("inf") if getattr(row, "lead_time_days", None) is None else row.lead_time_days,
}


class Expo:
    """Two companies on each side in two chains, and somebody who does anything that changes what is open."""

    def __init__(self, dice, edition, segments, organiser):
        self.dice, self.segments, self.organiser = dice, segments, organiser
        self.sellers = [self.company(f"Seller {number}", edition, Registration.Role.EXHIBITOR) for number in range(2)]
        self.buyers = [self.company(f"Buyer {number}", edition, Registration.Role.BUYER) for number in range(2)]
        for _number in range(6):
            self.add_offer()
            self.add_request()

    def company(self, name, edition, role):
        made = builders.company(name, country=self.dice.choice(CHOICES["country"]))
        builders.member(made, builders.person())
        return builders.registration(made, edition, role=role)

    def owner(self, posting):
        return posting.registration.company.members.get().user

    def fields(self, **more):
        dice = self.dice
        return {
            "segment": dice.choice(self.segments),
            "title": dice.choice(("Anode foil", "Battery cells", "电芯", "Vans")),
            "unit": dice.choice(("kg", "t", "pc")),
            "hs_code": dice.choice(("", "85", "850760", "8704")),
            **more,
        }

    def offer_fields(self):
        dice = self.dice
        priced = {
            "unit_price": dice.choice((10, 250)),
            "currency": dice.choice(("CNY", "USD", "GBP")),
            "price_unit": dice.choice(("kg", "pc")),
        }
        return self.fields(
            origin=dice.choice(("", "CN", "VN")),
            lead_time_days=dice.choice((None, 14, 40)),
            minimum_quantity=dice.choice((None, 1, 500)),
            is_debut=dice.random() < 0.3,
            **(priced if dice.random() < 0.7 else {}),
        )

    def request_fields(self):
        dice = self.dice
        priced = {"budget": dice.choice((8, 90)), "currency": "USD", "budget_unit": "kg"}
        return self.fields(
            origins_accepted=dice.choice(((), ("CN",), ("CN", "DE"))),
            needed_by=dice.choice((None, timezone.localdate() + timedelta(days=40))),
            quantity=dice.choice((None, 2, 900)),
            visibility=dice.choice(("public", "name_hidden", "invited")),
            **(priced if dice.random() < 0.7 else {}),
        )

    def marks(self):
        return self.dice.sample(MARKS, self.dice.randrange(3))

    def held(self):
        return [HeldCertificate(name, self.dice.choice((None, timezone.localdate()))) for name in self.marks()]

    def publish(self, posting, owner):
        actions.submit_posting(posting, by=owner)
        posting.refresh_from_db()
        if posting.status == "submitted":
            actions.publish_posting(posting, by=self.organiser)

    def add_offer(self):
        registration = self.dice.choice(self.sellers)
        owner = registration.company.members.get().user
        registration.refresh_from_db()
        if registration.status == "verified":
            made = actions.save_offer(None, by=owner, registration=registration, fields=self.offer_fields(), certificates=self.held())
            self.publish(made, owner)

    def add_request(self):
        registration = self.dice.choice(self.buyers)
        owner = registration.company.members.get().user
        registration.refresh_from_db()
        if registration.status == "verified":
            made = actions.save_request(None, by=owner, registration=registration, fields=self.request_fields(), certificates=self.marks())
            self.publish(made, owner)

    def some(self, model, *statuses):
        rows = list(model.objects.filter(status__in=statuses, registration__status="verified").order_by("pk"))
        return self.dice.choice(rows) if rows else None

    def edit(self):
        posting = self.some(self.dice.choice((Offer, SourcingRequest)), "published", "paused")
        if isinstance(posting, Offer):
            actions.save_offer(
                posting, by=self.owner(posting), registration=posting.registration, fields=self.offer_fields(), certificates=self.held()
            )
        elif posting is not None:
            actions.save_request(
                posting, by=self.owner(posting), registration=posting.registration, fields=self.request_fields(), certificates=self.marks()
            )

    def step(self):
        posting = self.some(self.dice.choice((Offer, SourcingRequest)), "published")
        if posting is not None:
            self.dice.choice((actions.pause_posting, actions.withdraw_posting, actions.fulfil_posting))(posting, by=self.owner(posting))

    def resume(self):
        posting = self.some(self.dice.choice((Offer, SourcingRequest)), "paused")
        if posting is not None:
            actions.resume_posting(posting, by=self.owner(posting))

    def leave(self):
        registration = self.dice.choice((*self.sellers, *self.buyers))
        registration.refresh_from_db()
        if registration.status == "verified":
            withdraw_registration(registration, by=registration.company.members.get().user)

    def come_back(self):
        registration = self.dice.choice((*self.sellers, *self.buyers))
        Registration.objects.filter(pk=registration.pk, status="withdrawn").update(status="submitted")
        registration.refresh_from_db()
        if registration.status == "submitted":
            verify_registration(registration, by=self.organiser)

    def move_house(self):
        company = self.dice.choice((*self.sellers, *self.buyers)).company
        company.refresh_from_db()
        edit_company(company, by=self.organiser, country=self.dice.choice(CHOICES["country"]))

    def change_chains(self):
        registration = self.dice.choice(self.sellers)
        registration.refresh_from_db()
        registration.chains.set([segment.chain for segment in self.dice.sample(self.segments, 1)])
        registration.save()

    def save_at_the_desk(self):
        posting = self.some(self.dice.choice((Offer, SourcingRequest)), "published")
        if posting is not None:
            posting.valid_until = timezone.localdate() + timedelta(days=self.dice.randrange(-1, 9))
            posting.save()

    def store_many(self):
        registration = self.dice.choice(self.sellers)
        registration.refresh_from_db()
        if registration.status == "verified":
            rows = [
                Stated(
                    None,
                    {**self.offer_fields(), "segment": self.dice.choice(self.segments).pk},
                    dict.fromkeys(self.marks()),
                    submit=True,
                )
                for _number in range(3)
            ]
            store_postings(Offer, rows, by=registration.company.members.get().user, registration=registration)

    def match(self):
        follow_what_was_missed()

    def expire(self):
        actions.expire_postings(timezone.localdate() + timedelta(days=3))

    def delete(self):
        posting = self.some(self.dice.choice((Offer, SourcingRequest)), "published", "paused", "withdrawn")
        if posting is not None:
            posting.delete()

    def write(self):
        verbs = (
            self.add_offer, self.add_request, self.edit, self.edit, self.step, self.resume, self.leave, self.come_back, self.move_house,
            self.change_chains, self.save_at_the_desk, self.store_many, self.match, self.expire, self.delete,
        )  # fmt: skip
        verb = self.dice.choice(verbs)
        verb()
        return verb.__name__


@pytest.fixture
def expo(edition, supplier_segment, customer_segment, organiser, request):
    wind = builders.segment(builders.chain(edition, slug="clean-energy"), slug="wind", stage="upstream")
    builders.link(wind, supplier_segment)
    made = Expo(random.Random(getattr(request, "param", 1)), edition, [supplier_segment, customer_segment, wind], organiser)
    run(edition)
    return made


def some_address(dice):
    names = dice.sample(sorted(CHOICES), dice.randrange(6))
    address = QueryDict(mutable=True)
    for name in names:
        several = dice.randrange(1, 3) if name in {"chain", "stage", "segment", "country", "certificate"} else 1
        address.setlist(name, dice.sample(CHOICES[name], several))
    address["sort"] = dice.choice(sorted(SORTED_BY))
    return address


class Database:
    """The same address, asked of the database by the filters of the API."""

    def __init__(self, address):
        self.filters = {"offer": (OfferFilter(address), Offer), "request": (RequestFilter(address), SourcingRequest)}
        for chosen, _model in self.filters.values():
            assert chosen.form.is_valid(), address
        self.kinds = KINDS[address.get("kind", "all")]

    def rows(self, kind, *leave_out):
        chosen, model = self.filters[kind]
        found = model.objects.published()
        for name, value in chosen.form.cleaned_data.items():
            if name not in leave_out:
                found = chosen.filters[name].filter(found, value)
        return found

    def listed(self, sort):
        rows = [row for kind in self.kinds for row in self.rows(kind)]
        return [(row.kind, row.pk) for row in sorted(rows, key=lambda row: (SORTED_BY[sort](row), -row.pk, row.kind))]

    def facets(self):
        countries, certificates, origins, open_ones = Counter(), Counter(), Counter(), 0
        for kind in self.kinds:
            rows = self.rows(kind, "country")
            countries.update((rows.named() if kind == "request" else rows).values_list("registration__company__country", flat=True))
            held = OfferCertificate.objects.filter(not_ended(), offer__in=self.rows(kind)) if kind == "offer" else None
            held = RequestCertificate.objects.filter(request__in=self.rows(kind)) if held is None else held
            certificates.update(held.values_list("certificate__key", "certificate__name"))
            if kind == "offer":
                origins.update(self.rows(kind, "origin").exclude(origin="").values_list("origin", flat=True))
            else:
                open_ones = self.rows(kind, "open").filter(is_unfilled()).count()
        stations = {kind: Counter(self.rows(kind, *PLACE).values_list("segment__slug", flat=True)) for kind in self.filters}
        return stations, certificates, countries, origins, open_ones


def compare(address):
    """Hold what the page counts and lists against what the database finds."""
    page, there = Market(address), Database(address)
    facets = page.facets
    stations = {kind: Counter({place.slug: count for place, count in found.items()}) for kind, found in facets.stations.items()}
    assert (stations, facets.certificates, facets.countries, facets.origins, facets.without_offer) == there.facets(), address
    listed = there.listed(page.sort)
    assert page.total == len(listed), address
    assert list(page.page.object_list) == listed[:30], address
    assert [(card["kind"], card["id"]) for card in page.cards] == listed[:30], address
    for name in {chip.name for chip in page.chips}:
        assert page.passing.count(leave_out=[name]) == sum(there.rows(kind, name).count() for kind in there.kinds), (address, name)


def compare_counts(edition, chain):
    """Hold the totals of the chain's page against the database."""
    counts = counts_of(edition, chain)
    offers, requests = (model.objects.published().in_edition(edition).filter(segment__chain=chain) for model in (Offer, SourcingRequest))
    assert counts.offers.counts == Counter(offers.values_list("segment", flat=True))
    own = {segment: numbers for segment, numbers in counts.gaps.items() if segment in set(chain.segments.values_list("pk", flat=True))}
    gaps = Counter(requests.filter(is_unfilled()).values_list("segment", flat=True))
    assert own == {segment: (total, gaps[segment]) for segment, total in Counter(requests.values_list("segment", flat=True)).items()}
    exhibitors = Registration.objects.filter(Q(chains=chain), edition=edition, role="exhibitor", status="verified")
    assert counts.exhibitors.total == exhibitors.count()


@pytest.mark.parametrize("expo", range(3), indirect=True)
def test_counts_and_lists_are_the_database_s_after_any_writes(expo, edition, chain):
    written = []
    for _step in range(12):
        written.append(expo.write())
        compare(QueryDict("sort=newest"))
        for _filter in range(3):
            compare(some_address(expo.dice))
        compare_counts(edition, chain)
    assert len(set(written)) > 5


def test_most_writes_are_followed_row_by_row(expo):
    before = kept.market_now()
    for verb in (expo.add_offer, expo.add_request, expo.edit, expo.step, expo.move_house, expo.store_many, expo.leave, expo.match):
        verb()
        compare(QueryDict())
    assert kept.market_now().read_at == before.read_at
    assert kept.market_now().version > before.version


@pytest.mark.parametrize("verb", ["add_offer", "step", "move_house", "leave"])
def test_without_following_the_comparison_fails(verb, expo, monkeypatch):
    compare(QueryDict())
    monkeypatch.setattr(kept, "spoken_of", lambda _news: Changed())
    getattr(expo, verb)()
    with pytest.raises(AssertionError):
        compare(QueryDict())


def test_whoever_is_erased_takes_the_postings_of_their_company_out(expo):
    compare(QueryDict())
    erase_person(expo.sellers[0].company.members.get().user, by=None)
    assert not Offer.objects.published().filter(registration=expo.sellers[0]).exists()
    compare(QueryDict())


def test_a_site_without_postings_has_columns_too(db):
    assert len(kept.market_now().columns) == 0
    compare(QueryDict("kind=offer&sort=price&certificate=ce&country=CN"))
