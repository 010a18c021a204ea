from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expo.foundation.units import UNITS, in_base
from matchmaking.matching.fitting import (
    Field,
    Held,
    Measure,
    OfferFacts,
    RequestFacts,
    Verdict,
    fits,
    fits_of_offer,
    hard_failures,
    may_be_listed,
    reasons_for,
    without_offer,
)

TODAY = date(2027, 1, 4)
OFFER = OfferFacts(
    id=1,
    segment=10,
    company=100,
    certificates=(Held("iso9001"), Held("iatf16949", TODAY)),
    ships_to=frozenset({"DE", "FR"}),
    origin="CN",
    minimum=Measure(Decimal(500), "kg"),
    price=Measure(Decimal(15), "kg"),
    lead_time_days=60,
    incoterms=frozenset({"FOB"}),
)
REQUEST = RequestFacts(
    id=7,
    segment=10,
    company=200,
    certificates=frozenset({"iatf16949"}),
    deliver_to="DE",
    origins=frozenset({"CN", "JP"}),
    quantity=Measure(Decimal(500), "kg"),
    budget=Measure(Decimal(10), "kg"),
    needed_by=TODAY + timedelta(days=30),
    incoterms=frozenset({"FOB", "CIF"}),
)


def failed(request, offer):
    return [reason.field for reason in hard_failures(request, offer, today=TODAY)]


def test_limits_themselves_still_fit():
    assert failed(REQUEST, OFFER) == []
    verdicts = {reason.field: reason.verdict for reason in reasons_for(REQUEST, OFFER, today=TODAY)}
    assert verdicts == {
        Field.CERTIFICATES: Verdict.FITS,
        Field.DELIVERY: Verdict.FITS,
        Field.ORIGIN: Verdict.FITS,
        Field.QUANTITY: Verdict.FITS,
        Field.PRICE: Verdict.PARTLY,
        Field.LEAD_TIME: Verdict.PARTLY,
        Field.INCOTERMS: Verdict.FITS,
    }


BREAKING = {
    Field.CERTIFICATES: {"certificates": (Held("iso9001"), Held("iatf16949", TODAY - timedelta(days=1)))},
    Field.DELIVERY: {"ships_to": frozenset({"FR"})},
    Field.ORIGIN: {"origin": "US"},
    Field.QUANTITY: {"minimum": Measure(Decimal("500.001"), "kg")},
    Field.PRICE: {"price": Measure(Decimal("15.01"), "kg")},
    Field.LEAD_TIME: {"lead_time_days": 61},
    Field.INCOTERMS: {"incoterms": frozenset({"EXW"})},
}


@pytest.mark.parametrize("field", list(Field))
def test_each_broken_must_is_named_and_alone(field):
    request = replace(REQUEST, musts=frozenset(Field))
    assert failed(request, replace(OFFER, **BREAKING[field])) == [field]


@pytest.mark.parametrize("field", list(Field))
def test_a_broken_wish_is_said_and_keeps_the_offer(field):
    request = replace(REQUEST, musts=frozenset(Field) - {field})
    offer = replace(OFFER, **BREAKING[field])
    assert failed(request, offer) == []
    assert [r.field for r in reasons_for(request, offer, today=TODAY) if r.verdict is Verdict.MISSES] == [field]


def test_incoterms_are_a_wish_unless_said_otherwise():
    assert failed(REQUEST, replace(OFFER, **BREAKING[Field.INCOTERMS])) == []


def test_what_is_not_stated_cannot_fail():
    everything = replace(REQUEST, certificates=frozenset(), musts=frozenset(Field))
    silent_offer = OfferFacts(id=2, segment=10, company=100)
    assert failed(everything, silent_offer) == []
    assert failed(RequestFacts(id=8, segment=10, company=200, musts=frozenset(Field)), OFFER) == []


