import pytest
from django.utils import timezone

from matchmaking.participants.actions import ask_to_join
from matchmaking.participants.models import Consent
from tests import builders


def test_a_stranger_signs_in_first(client):
    assert client.get("/desk/")["Location"].startswith("/accounts/login/")


def test_somebody_without_a_company_is_shown_the_way(client_of, carla, edition):
    text = client_of(carla).get("/desk/").text
    assert "Nothing waits for you." in text
    assert 'href="/register/"' in text


def test_what_waits_comes_first_and_says_for_whom(client_of, boris, carla, edition, exhibitor, supplier_segment):
    ask_to_join(exhibitor.company, by=carla, job_title="Engineer")
    builders.registration(exhibitor.company, edition, role="buyer", status="draft")
    builders.offer(exhibitor, supplier_segment, title="Sent back", status="changes_requested", review_reason="Name the certificate.")
    builders.offer(exhibitor, supplier_segment, title="With you", status="submitted")
    waits = client_of(boris).get("/desk/").context["own"].waits
    assert [(wait["title"], wait["is_mine"]) for wait in waits] == [
        ("Carla Costa asks to join Borealis Cells", True),
        ("Finish the registration of Borealis Cells as buyer", True),
        ("Change “Sent back”", True),
        ("“With you” is in review", False),
    ]
    assert waits[2]["note"] == "Name the certificate."
    Consent.objects.update(revoked_at=timezone.now())
    assert client_of(boris).get("/desk/").context["own"].waits[0]["title"] == "Somebody asks to join Borealis Cells"


def test_who_asked_to_join_sees_that_it_waits_and_nothing_of_the_company(client_of, carla, exhibitor, supplier_segment):
    builders.offer(exhibitor, supplier_segment, title="Hidden draft", status="draft")
    builders.member(exhibitor.company, carla, status="asked", role="representative")
    page = client_of(carla).get("/desk/")
    assert "You have asked to join Borealis Cells" in page.text
    assert "Hidden draft" not in page.text
    assert page.context["own"].registrations == []


def test_own_postings_show_their_track_and_what_fits(client_of, anna, boris, buyer, exhibitor, supplier_segment):
    offer = builders.offer(exhibitor, supplier_segment, title="Our cells")
    request = builders.sourcing_request(buyer, supplier_segment, title="Cells wanted")
    assert client_of(boris).get("/desk/").context["own"].postings[0]["note"] == "published"
    builders.match(request, offer)
    page = client_of(boris).get("/desk/")
    assert page.context["own"].postings[0]["note"] == "published, 1 request fits"
    assert page.context["own"].postings[0]["address"] == offer.get_absolute_url()
    assert "Cells wanted" in page.text
    assert "Our cells" in client_of(anna).get("/desk/").text


def test_many_drafts_hide_nothing_that_is_published_or_sent_back(client_of, boris, exhibitor, supplier_segment):
    builders.offer(exhibitor, supplier_segment, title="Sent back", status="changes_requested", review_reason="Name the cell.")
    builders.offer(exhibitor, supplier_segment, title="On the market", status="published")
    for number in range(15):
        builders.offer(exhibitor, supplier_segment, title=f"Draft {number}", status="draft")
    page = client_of(boris).get("/desk/").content.decode()
    assert "Change “Sent back”" in page
    assert "On the market</a>" in page


def test_nobody_sees_the_desk_of_others(client_of, anna, carla, exhibitor, supplier_segment):
    builders.offer(exhibitor, supplier_segment, title="Quiet draft", status="draft")
    for person in (anna, carla):
        assert "Quiet draft" not in client_of(person).get("/desk/").text


def test_agreements_are_shown_to_their_parties_whatever_others_may_see(client_of, boris, carla, edition, chain, exhibitor, buyer):
    builders.agreement(edition, chain, exhibitor.company, buyer.company, title="Between us", visibility="totals_only")
    assert "Between us" in client_of(boris).get("/desk/").text
    assert "Between us" not in client_of(carla).get("/desk/").text


def test_new_postings_are_offered_to_the_role_that_may_write_them(client_of, anna, boris):
    assert "/post/offer/" in client_of(boris).get("/desk/").text
    assert "/post/request/" not in client_of(boris).get("/desk/").text
    assert "/post/request/" in client_of(anna).get("/desk/").text


@pytest.mark.parametrize("status", ["draft", "submitted", "verified", "rejected", "withdrawn"])
def test_every_state_of_a_registration_has_its_words(client_of, boris, exhibitor, status):
    exhibitor.status, exhibitor.rejection_reason = status, "No proof." if status == "rejected" else ""
    exhibitor.save()
    page = client_of(boris).get("/desk/")
    [row] = page.context["own"].registrations
    words = {
        "draft": "Draft",
        "submitted": "With the organiser",
        "verified": "Verified",
        "rejected": "Needs a correction",
        "withdrawn": "Withdrawn",
    }
    assert f">{words[status]}</span>" in page.text
    assert row["address"].startswith(f"/register/{exhibitor.pk}/")


@pytest.mark.parametrize("status", ["draft", "submitted", "changes_requested", "published", "paused", "fulfilled", "expired", "withdrawn"])
def test_every_state_of_a_posting_has_its_place(client_of, boris, exhibitor, supplier_segment, status):
    builders.offer(exhibitor, supplier_segment, status=status, review_reason="Say more.")
    assert client_of(boris).get("/desk/").status_code == 200


def test_the_organiser_sees_the_queues_with_their_counts(client_of, organiser, exhibitor, supplier_segment):
    exhibitor.status = "submitted"
    exhibitor.save()
    builders.offer(exhibitor, supplier_segment, status="submitted")
    client = client_of(organiser)
    queues = client.get("/desk/").context["queues"]
    assert [queue["count"] for queue in queues] == [1, 1, 0, 0, 0]
    for queue in queues:
        assert client.get(queue["address"]).status_code == 200


def test_staff_without_permissions_see_no_queue(client_of, edition):
    staff = builders.person("staff@example.com", is_staff=True)
    assert client_of(staff).get("/desk/").context["queues"] == []


def test_the_number_of_queries_does_not_grow(client_of, boris, exhibitor, buyer, supplier_segment, count_queries):
    def more(number):
        for _ in range(number):
            builders.offer(exhibitor, supplier_segment)
            builders.sourcing_request(buyer, supplier_segment)
        return count_queries(lambda: client.get("/desk/")), count_queries(lambda: client.get("/desk/"))

    client = client_of(boris)
    client.get("/desk/")
    more(1)  # The market's columns are read now; from here on they follow each write.
    assert more(3) == more(4)
    assert max(more(1)) <= 34
