import pytest
from django.contrib.auth.models import Permission

from expo.foundation.models import Event, OutboxMessage
from matchmaking.marketplace.models import Certificate, Offer
from tests import builders


@pytest.fixture
def desk(organiser, client_of):
    return client_of(organiser)


@pytest.fixture
def waiting(exhibitor, supplier_segment):
    return [builders.offer(exhibitor, supplier_segment, status="submitted", certificates=("CE",)) for _number in range(2)]


def act(client, action, rows):
    return client.post("/admin/marketplace/offer/", {"action": action, "_selected_action": [row.pk for row in rows]}, follow=True)


def test_postings_are_published_in_bulk_and_what_refuses_is_named(desk, waiting, exhibitor, supplier_segment):
    published = builders.offer(exhibitor, supplier_segment, title="Out already")
    page = act(desk, "publish", [*waiting, published]).content.decode()
    assert "2 postings published." in page
    assert "Out already" in page
    assert sorted(Offer.objects.values_list("status", flat=True)) == ["published"] * 3
    assert OutboxMessage.objects.count() == 2


def test_changes_are_asked_for_on_a_page_of_their_own(desk, waiting):
    page = act(desk, "ask_for_changes", waiting)
    assert "What to change" in page.content.decode()
    address = page.redirect_chain[-1][0]
    assert desk.post(address, {"reason": ""}).status_code == 200
    assert not Event.objects.exists()
    desk.post(address, {"reason": "Give the capacity"})
    assert set(Offer.objects.values_list("status", "review_reason")) == {("changes_requested", "Give the capacity")}


def test_one_posting_is_decided_from_its_own_page(desk, waiting):
    page = desk.get(f"/admin/marketplace/offer/{waiting[0].pk}/change/").content.decode()
    assert f"/admin/marketplace/offer/decide/publish/?ids={waiting[0].pk}" in page
    assert f'href="/offers/{waiting[0].pk}/"' in page
    desk.post(f"/admin/marketplace/offer/decide/publish/?ids={waiting[0].pk}")
    waiting[0].refresh_from_db()
    assert waiting[0].status == "published"


def test_helpers_without_the_permission_decide_nothing(waiting, client_of):
    helper = builders.person("helper@example.com", is_staff=True)
    helper.user_permissions.add(Permission.objects.get(codename="view_offer"))
    client = client_of(helper)
    assert client.get("/admin/marketplace/offer/").status_code == 200
    for verb in ("publish", "changes"):
        assert client.post(f"/admin/marketplace/offer/decide/{verb}/?ids={waiting[0].pk}", {"reason": "x"}).status_code == 403
    act(client, "publish", waiting)
    assert set(Offer.objects.values_list("status", flat=True)) == {"submitted"}


@pytest.mark.parametrize("path", ["offer/", "sourcingrequest/", "certificate/", "offer/decide/publish/?ids=1"])
def test_others_do_not_get_in(path, carla, boris, client, client_of):
    for browser in (client, client_of(carla), client_of(boris)):
        assert browser.get(f"/admin/marketplace/{path}").status_code == 302


def test_a_text_is_corrected_through_the_action(desk, waiting, supplier_segment):
    offer = waiting[0]
    data = {
        "segment": supplier_segment.pk,
        "title": "Corrected",
        "language": "en",
        "unit": "pc",
        "certificates-TOTAL_FORMS": 0,
        "certificates-INITIAL_FORMS": 0,
    }
    answer = desk.post(f"/admin/marketplace/offer/{offer.pk}/change/", {**data, "status": "published"})
    assert answer.status_code == 302
    offer.refresh_from_db()
    assert (offer.title, offer.status) == ("Corrected", "submitted")
    assert Event.objects.get().verb == "correct"
    assert offer.history.count() == 2


def test_what_has_ended_is_read_only(desk, waiting):
    Offer.objects.update(status="withdrawn")
    page = desk.get(f"/admin/marketplace/offer/{waiting[0].pk}/change/").content.decode()
    assert 'name="_save"' not in page


def test_there_is_no_adding_and_no_deleting(desk, waiting):
    assert desk.get("/admin/marketplace/offer/add/").status_code == 403
    assert desk.get(f"/admin/marketplace/offer/{waiting[0].pk}/delete/").status_code == 403


@pytest.mark.parametrize("ids", ["", "x", "1,2,%00", "9" * 30, "²"])
def test_strange_numbers_find_nothing(ids, desk, db):
    assert desk.get("/admin/marketplace/offer/decide/publish/", {"ids": ids}).status_code == 200


@pytest.mark.parametrize("model", ["offer", "sourcingrequest"])
def test_the_list_takes_the_same_queries_for_one_and_for_thirty(model, desk, exhibitor, buyer, supplier_segment, count_queries):
    def make():
        if model == "offer":
            return builders.offer(exhibitor, supplier_segment, status="submitted")
        return builders.sourcing_request(buyer, supplier_segment, status="submitted")

    make()
    path = f"/admin/marketplace/{model}/?q=o"
    desk.get(path)
    one = count_queries(lambda: desk.get(path))
    for _number in range(29):
        make()
    assert count_queries(lambda: desk.get(path)) == one


def test_a_certificate_is_respelled_and_never_renamed(desk, waiting):
    row = Certificate.objects.get()
    path = f"/admin/marketplace/certificate/{row.pk}/change/"
    assert desk.post(path, {"name": "c.e."}).status_code == 302
    row.refresh_from_db()
    assert row.name == "c.e."
    assert desk.post(path, {"name": "ISO 9001"}).status_code == 200
    row.refresh_from_db()
    assert row.name == "c.e."
    assert "certificate" in desk.get("/admin/marketplace/certificate/").content.decode()


def test_hidden_buyers_are_known_at_the_desk(desk, buyer, supplier_segment):
    request = builders.sourcing_request(buyer, supplier_segment, visibility="name_hidden", status="submitted")
    assert "Aurora Motors" in desk.get("/admin/marketplace/sourcingrequest/").content.decode()
    assert "Aurora Motors" in desk.get(f"/admin/marketplace/sourcingrequest/{request.pk}/change/").content.decode()