def test_a_certificate_that_is_asked_for_has_to_be_held():
    assert failed(REQUEST, replace(OFFER, certificates=())) == [Field.CERTIFICATES]


def test_other_units_are_not_compared():
    other = replace(OFFER, minimum=Measure(Decimal(9999), "pc"), price=Measure(Decimal(9999), "pc"))
    assert failed(REQUEST, other) == []


def test_a_date_that_has_passed_leaves_no_days():
    late = replace(REQUEST, needed_by=TODAY - timedelta(days=5))
    assert failed(late, replace(OFFER, lead_time_days=0)) == []
    assert failed(late, replace(OFFER, lead_time_days=1)) == [Field.LEAD_TIME]


def test_own_segment_comes_before_linked_and_others_stay_out():
    offers = [
        replace(OFFER, id=1, segment=20, price=Measure(Decimal(1), "kg")),
        replace(OFFER, id=2, segment=10),
        replace(OFFER, id=3, segment=30),
        replace(OFFER, id=4, segment=10, company=200),
    ]
    links = [(20, 10), (10, 30)]
    assert [(fit.offer, fit.is_linked) for fit in fits(REQUEST, offers, links, today=TODAY)] == [(2, False), (1, True)]


def test_links_run_from_supplier_to_customer_only():
    requests = [replace(REQUEST, id=1, segment=30), replace(REQUEST, id=2, segment=20), replace(REQUEST, id=3)]
    found = fits_of_offer(OFFER, requests, [(10, 30), (20, 10)], today=TODAY)
    assert [(fit.request, fit.is_linked) for fit in found] == [(3, False), (1, True)]


def test_fewer_broken_wishes_then_cheaper_then_sooner_comes_first():
    wishes = replace(REQUEST, musts=frozenset())
    offers = [
        replace(OFFER, id=1, price=None),
        replace(OFFER, id=2, price=Measure(Decimal(9), "kg"), origin="US"),
        replace(OFFER, id=3, price=Measure(Decimal(9), "kg"), lead_time_days=20),
        replace(OFFER, id=4, price=Measure(Decimal(8), "kg"), lead_time_days=20),
        replace(OFFER, id=5, price=Measure(Decimal(9), "kg"), lead_time_days=10),
    ]
    assert [fit.offer for fit in fits(wishes, offers, [], today=TODAY)] == [4, 5, 3, 1, 2]


# Properties

amounts = st.decimals(min_value=0, max_value=10_000, places=3, allow_nan=False)
countries = st.sampled_from(["CN", "DE", "FR", "JP", "US"])
keys = st.sampled_from(["iso9001", "iatf16949", "ce", "ul9540a"])
measures = st.none() | st.builds(Measure, amounts, st.sampled_from(["kg", "pc"]))
days = st.dates(min_value=date(2026, 6, 1), max_value=date(2028, 6, 1))
offers_drawn = st.builds(
    OfferFacts,
    id=st.integers(1, 50),
    segment=st.sampled_from([10, 20, 30]),
    company=st.integers(1, 4),
    certificates=st.lists(st.builds(Held, keys, st.none() | days), max_size=3).map(tuple),
    ships_to=st.frozensets(countries, max_size=3),
    origin=countries | st.just(""),
    minimum=measures,
    price=measures,
    lead_time_days=st.none() | st.integers(0, 400),
    incoterms=st.frozensets(st.sampled_from(["FOB", "CIF", "EXW"])),
)
requests_drawn = st.builds(
    RequestFacts,
    id=st.integers(1, 50),
    segment=st.sampled_from([10, 20, 30]),
    company=st.integers(1, 4),
    certificates=st.frozensets(keys, max_size=2),
    deliver_to=countries | st.just(""),
    origins=st.frozensets(countries, max_size=3),
    quantity=measures,
    budget=measures,
    needed_by=st.none() | days,
    incoterms=st.frozensets(st.sampled_from(["FOB", "CIF", "EXW"])),
    musts=st.frozensets(st.sampled_from(list(Field))),
)
links_drawn = st.lists(st.tuples(st.sampled_from([10, 20, 30]), st.sampled_from([10, 20, 30])), max_size=4)
several_offers = st.lists(offers_drawn, max_size=8, unique_by=lambda offer: offer.id)
several_requests = st.lists(requests_drawn, max_size=8, unique_by=lambda request: request.id)


