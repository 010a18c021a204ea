"""Keys of the API: what they open, for whom, until when; and that nothing holds their secret."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from expo.accounts import actions
from expo.accounts.errors import TooManyKeys
from expo.accounts.models import ApiKey, User
from expo.foundation.errors import Invalid, NotAllowed
from expo.foundation.models import Event, OutboxMessage
from expo.foundation.staff import vouched
from tests import builders

ME = "/api/v1/me/"
NEW = {"name": "Stock system", "scope": "write", "days": 90}


def make(user, **given):
    return actions.make_key(user, by=user, **{**NEW, "with_second_factor": False, **given})


def with_key(secret):
    return Client(headers={"authorization": f"Bearer {secret}"})


@pytest.fixture
def fresh(client_of):
    """A browser whose person has just given the password."""

    def signed_in(user):
        client = client_of(user)
        client.post("/accounts/reauthenticate/", {"password": builders.PASSWORD})
        return client

    return signed_in


def test_a_key_acts_as_its_person(anna):
    _key, secret = make(anna)
    answer = with_key(secret).get(ME)
    assert (answer.status_code, answer.json()["email"]) == (200, anna.email)
    assert answer["Cache-Control"] == "private, no-store"
    assert "Authorization" in answer["Vary"]
    assert not answer.cookies


def test_nothing_keeps_the_secret(anna, caplog):
    key, secret = make(anna)
    with_key(secret).get(ME)
    stored = ApiKey.objects.filter(pk=key.pk).values().get()
    said = [
        *stored.values(),
        *Event.objects.values_list("data", flat=True),
        *OutboxMessage.objects.values_list("body", flat=True),
        caplog.text,
    ]
    assert not [one for one in map(str, said) if secret[15:] in one]
    assert stored["token_key"] == secret[:15]
    assert len(secret) == 68


def test_wrong_and_ended_keys_are_one_answer(anna, client):
    """Wrong, expired, revoked, of somebody switched off, of somebody unconfirmed, made under another password: byte for byte the same."""
    cases = {}
    for name in ("expired", "revoked", "inactive", "unverified", "password"):
        person = User.objects.create_user(f"{name}@example.com", "x")
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
        key, cases[name] = make(person)
        assert with_key(cases[name]).get(ME).status_code == 200
        if name == "expired":
            ApiKey.objects.filter(pk=key.pk).update(expiry=timezone.now())
        elif name == "revoked":
            actions.revoke_key(key, by=person)
        elif name == "inactive":
            User.objects.filter(pk=person.pk).update(is_active=False)
        elif name == "unverified":
            EmailAddress.objects.filter(user=person).update(verified=False)
        else:
            person.set_password("another")
            person.save()
    secret = make(anna)[1]
    cases |= {
        "wrong": "icx_" + "0" * 64,
        "near": secret[:-1] + ("0" if secret[-1] != "0" else "1"),
        "upper": secret.upper(),
        "huge": "x" * 5000,
    }
    answers = {name: with_key(one).get(ME) for name, one in cases.items()}
    answers |= {
        "none": client.get(ME, headers={"authorization": "Bearer"}),
        "two": client.get(ME, headers={"authorization": f"Bearer {secret} x"}),
    }
    assert {answer.status_code for answer in answers.values()} == {401}
    assert {answer.content for answer in answers.values()} == {answers["wrong"].content}
    assert {answer["WWW-Authenticate"] for answer in answers.values()} == {'Bearer realm="api"'}


def test_a_wrong_key_is_not_rescued_by_a_session(client_of, anna):
    assert client_of(anna).get(ME, headers={"authorization": "Bearer nothing"}).status_code == 401


def test_a_wrong_key_reads_not_even_what_is_public(db):
    assert with_key("nothing").get("/api/v1/editions/").status_code == 401


def test_a_key_that_reads_writes_nothing(anna):
    _key, secret = make(anna, scope="read")
    assert with_key(secret).get(ME).status_code == 200
    answer = with_key(secret).patch(ME, {"full_name": "Other"}, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "key_reads_only")
    anna.refresh_from_db()
    assert anna.full_name == "Anna Adler"


def test_a_key_opens_no_page(anna):
    assert with_key(make(anna)[1]).get("/account/").status_code == 302


def test_a_key_needs_no_token_against_forgery(anna):
    client = Client(enforce_csrf_checks=True, headers={"authorization": f"Bearer {make(anna)[1]}"})
    assert client.patch(ME, {"phone": "+49 30 2"}, "application/json").status_code == 200


def test_reading_with_a_key_takes_one_query_for_the_key(anna, edition, count_queries):
    client, plain = with_key(make(anna, scope="read")[1]), Client()
    for _time in range(4):
        client.get("/api/v1/editions/")  # The use is noted, and grants for more than one are taken.
    assert count_queries(lambda: client.get("/api/v1/editions/")) == count_queries(lambda: plain.get("/api/v1/editions/")) + 1


def test_use_is_noted_at_most_every_five_minutes(anna):
    key, secret = make(anna)
    with_key(secret).get(ME)
    key.refresh_from_db()
    first = key.last_used_at
    assert first is not None
    with_key(secret).get(ME)
    key.refresh_from_db()
    assert key.last_used_at == first
    ApiKey.objects.update(last_used_at=first - timedelta(minutes=6))
    with_key(secret).get(ME)
    key.refresh_from_db()
    assert key.last_used_at > first


def test_ten_keys_live_and_an_ended_one_makes_room(anna):
    keys = [make(anna)[0] for _number in range(10)]
    with pytest.raises(TooManyKeys):
        make(anna)
    assert ApiKey.objects.count() == 10
    actions.revoke_key(keys[0], by=anna)
    make(anna)


@pytest.mark.parametrize("given", [{"name": ""}, {"name": "x" * 81}, {"scope": "admin"}, {"days": 0}, {"days": 367}, {"days": -1}])
def test_a_key_has_a_name_a_scope_and_an_end(anna, given):
    with pytest.raises(Invalid) as refusal:
        make(anna, **given)
    assert list(refusal.value.fields) == list(given)
    assert not ApiKey.objects.exists()


def test_who_has_no_confirmed_address_has_no_key(carla, anna):
    EmailAddress.objects.filter(user=carla).update(verified=False)
    with pytest.raises(NotAllowed):
        make(carla)
    with pytest.raises(NotAllowed):
        actions.make_key(carla, by=anna, with_second_factor=False, **NEW)
    assert not ApiKey.objects.exists()


def test_the_person_is_told_of_a_new_key(anna):
    make(anna, name="Till\r\nBcc: x")
    message = OutboxMessage.objects.get()
    assert (message.recipient, message.subject) == (anna, "A new API key: Till Bcc: x")


def test_another_persons_key_does_not_exist(anna, boris, client_of):
    key, _secret = make(anna)
    for address in (f"/accounts/keys/{key.pk}/revoke/", f"/api/v1/keys/{key.pk}/revoke/"):
        assert client_of(boris).post(address).status_code == 404
    assert client_of(boris).get("/api/v1/keys/").json()["results"] == []
    foreign, missing = (client_of(boris).get(f"/api/v1/keys/{pk}/") for pk in (key.pk, 987654))
    assert (foreign.status_code, foreign.content) == (404, missing.content)
    with pytest.raises(NotAllowed):
        actions.revoke_key(key, by=boris)
    key.refresh_from_db()
    assert key.revoked_at is None


def test_a_key_lists_and_revokes_keys_over_the_api(anna):
    key, secret = make(anna)
    (row,) = with_key(secret).get("/api/v1/keys/").json()["results"]
    assert (row["name"], row["begins_with"], row["is_live"]) == ("Stock system", secret[:15], True)
    answer = with_key(secret).post(f"/api/v1/keys/{key.pk}/revoke/")
    assert (answer.status_code, answer.json()["is_live"]) == (200, False)
    assert with_key(secret).get(ME).status_code == 401
    assert Event.objects.filter(verb="revoke_key").count() == 1


def test_keys_are_not_made_over_the_api(anna):
    assert with_key(make(anna)[1]).post("/api/v1/keys/", NEW, "application/json").status_code == 405


def test_a_key_of_staff_made_without_two_steps_is_a_visitors(organiser, settings, edition):
    settings.STAFF_SECOND_FACTOR = True
    TOTP.activate(organiser, generate_totp_secret())
    weak, strong = make(organiser)[1], make(organiser, with_second_factor=True)[1]
    rights = {}
    for name, secret in (("weak", weak), ("strong", strong)):
        request = with_key(secret).get("/api/v1/editions/").wsgi_request
        rights[name] = (
            request.user.acts_as_staff,
            request.user.has_perm("accounts.change_user"),
            request.user.has_module_perms("accounts"),
        )
    assert rights == {"weak": (False, False, False), "strong": (True, True, True)}


def test_a_right_given_by_a_group_is_not_carried_either(organiser, settings):
    settings.STAFF_SECOND_FACTOR = True
    helper = User.objects.create_user("helper@example.com", "x", is_staff=True)
    helper.user_permissions.add(Permission.objects.get(codename="change_user"))
    assert vouched(User.objects.get(pk=helper.pk)).has_perm("accounts.change_user")
    assert not User.objects.get(pk=helper.pk).has_perm("accounts.change_user")


def test_a_key_loses_the_rights_of_staff_with_the_second_factor(organiser, settings, edition):
    settings.STAFF_SECOND_FACTOR = True
    secret = make(organiser, with_second_factor=True)[1]
    assert not with_key(secret).get("/api/v1/editions/").wsgi_request.user.acts_as_staff


def test_the_page_shows_a_new_key_once(anna, fresh):
    client = fresh(anna)
    page = client.post("/accounts/keys/", NEW)
    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store, private"
    (key,) = ApiKey.objects.all()
    secret = page.context["secret"]
    assert page.text.count(secret) == 1
    assert (key.user, key.name, key.scope, key.with_second_factor) == (anna, "Stock system", "write", False)
    assert (key.expiry - key.created).days in {89, 90}
    again = client.get("/accounts/keys/")
    assert secret not in again.text
    assert secret[:15] in again.text
    assert secret[15:] not in str(dict(client.session))
    assert with_key(secret).get(ME).status_code == 200


def test_the_page_asks_for_the_password_first(anna, client_of):
    answer = client_of(anna).post("/accounts/keys/", NEW)
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/accounts/reauthenticate/")
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("wrong", [{"name": ""}, {"scope": "admin"}, {"days": "9999"}])
def test_the_page_says_what_is_wrong(anna, fresh, wrong):
    page = fresh(anna).post("/accounts/keys/", {**NEW, **wrong})
    assert list(page.context["form"].errors) == list(wrong)
    assert not ApiKey.objects.exists()


def test_the_eleventh_key_is_refused_on_the_page(anna, fresh):
    for _number in range(10):
        make(anna)
    page = fresh(anna).post("/accounts/keys/", NEW)
    assert (page.status_code, ApiKey.objects.count()) == (409, 10)
    assert "ten keys already" in page.text


def test_a_key_made_after_a_code_carries_the_second_factor(organiser, client_of, settings):
    settings.STAFF_SECOND_FACTOR = True
    secret = generate_totp_secret()
    TOTP.activate(organiser, secret)
    client = client_of(organiser)
    client.post(
        "/accounts/2fa/reauthenticate/", {"code": format_hotp_value(hotp_value(secret, yield_hotp_counters_from_time().__next__()))}
    )
    client.post("/accounts/keys/", NEW)
    assert ApiKey.objects.get().with_second_factor


def test_the_page_revokes(anna, client_of):
    key, secret = make(anna)
    assert client_of(anna).post(f"/accounts/keys/{key.pk}/revoke/").headers["Location"] == "/accounts/keys/"
    assert with_key(secret).get(ME).status_code == 401
    assert "revoked" in client_of(anna).get("/accounts/keys/").text


def test_the_organiser_sees_and_ends_keys_but_no_secret(organiser, anna, client_of):
    key, secret = make(anna)
    client = client_of(organiser)
    for address in ("/admin/accounts/apikey/", f"/admin/accounts/apikey/{key.pk}/change/"):
        page = client.get(address)
        assert "Stock system" in page.text
        assert not [one for one in (secret[:15], key.digest, key.password_stamp) if one in page.text]
    assert client.get("/admin/accounts/apikey/add/").status_code == 403
    client.post("/admin/accounts/apikey/", {"action": "revoke", "_selected_action": [key.pk]})
    assert with_key(secret).get(ME).status_code == 401


def test_ended_keys_are_forgotten_after_ninety_days(anna):
    old, recent, live = (make(anna)[0] for _number in range(3))
    ApiKey.objects.filter(pk=old.pk).update(revoked_at=timezone.now() - timedelta(days=91))
    ApiKey.objects.filter(pk=recent.pk).update(expiry=timezone.now() - timedelta(days=89))
    assert actions.forget_ended_keys() == 1
    assert set(ApiKey.objects.all()) == {recent, live}


def test_me_is_read_and_changed(anna):
    client = with_key(make(anna)[1])
    answer = client.patch(ME, {"full_name": "Anna  A.", "time_zone": "Europe/Berlin"}, "application/json")
    assert (answer.status_code, answer.json()["full_name"], answer.json()["time_zone"]) == (200, "Anna A.", "Europe/Berlin")
    assert answer.json()["phone"] == "+49 30 1234567"
    assert client.get(ME)["ETag"] == answer["ETag"]


@pytest.mark.parametrize(
    "body",
    [
        {"email": "x@example.com"},
        {"is_staff": True},
        {"password": "x"},
        {"time_zone": "Mars/Olympus"},
        {"language": "de"},
        {"full_name": " "},
        {"phone": None},
    ],
    ids=str,
)
def test_me_takes_nothing_else(anna, body):
    answer = with_key(make(anna)[1]).patch(ME, body, "application/json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, list(body))
    assert User.objects.get(pk=anna.pk).__dict__ | {"_state": 0} == anna.__dict__ | {"_state": 0}


def test_nobody_has_no_me(client, db):
    assert (client.get(ME).status_code, client.get("/api/v1/keys/").status_code) == (401, 401)
