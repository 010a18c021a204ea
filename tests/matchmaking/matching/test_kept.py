"""What is kept is what its query would give: after every kind of write, compared with a fresh count."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone, translation

from expo.editions.models import Segment
from expo.foundation.eventlog import log
from expo.foundation.models import Event
from matchmaking.marketplace import actions
from matchmaking.marketplace.models import Offer, OfferCertificate
from matchmaking.matching import kept, queries
from matchmaking.matching.actions import work_out_gaps
from matchmaking.matching.market import Market
from matchmaking.matching.queries import fits_for_offer
from matchmaking.participants.models import Block, Registration
from tests import builders


@pytest.fixture
def postings(exhibitor, buyer, supplier_segment, customer_segment):
    builders.offer(exhibitor, supplier_segment, certificates=("CE",), origin="CN")
    builders.sourcing_request(buyer, customer_segment, certificates=("IATF 16949",))


def publish(exhibitor, boris, organiser, segment):
    offer = actions.save_offer(
        None,
        by=boris,
        registration=exhibitor,
        fields={"segment": segment, "title": "Anode foil", "unit": "kg", "origin": "VN"},
        certificates=(),
    )
    actions.submit_posting(offer, by=boris)
    offer.refresh_from_db()
    return actions.publish_posting(offer, by=organiser) if offer.status == "submitted" else offer


def shown(address):
    """Return the counts as the page keeps them, and as a fresh count gives them."""
    page = Market(address)
    assert page._kept_name is not None
    kept_ones = page.facets
    return kept_ones, page._count_anew()


def both_agree(rf):
    for query in ("", "?kind=offer", "?kind=request", "?chain=smart-vehicle", "?kind=offer&chain=smart-vehicle", "?open=true"):
        there, fresh = shown(rf.get(f"/market/{query}").GET)
        assert there == fresh, query
        page = Market(rf.get(f"/market/{query}").GET)
        assert page.filter_box == page.draw_filter_box(), query
    return there


def test_kept_counts_follow_every_kind_of_write(postings, exhibitor, buyer, boris, organiser, supplier_segment, client, rf):
    both_agree(rf)
    offer = publish(exhibitor, boris, organiser, supplier_segment)
    both_agree(rf)
    assert Market(rf.get("/market/").GET).total == 3
    for write in (actions.pause_posting, actions.resume_posting):
        write(offer, by=boris)
        both_agree(rf)
    actions.save_offer(offer, by=boris, registration=exhibitor, fields={"origin": "DE"})
    both_agree(rf)
    OfferCertificate.objects.create(offer=offer, certificate=builders.certificate("UL 9540A"))
    both_agree(rf)
    actions.request_changes(offer, by=organiser, reason="Say more.")
    both_agree(rf)
    work_out_gaps()
    both_agree(rf)
    exhibitor.company.country = "VN"
    exhibitor.company.save()
    both_agree(rf)
    exhibitor.status = Registration.Status.WITHDRAWN
    exhibitor.save()
    both_agree(rf)
    assert Market(rf.get("/market/").GET).total == 1
    buyer.delete()
    both_agree(rf)
    assert Market(rf.get("/market/").GET).total == 0


def test_a_respelt_certificate_and_a_renamed_segment_show_at_once(postings, organiser, supplier_segment, rf):
    both_agree(rf)
    certificate = builders.certificate("CE")
    certificate.name = "ce"
    certificate.save()
    log(certificate, "respell", by=organiser)
    supplier_segment.name_en = "Cells"
    supplier_segment.save()
    LogEntry.objects.log_actions(organiser.pk, [supplier_segment], CHANGE, change_message="")
    both_agree(rf)


def test_each_language_keeps_its_own_names(postings, rf):
    both_agree(rf)
    with translation.override("zh-hans"):
        both_agree(rf)


def test_what_runs_out_overnight_is_not_counted_in_the_morning(postings, rf, monkeypatch):
    Offer.objects.update(valid_until=timezone.localdate())
    assert Market(rf.get("/market/").GET).total == 2
    tomorrow = timezone.localdate() + timedelta(days=1)
    monkeypatch.setattr(timezone, "localdate", lambda *_args: tomorrow)
    assert Market(rf.get("/market/").GET).total == 1


def test_a_write_that_comes_to_light_late_names_a_new_state(exhibitor, organiser):
    first = log(exhibitor, "one", by=organiser)
    log(exhibitor, "two", by=organiser)
    late = Event.objects.filter(pk=first.pk)
    values = late.values()[0]
    late.delete()  # As if its transaction had not committed yet.
    before = kept.state_of_the_market()
    Event.objects.create(**values)
    assert kept.state_of_the_market() != before


def test_what_nobody_counts_names_no_new_state(exhibitor, boris):
    before = kept.state_of_the_market()
    log(boris, "sign_in", by=boris)
    assert kept.state_of_the_market() == before
    log(exhibitor, "verify", by=boris)
    assert kept.state_of_the_market() != before


def test_counts_are_worked_out_once_until_something_is_written(postings, exhibitor, supplier_segment, rf, count_queries):
    state = kept.state_of_the_market()
    made = [kept.kept("name", state, object), kept.kept("name", state, object)]
    assert made[0] is made[1]
    builders.offer(exhibitor, supplier_segment)
    assert kept.kept("name", kept.state_of_the_market(), object) is not made[0]
    assert count_queries(kept.state_of_the_market) == 1


def test_other_filters_are_counted_anew(postings, rf):
    for query in ("?country=CN", "?q=foil", "?certificate=ce", "?chain=nowhere", "?lead_max=x", "?stage=midstream&hs=85"):
        assert Market(rf.get(f"/market/{query}").GET)._kept_name is None, query


def test_no_more_is_kept_than_there_is_room_for(db):
    for number in range(kept.MOST_COUNTS + 5):
        kept.kept(f"{number}", "state", object)
        kept.kept_list(f"{number}", "state", object)
    assert (len(kept._counts.rows), len(kept._lists.rows)) == (kept.MOST_COUNTS, kept.MOST_LISTS)


def fits_of(offer, visitor):
    """Return what fits an offer as it is kept, and found anew."""
    seen = Offer.objects.for_page().get(pk=offer.pk)
    there = fits_for_offer(seen, visitor=visitor)
    return there, queries._requests_that_fit(seen, [], 10)


def test_kept_fits_follow_every_kind_of_write(exhibitor, buyer, anna, boris, organiser, supplier_segment, customer_segment, chain):
    offer = builders.offer(exhibitor, supplier_segment, certificates=("CE",), lead_time_days=40)
    request = actions.save_request(
        None, by=anna, registration=buyer, fields={"segment": supplier_segment, "title": "Cells wanted", "unit": "kg"}, certificates=("CE",)
    )
    actions.submit_posting(request, by=anna)
    request.refresh_from_db()
    if request.status == "submitted":
        actions.publish_posting(request, by=organiser)

    def totals(visitor=None):
        there, fresh = fits_of(offer, visitor or AnonymousUser())
        assert there == fresh
        return there.total

    assert totals() == 1
    actions.save_request(request, by=anna, registration=buyer, fields={"title": "Many cells wanted"})
    assert totals() == 1
    actions.save_request(request, by=anna, registration=buyer, fields={"visibility": "name_hidden"})
    there, fresh = fits_of(offer, AnonymousUser())
    assert there == fresh
    actions.pause_posting(request, by=anna)
    assert totals() == 0
    actions.resume_posting(request, by=anna)
    offer.lead_time_days = None
    offer.save()
    assert totals() == 1
    OfferCertificate.objects.filter(offer=offer).delete()
    offer.save()
    assert totals() == 0
    builders.sourcing_request(buyer, builders.segment(chain, slug="other"))
    builders.link(supplier_segment, Segment.objects.get(slug="other"))
    assert totals() == 1
    buyer.company.name = "Aurora Works"
    buyer.company.save()
    assert totals() == 1
    buyer.status = Registration.Status.WITHDRAWN
    buyer.save()
    assert totals() == 0


def test_who_blocks_gets_fits_of_their_own(exhibitor, buyer, boris, supplier_segment):
    offer = builders.offer(exhibitor, supplier_segment)
    builders.sourcing_request(buyer, supplier_segment)
    assert fits_of(offer, AnonymousUser())[0].total == 1
    Block.objects.create(company=exhibitor.company, blocked=buyer.company)
    assert fits_of(offer, boris)[0].total == 0
    assert fits_of(offer, AnonymousUser())[0].total == 1


def test_a_company_s_postings_follow_writes(exhibitor, boris, organiser, supplier_segment, client):
    offer = publish(exhibitor, boris, organiser, supplier_segment)
    address = f"/companies/{exhibitor.company.slug}/"
    assert [card["title"] for card in client.get(address).context["page"].offers] == ["Anode foil"]
    Offer.objects.get(pk=offer.pk).delete()
    assert client.get(address).context["page"].offers == []
    offer = publish(exhibitor, boris, organiser, supplier_segment)
    assert len(client.get(f"/zh{address}").context["page"].offers) == 1
    actions.withdraw_posting(offer, by=boris)
    assert client.get(address).context["page"].offers == []