@given(requests_drawn, offers_drawn, st.frozensets(st.sampled_from(list(Field))), st.frozensets(keys))
def test_asking_for_more_never_lets_more_through(request_, offer, more_musts, more_certificates):
    stricter = replace(request_, musts=request_.musts | more_musts, certificates=request_.certificates | more_certificates)
    assert set(failed(request_, offer)) <= set(failed(stricter, offer))


@given(
    requests_drawn, offers_drawn, st.sampled_from(["certificates", "ships_to", "origin", "minimum", "price", "lead_time_days", "incoterms"])
)
def test_saying_less_breaks_nothing_but_certificates(request_, offer, name):
    silent = replace(offer, **{name: getattr(OfferFacts(id=0, segment=0, company=0), name)})
    newly_failed = set(failed(request_, silent)) - set(failed(request_, offer))
    assert newly_failed <= ({Field.CERTIFICATES} if name == "certificates" else set())


@given(requests_drawn, offers_drawn)
def test_a_request_that_states_nothing_takes_every_offer(request_, offer):
    open_request = RequestFacts(id=request_.id, segment=offer.segment, company=request_.company, musts=frozenset(Field))
    assert failed(open_request, offer) == []
    assert reasons_for(open_request, offer, today=TODAY) == ()


@given(requests_drawn, offers_drawn)
def test_the_quick_answer_equals_the_long_one(request_, offer):
    assert may_be_listed(request_, offer, today=TODAY) == (not hard_failures(request_, offer, today=TODAY))


@given(amounts, amounts, st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)))
def test_units_convert_the_same_on_both_sides(minimum, quantity, unit, other_unit):
    """The same two amounts, each written in any unit of its kind, compare the same way."""
    if UNITS[unit].base != UNITS[other_unit].base:
        return
    first, second = Measure(*in_base(minimum, unit)), Measure(*in_base(quantity, unit))
    factor = UNITS[unit].factor / UNITS[other_unit].factor
    again = Measure(*in_base(quantity * factor, other_unit))
    request, other = replace(REQUEST, quantity=second), replace(REQUEST, quantity=again)
    offer = replace(OFFER, minimum=first)
    assert failed(request, offer) == failed(other, offer)


@given(requests_drawn, several_offers, links_drawn, st.randoms())
def test_the_order_does_not_depend_on_the_input_s_order(request_, offers, links, random):
    shuffled = offers.copy()
    random.shuffle(shuffled)
    assert fits(request_, offers, links, today=TODAY) == fits(request_, shuffled, links[::-1], today=TODAY)


@given(offers_drawn, several_requests, links_drawn, st.randoms())
def test_the_other_side_s_order_does_not_depend_on_it_either(offer, requests, links, random):
    shuffled = requests.copy()
    random.shuffle(shuffled)
    assert fits_of_offer(offer, requests, links, today=TODAY) == fits_of_offer(offer, shuffled, links, today=TODAY)


@given(several_requests, several_offers, links_drawn)
def test_both_sides_and_the_gaps_tell_the_same_pairs(requests, offers, links):
    from_requests = {(fit.request, fit.offer) for request in requests for fit in fits(request, offers, links, today=TODAY)}
    from_offers = {(fit.request, fit.offer) for offer in offers for fit in fits_of_offer(offer, requests, links, today=TODAY)}
    assert from_requests == from_offers
    empty = {request.id for request in requests} - {request for request, _offer in from_requests}
    assert without_offer(requests, offers, links, today=TODAY) == empty
