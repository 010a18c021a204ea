"""The organiser's calls ask for the second factor that the desk's door asks for."""

import pytest
from allauth.mfa.models import Authenticator

from matchmaking.participants.models import Registration
from tests import builders


@pytest.fixture
def sent(edition, borealis):
    return builders.registration(borealis, edition, role="buyer", status="submitted", decided_at=None)


@pytest.fixture(autouse=True)
def _asks_for_two_steps(settings):
    settings.STAFF_SECOND_FACTOR = True


def test_staff_with_a_password_alone_are_like_anybody_over_the_api(sent, exhibitor, organiser, client_of):
    client = client_of(organiser)
    assert client.get(f"/api/v1/registrations/{sent.pk}/").status_code == 404
    assert client.post(f"/api/v1/registrations/{sent.pk}/verify/", {}, "application/json").status_code == 404
    assert client.post(f"/api/v1/registrations/{exhibitor.pk}/reject/", {"reason": "No."}, "application/json").status_code == 403
    assert list(Registration.objects.order_by("pk").values_list("status", flat=True)) == ["verified", "submitted"]
    organiser.refresh_from_db()
    assert (organiser.is_staff, organiser.is_superuser) == (True, True)


def test_staff_with_two_steps_decide_over_the_api(sent, organiser, client_of):
    Authenticator.objects.create(user=organiser, type=Authenticator.Type.TOTP, data={"secret": "x"})
    verify = f"/api/v1/registrations/{sent.pk}/verify/"
    assert client_of(organiser).post(verify, {}, "application/json").status_code == 404  # Turned on, and not given here.
    answer = builders.with_two_steps(client_of(organiser)).post(verify, {}, "application/json")
    assert (answer.status_code, answer.json()["status"]) == (200, "verified")


def test_others_need_no_second_factor(exhibitor, boris, client_of):
    answer = client_of(boris).patch(f"/api/v1/registrations/{exhibitor.pk}/", {"external_id": "R-1"}, "application/json")
    assert (answer.status_code, answer.json()["external_id"]) == (200, "R-1")
