"""What is held in memory is what a query would find: after every kind of write, compared with the database."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import connection
from django.utils import timezone

from expo.foundation import guards
from expo.foundation.eventlog import log, log_all
from expo.foundation.models import Event
from matchmaking.marketplace import actions
from matchmaking.marketplace.models import Offer
from matchmaking.matching import kept
from matchmaking.matching.market import Market
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


def test_a_respelt_certificate_and_a_renamed_segment_show_at_once(postings, organiser, supplier_segment, rf):
    assert ("ce", "CE") in Market(rf.get("/market/").GET).facets.certificates
    certificate = builders.certificate("CE")
    certificate.name = "ce"
    certificate.save()
    log(certificate, "respell", by=organiser)
    assert ("ce", "ce") in Market(rf.get("/market/").GET).facets.certificates
    supplier_segment.name_en = "Cells"
    supplier_segment.save()
    LogEntry.objects.log_actions(organiser.pk, [supplier_segment], CHANGE, change_message="")
    assert [station.name for station in Market(rf.get("/market/").GET).facets.stations["offer"]] == ["Cells"]


def test_the_printed_filters_follow_every_write(postings, exhibitor, boris, organiser, supplier_segment, rf):
    addresses = ("", "?kind=offer", "?chain=smart-vehicle", "?open=true", "?chain=smart-vehicle&chain=other", "?chain=nowhere", "?q=foil")

    def is_fresh():
        for query in addresses:
            page = Market(rf.get(f"/market/{query}").GET)
            assert page.filter_box == page.draw_filter_box(), query

    is_fresh()
    offer = publish(exhibitor, boris, organiser, supplier_segment)
    is_fresh()
    actions.withdraw_posting(offer, by=boris)
    is_fresh()


def test_what_runs_out_overnight_is_not_counted_in_the_morning(postings, rf, monkeypatch):
    Offer.objects.update(valid_until=timezone.localdate())
    assert Market(rf.get("/market/").GET).total == 2
    tomorrow = timezone.localdate() + timedelta(days=1)
    monkeypatch.setattr(timezone, "localdate", lambda *_args: tomorrow)
    assert Market(rf.get("/market/").GET).total == 1


def test_a_write_that_comes_to_light_late_is_followed(exhibitor, supplier_segment, organiser):
    if connection.vendor == "sqlite":
        pytest.skip("there is one writer at a time: rows come to light in the order of their numbers")
    offer = builders.offer(exhibitor, supplier_segment)
    assert len(kept.market_now().columns) == 1
    first = log(offer, "one", by=organiser)
    late = Event.objects.filter(pk=first.pk)
    values = late.values()[0]
    with guards.lifted():  # As if its transaction had not committed yet.
        late.delete()
    log(exhibitor, "two", by=organiser)
    assert len(kept.market_now().columns) == 1
    Offer.objects.filter(pk=offer.pk).update(status="paused")
    Event.objects.create(**values)
    assert len(kept.market_now().columns) == 0


def test_rows_that_were_put_back_have_everything_read_anew(postings, exhibitor, organiser):
    log(exhibitor, "verify", by=organiser)
    before = kept.market_now()
    with guards.lifted():  # As a restore does.
        Event.objects.order_by("-pk")[:1].get().delete()
    assert kept.market_now().read_at > before.read_at


def test_what_nobody_counts_changes_nothing_that_is_kept(postings, exhibitor, boris):
    before = kept.market_now()
    log(boris, "sign_in", by=boris)
    assert kept.market_now().version == before.version
    log(exhibitor, "verify", by=boris)
    after = kept.market_now()
    assert after.people == after.version > before.version
    assert after.read_at == before.read_at, "only the company's rows were read"
    assert after.of_company(exhibitor.company_id) == after.version


def test_a_write_elsewhere_leaves_what_is_kept_of_a_segment(postings, exhibitor, supplier_segment, customer_segment):
    before = kept.market_now()
    builders.offer(exhibitor, supplier_segment)
    after = kept.market_now()
    assert after.of_segments([supplier_segment.pk]) > before.version
    assert after.of_segments([customer_segment.pk]) == before.of_segments([customer_segment.pk])


def test_a_renamed_booth_and_a_new_segment_are_news_for_all(postings, exhibitor, chain, organiser):
    before = kept.market_now()
    log(builders.booth(builders.hall(exhibitor.edition)), "edit_booth", by=organiser)
    after = kept.market_now()
    assert after.of_company(exhibitor.company_id) > before.version
    assert after.columns is before.columns
    made = builders.segment(chain, slug="other")
    assert made.pk in kept.market_now().columns.stops


def test_the_market_is_asked_after_once_and_a_write_costs_two_or_three_queries_more(
    postings, exhibitor, edition, supplier_segment, count_queries
):
    kept.market_now()
    assert count_queries(kept.market_now) == 1
    builders.offer(exhibitor, supplier_segment, certificates=("CE",))
    assert count_queries(kept.market_now) == 3
    assert count_queries(kept.market_now) == 1
    builders.match_run(edition)
    kept.forget()
    kept.market_now()
    builders.offer(exhibitor, supplier_segment, certificates=("CE",))
    assert count_queries(kept.market_now) == 4, "whose lists the offer stands on"


def test_more_than_a_few_hundred_changes_are_read_with_everything_else(postings, exhibitor, organiser):
    before = kept.market_now()
    log_all(((exhibitor, "verify", {}) for _number in range(kept.MOST_CHANGED + 1)), by=organiser)
    assert kept.market_now().read_at > before.read_at


def test_no_more_is_kept_than_there_is_room_for(db):
    for number in range(kept.MOST_KEPT + 5):
        kept.kept(f"{number}", 1, object)
    assert len(kept._shelf) == kept.MOST_KEPT


def test_what_is_kept_is_worked_out_once_for_a_version(db):
    made = [kept.kept("name", 1, object), kept.kept("name", 1, object)]
    assert made[0] is made[1]
    assert kept.kept("name", 2, object) is not made[0]


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
