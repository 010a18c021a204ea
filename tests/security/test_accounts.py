"""Signing up and in: the same answer for known and unknown, no way elsewhere, no link to a forged host, and what ends a session."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.core import mail
from django.test import Client

from expo.accounts.models import User
from tests import builders

NEW = {"full_name": "Some Body", "password1": "a long and strange sentence", "password2": "a long and strange sentence"}
ELSEWHERE = ["https://evil.example/", "//evil.example/", "\\\\evil.example", "/\\evil.example", "javascript:alert(1)", "https:evil.example"]
ELSEWHERE += [
    "http://testserver@evil.example/",
    "////evil.example",
    "\t//evil.example",
    "data:text/html,x",
    "https://testserver.evil.example/",
]


def seen(answer: Any, *own: str) -> tuple[Any, ...]:
    """Return all that a stranger could compare: status, page and headers, without what was typed and the tokens."""
    text = answer.content.decode()
    for word in own:
        text = text.replace(word, "")
    plain = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    headers = {name: value for name, value in answer.items() if name not in {"Content-Length", "Expires"}}
    return answer.status_code, plain, headers, sorted(answer.cookies)


@pytest.mark.parametrize(
    ("address", "field", "more"),
    [
        ("/accounts/signup/", "email", NEW),
        ("/accounts/password/reset/", "email", {}),
        ("/accounts/login/", "login", {"password": "wrong but long enough"}),
    ],
)
def test_nobody_learns_who_has_an_account(address, field, more, carla):
    answers = []
    for email in ("carla@example.com", "nobody@example.com"):
        client = Client()
        client.get(address)
        answers.append(seen(client.post(address, {field: email, **more}), email))
    assert answers[0] == answers[1]


def test_an_address_of_somebody_else_is_added_like_any_other(carla, organiser, client_of):
    answers = []
    for email in (organiser.email, "nobody@example.com"):
        client = client_of(carla)
        client.post("/accounts/reauthenticate/", {"password": builders.PASSWORD})
        answers.append(seen(client.post("/accounts/email/", {"action_add": "", "email": email}), email))
        EmailAddress.objects.filter(user=carla, verified=False).delete()
    assert answers[0] == answers[1]


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_nobody_is_led_elsewhere(elsewhere, carla, client_of):
    client = Client()
    assert "evil.example" not in re.sub(
        r'value="[^"]*"|href="[^"]*next=[^"]*"', "", client.get("/accounts/login/", {"next": elsewhere}).text
    )
    signed_in = client.post("/accounts/login/", {"login": carla.email, "password": builders.PASSWORD, "next": elsewhere})
    led = [signed_in, client_of(carla).post("/accounts/logout/", {"next": elsewhere})]
    led.append(Client().post("/accounts/signup/", {**NEW, "email": "new@example.com", "next": elsewhere}))
    led.append(client_of(carla).post("/accounts/reauthenticate/", {"password": builders.PASSWORD, "next": elsewhere}))
    led.append(client_of(carla).get("/accounts/login/", {"next": elsewhere}))
    led.append(client_of(carla).get("/admin/login/", {"next": elsewhere}))
    for answer in led:
        assert answer.status_code in {302, 403}
        assert not re.match(r"\s*(\w+:|//|\\|/\\)", answer.get("Location", "")), answer["Location"]
    assert all("evil.example" not in str(letter.body) for letter in mail.outbox)


@pytest.mark.parametrize(
    "forged", [{"x-forwarded-host": "evil.example"}, {"x-forwarded-server": "evil.example"}, {"forwarded": "host=evil.example"}]
)
def test_links_in_mails_lead_to_the_site_alone(forged, carla):
    Client(headers=forged).post("/accounts/password/reset/", {"email": carla.email})
    Client(headers={"host": "localhost"}).post("/accounts/password/reset/", {"email": carla.email})
    Client(headers={"host": "localhost"}).post("/accounts/password/reset/", {"email": "nobody@example.com"})
    Client(headers={"host": "localhost"}).post("/accounts/signup/", {**NEW, "email": carla.email})
    Client(headers=forged).post("/accounts/signup/", {**NEW, "email": "new@example.com"})
    links = [link for letter in mail.outbox for link in re.findall(r"https?://\S+", str(letter.body))]
    assert len(mail.outbox) == 5
    assert len(links) >= 5
    assert all(link.startswith("http://testserver/") for link in links)
    assert Client(headers={"host": "evil.example"}).post("/accounts/password/reset/", {"email": carla.email}).status_code == 400


def test_guessing_is_stopped_and_kept_apart_from_forged_addresses(carla):
    """Who stands in front of the site is counted, not what a request claims; the right password does not help then either."""
    for number in range(8):
        Client(headers={"x-forwarded-for": f"203.0.113.{number}"}).post(
            "/accounts/login/", {"login": carla.email, "password": f"guess {number}"}
        )
    late = Client()
    late.post("/accounts/login/", {"login": carla.email, "password": builders.PASSWORD})
    assert "_auth_user_id" not in late.session


def test_limits_are_shared_by_all_processes():
    kept = settings.CACHES if "locmem" not in str(settings.CACHES) else __import__("expo.settings.base", fromlist=["CACHES"]).CACHES
    assert kept["default"]["BACKEND"].endswith(("DatabaseCache", "RedisCache"))
    assert settings.ALLAUTH_TRUSTED_PROXY_COUNT == 0
    assert getattr(settings, "ACCOUNT_RATE_LIMITS", None) is None  # The library's own, which are on.


def test_an_unverified_address_does_not_enter(db):
    client = Client()
    client.post("/accounts/signup/", {**NEW, "email": "new@example.com"})
    assert User.objects.filter(email="new@example.com").exists()
    again = Client()
    again.post("/accounts/login/", {"login": "new@example.com", "password": NEW["password1"]})
    for one in (client, again):
        assert "_auth_user_id" not in one.session
        assert one.get("/desk/").status_code == 302


def test_a_changed_password_ends_every_other_session(carla):
    here, there = Client(), Client()
    for one in (here, there):
        one.post("/accounts/login/", {"login": carla.email, "password": builders.PASSWORD})
        assert one.get("/desk/").status_code == 200
    changed = {"oldpassword": builders.PASSWORD, "password1": NEW["password1"], "password2": NEW["password1"]}
    assert here.post("/accounts/password/change/", changed).status_code == 302
    assert (here.get("/desk/").status_code, there.get("/desk/").status_code) == (200, 302)


def test_who_is_made_inactive_is_out_at_once(carla, client_of):
    client = client_of(carla)
    assert client.get("/desk/").status_code == 200
    User.objects.filter(pk=carla.pk).update(is_active=False)
    assert client.get("/desk/").status_code == 302


def test_a_session_is_ended_from_another_one(carla):
    here, there = Client(), Client()
    for one in (here, there):
        one.post("/accounts/login/", {"login": carla.email, "password": builders.PASSWORD})
    assert here.post("/accounts/sessions/").status_code == 302
    assert (here.get("/desk/").status_code, there.get("/desk/").status_code) == (200, 302)


def test_a_second_factor_is_asked_for_and_its_secret_is_shown_once(carla):
    TOTP.activate(carla, generate_totp_secret())
    client = Client()
    answer = client.post("/accounts/login/", {"login": carla.email, "password": builders.PASSWORD})
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in client.session
    assert client.get("/desk/").status_code == 302
    assert client.get("/admin/login/?next=/admin/")["Location"].startswith("/accounts/login/")
    secret = Authenticator.objects.get(user=carla, type="totp").data["secret"]
    inside = Client()
    inside.force_login(carla)
    assert secret not in inside.get("/accounts/2fa/").text


@pytest.mark.parametrize("address", ["/accounts/2fa/totp/activate/", "/accounts/2fa/recovery-codes/generate/", "/accounts/email/"])
def test_what_could_lock_out_the_owner_wants_the_password_again(address, carla, client_of):
    """`force_login` leaves no fresh proof, like a session of last week."""
    client = client_of(carla)
    answer = client.post(address, {"action_add": "", "email": "other@example.com"})
    assert answer.status_code in {302, 403, 404}
    assert not EmailAddress.objects.filter(email="other@example.com").exists()
    assert not Authenticator.objects.filter(user=carla).exists()
