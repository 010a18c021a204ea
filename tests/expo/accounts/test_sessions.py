"""How long a session lasts, and what ends it."""

import time

import pytest
from django.test import Client

from expo.accounts import sessions
from tests import builders

HOUR = 3600


@pytest.fixture
def clock(monkeypatch):
    """Hours that go by when it is called with them."""
    now = [time.time()]
    monkeypatch.setattr(sessions.time, "time", lambda: now[0])

    def go_by(hours):
        now[0] += hours * HOUR

    return go_by


def is_in(client):
    return client.get("/admin/").status_code == 200


def test_staff_who_work_stay_in_for_twelve_hours(clock, client_of, organiser):
    client = client_of(organiser)
    for _visit in range(6):
        assert is_in(client)
        clock(1.99)
    assert is_in(client)
    clock(0.1)
    assert not is_in(client)


def test_staff_who_rest_are_out_after_three_hours(clock, client_of, organiser):
    client = client_of(organiser)
    assert is_in(client)
    clock(2.9)
    assert is_in(client)
    clock(3.1)
    answer = client.get("/admin/participants/company/")
    assert answer.headers["Location"] == "/accounts/login/?next=/admin/participants/company/"
    assert "_auth_user_id" not in client.session
    assert "your time was over" in client.get("/accounts/login/").text


def test_a_form_sent_too_late_changes_nothing(clock, client_of, organiser):
    client = client_of(organiser)
    assert is_in(client)
    clock(4)
    client.post("/admin/accounts/user/add/", {"email": "late@example.com", "full_name": "Late", "language": "en", "time_zone": "UTC"})
    assert not type(organiser).objects.filter(email="late@example.com").exists()


def test_a_visitor_stays_for_days(clock, client_of, carla):
    client = client_of(carla)
    assert client.get("/desk/").status_code == 200
    clock(30)
    assert client.get("/desk/").status_code == 200


def test_the_moment_is_not_written_with_every_page(clock, client_of, organiser, count_queries):
    client = client_of(organiser)
    client.get("/privacy/")
    quiet = count_queries(lambda: client.get("/privacy/"))
    clock(0.2)
    assert count_queries(lambda: client.get("/privacy/")) > quiet
    assert count_queries(lambda: client.get("/privacy/")) == quiet


def signed_in(person):
    client = Client()
    assert client.post("/accounts/login/", {"login": person.email, "password": builders.PASSWORD}).status_code == 302
    return client


def test_changing_the_password_ends_all_other_sessions(carla):
    here, there = signed_in(carla), signed_in(carla)
    assert there.get("/desk/").status_code == 200
    new = {"oldpassword": builders.PASSWORD, "password1": "a new horse and battery", "password2": "a new horse and battery"}
    assert here.post("/accounts/password/change/", new).status_code == 302
    assert there.get("/desk/").status_code == 302
    assert here.get("/account/").status_code == 200


def test_who_is_blocked_is_out_at_once(carla):
    client = signed_in(carla)
    carla.is_active = False
    carla.save()
    assert client.get("/desk/").status_code == 302


def test_ones_sessions_are_listed_and_ended(carla):
    here, there = signed_in(carla), signed_in(carla)
    assert '/accounts/sessions/"' in here.get("/account/").text
    listed = here.get("/accounts/sessions/").text
    assert "Sign out everywhere else" in listed
    here.post("/accounts/sessions/")
    assert there.get("/desk/").status_code == 302
    assert here.get("/desk/").status_code == 200


def test_the_session_gets_a_new_key_when_somebody_signs_in(carla):
    client = Client()
    client.get("/accounts/login/")
    client.session["x"] = 1
    client.session.save()
    before = client.session.session_key
    client.post("/accounts/login/", {"login": carla.email, "password": builders.PASSWORD})
    assert client.session.session_key != before
