"""What the database leaves out, the engine would not list; and nothing else is left out."""

import random
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.marketplace.normalise import normalise
from matchmaking.matching import candidates, fitting
from matchmaking.matching.facts import facts_of, offer_facts_of, request_facts_of
from tests import builders

RATES = {"CNY": Decimal(1), "USD": Decimal(7)}
NAMES = ("CE", "IATF 16949", "UL 9540A")
MUSTS = [field.value for field in fitting.Field]


def some(rng, *values):
    return rng.choice([None, *values])


def random_offer(rng, registration, segment):
    price = some(rng, 1, 5, 20, 900)
    made = builders.offer(
        registration,
        segment,
        certificates=tuple(rng.sample(NAMES, rng.randint(0, 3))),
        ships_to=rng.choice([[], ["DE"], ["DE", "FR"], ["VN"]]),
        origin=rng.choice(["", "CN", "VN"]),
        minimum_quantity=some(rng, 1, 2, 500),
        unit=rng.choice(["kg", "t", "pc"]),
        unit_price=price,
        currency="" if price is None else rng.choice(["CNY", "USD"]),
        price_unit="" if price is None else rng.choice(["kg", "t", "pc"]),
        lead_time_days=some(rng, 0, 7, 29, 30, 31, 61),
        incoterms=rng.choice([[], ["FOB"], ["DAP", "FOB"]]),
    )
    normalise(made, RATES)
    made.save()


def random_request(rng, registration, segment):
    budget = some(rng, 1, 6, 30, 5000)
    made = builders.sourcing_request(
        registration,
        segment,
        certificates=tuple(rng.sample(NAMES, rng.randint(0, 2))),
        deliver_to=rng.choice(["", "DE", "VN"]),
        origins_accepted=rng.choice([[], ["CN"], ["CN", "VN"]]),
        quantity=some(rng, 1, 2, 700),
        unit=rng.choice(["kg", "t", "pc"]),
        budget=budget,
        currency="" if budget is None else rng.choice(["CNY", "USD"]),
        budget_unit="" if budget is None else rng.choice(["kg", "t", "pc"]),
        needed_by=some(rng, *(timezone.localdate() + timedelta(days=days) for days in (-3, 0, 14, 15, 16, 30))),
        incoterms=rng.choice([[], ["FOB"], ["EXW"]]),
        musts=rng.sample(MUSTS, rng.randint(0, len(MUSTS))),
    )
    normalise(made, RATES)
    made.save()


def test_the_database_and_the_engine_leave_the_same(exhibitor, buyer, supplier_segment, customer_segment):
    rng, today = random.Random(3), timezone.localdate()
    for segment in (supplier_segment, customer_segment):
        for _number in range(25):
            random_offer(rng, exhibitor, segment)
            random_request(rng, buyer, segment)
    offers, requests = Offer.objects.published(), SourcingRequest.objects.published()
    facts = facts_of(offers.order_by("pk"), requests.order_by("pk"))
    listed = {
        (offer.id, request.id)
        for request in facts.requests
        for offer in facts.offers
        if not fitting.hard_failures(request, offer, today=today)
    }
    assert 0 < len(listed) < len(facts.offers) * len(facts.requests)
    for request in SourcingRequest.objects.for_page():
        left = candidates.offers_for(request_facts_of(request), request, offers, today=today)
        assert set(left.values_list("pk", flat=True)) == {offer for offer, wanted in listed if wanted == request.pk}
    for offer in Offer.objects.for_page():
        left = candidates.requests_for(offer_facts_of(offer), offer, requests, today=today)
        assert set(left.values_list("pk", flat=True)) == {request for given, request in listed if given == offer.pk}


def test_amounts_that_no_column_can_hold_leave_nothing_out(exhibitor, buyer, supplier_segment):
    offer = builders.offer(exhibitor, supplier_segment)
    wanted = builders.sourcing_request(
        buyer, supplier_segment, quantity=Decimal(10) ** 13, unit="t", budget=Decimal(10) ** 13, currency="CNY",
        budget_unit="g", price_cny_base=Decimal(10) ** 15,
    )  # fmt: skip
    seen = SourcingRequest.objects.for_page().get(pk=wanted.pk)
    left = candidates.offers_for(request_facts_of(seen), seen, Offer.objects.published(), today=timezone.localdate())
    assert list(left.values_list("pk", flat=True)) == [offer.pk]


def test_offers_are_ordered_own_segment_first_then_cheapest(exhibitor, buyer, supplier_segment, customer_segment):
    asked = builders.sourcing_request(buyer, customer_segment)
    made = [
        builders.offer(exhibitor, segment, price_cny_base=price)
        for segment, price in ((supplier_segment, 1), (customer_segment, None), (customer_segment, 9), (customer_segment, 3))
    ]
    seen = SourcingRequest.objects.for_page().get(pk=asked.pk)
    left = candidates.offers_for(request_facts_of(seen), seen, Offer.objects.published(), today=timezone.localdate())
    assert list(left.values_list("pk", flat=True)) == [made[place].pk for place in (3, 2, 1, 0)]
