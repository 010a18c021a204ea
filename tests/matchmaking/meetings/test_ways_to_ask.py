"""The buttons that lead to asking, and what the desk shows of meetings."""

import pytest

from matchmaking.meetings import actions
from matchmaking.meetings.models import Slot
from tests import builders
from tests.matchmaking.meetings.stage import begin_in


@pytest.fixture
def offer(stage, supplier_segment):
    return builders.offer(stage.exhibitor, supplier_segment)


def test_a_posting_leads_to_asking_for_everybody_but_its_own_people(stage, client_of, offer):
    address = f'href="/meetings/ask/?offer={offer.pk}"'
    for person, is_there in ((stage.anna, True), (None, True), (stage.boris, False)):
        assert (address in client_of(person).get(f"/offers/{offer.pk}/").content.decode()) is is_there


def test_a_companys_page_leads_to_asking_for_everybody_but_its_own_people(stage, client_of):
    slug = stage.exhibitor.company.slug
    address = f'href="/meetings/ask/?company={slug}"'
    clerk = builders.person()
    builders.member(stage.exhibitor.company, clerk, role="representative")
    for person, is_there in ((stage.anna, True), (None, True), (stage.boris, False), (clerk, False)):
        assert (address in client_of(person).get(f"/companies/{slug}/").content.decode()) is is_there


def test_where_there_are_no_meetings_nothing_leads_to_asking(exhibitor, anna, client_of, supplier_segment):
    offer = builders.offer(exhibitor, supplier_segment)
    for address in (f"/offers/{offer.pk}/", f"/companies/{exhibitor.company.slug}/"):
        assert "/meetings/ask/" not in client_of(anna).get(address).content.decode()


def test_a_wish_to_meet_leads_on_to_asking(stage, client_of, offer, supplier_segment):
    wanted = builders.sourcing_request(stage.buyer, supplier_segment)
    builders.match(wanted, offer)
    anna, address = client_of(stage.anna), f"/meetings/ask/?request={wanted.pk}&amp;offer={offer.pk}"
    page = f"/requests/{wanted.pk}/matches/"
    assert address not in anna.get(page).content.decode()
    anna.post(f"/requests/{wanted.pk}/matches/{offer.pk}/verdict/", {"side": "buyer", "says": "interested"})
    assert address in anna.get(page).content.decode()
    assert anna.get(address.replace("&amp;", "&")).status_code == 200


def test_the_desk_shows_what_is_next_and_what_waits(stage, client_of):
    begin_in(60)
    stage.met(Slot.objects.for_meetings()[0])
    other = stage.another("exhibitor")
    actions.ask(other, stage.buyer, by=stage.person_of(other))
    page = client_of(stage.anna).get("/desk/").content.decode()
    assert "in 60 minutes" in page or "in 59 minutes" in page
    assert f"{other.company.title} would like to meet" in page
    assert 'href="/desk/meetings/"' in page
    assert "Borealis" not in client_of(stage.carla).get("/desk/").content.decode()


def test_a_companys_page_leads_staff_to_its_meetings(stage, client_of):
    page = f"/companies/{stage.exhibitor.company.slug}/"
    address = f'href="/organiser/meetings/participants/{stage.exhibitor.pk}/"'
    assert address in client_of(stage.organiser).get(page).content.decode()
    assert address not in client_of(stage.boris).get(page).content.decode()
