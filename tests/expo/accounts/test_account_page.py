import pytest

from expo.accounts import actions
from expo.accounts.models import User
from expo.foundation.errors import NotAllowed
from expo.foundation.models import Event

GIVEN = {
    "full_name": "Anna  Adler\u202e",
    "phone": "+49 30 999",
    "language": "zh-hans",
    "time_zone": "Europe/Berlin",
    "wants_match_mail": "on",
}


def test_one_changes_ones_own_account(anna, client_of):
    answer = client_of(anna).post("/account/", GIVEN)
    assert answer["Location"] == "/account/"
    anna.refresh_from_db()
    assert (anna.full_name, anna.phone, anna.language, anna.time_zone) == ("Anna Adler", "+49 30 999", "zh-hans", "Europe/Berlin")
    event = Event.objects.get(verb="edit_profile")
    assert event.data == {"fields": ["phone", "language", "time_zone"]}


def test_nothing_else_is_set_from_the_page(anna, client_of):
    given = {**GIVEN, "email": "boss@example.com", "is_staff": "on", "is_superuser": "on", "is_active": "", "password": "x", "id": "1"}
    client_of(anna).post("/account/", given)
    saved = User.objects.get(pk=anna.pk)
    assert (saved.email, saved.is_staff, saved.is_superuser, saved.is_active) == ("anna@example.com", False, False, True)
    assert saved.password == anna.password


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("full_name", ""),
        ("full_name", "x" * 121),
        ("phone", "1" * 41),
        ("language", "de"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../etc/passwd"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(anna, client_of, field, value):
    page = client_of(anna).post("/account/", {**GIVEN, field: value})
    assert page.status_code == 200
    assert 'class="errors"' in page.content.decode()
    anna.refresh_from_db()
    assert anna.phone == "+49 30 1234567"


def test_the_page_is_ones_own(client, anna, carla, client_of):
    assert client.get("/account/")["Location"] == "/accounts/login/?next=/account/"
    shown = client_of(carla).get("/account/")
    assert "Anna" not in shown.content.decode()
    assert "carla@example.com" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]


def test_nobody_changes_somebody_elses_account(anna, carla):
    with pytest.raises(NotAllowed):
        actions.edit_profile(anna, by=carla, full_name="Gone", phone="", language="en", time_zone="Asia/Shanghai")
    anna.refresh_from_db()
    assert anna.full_name == "Anna Adler"


def test_the_page_leads_to_the_others_about_the_account(anna, client_of):
    shown = client_of(anna).get("/account/").content.decode()
    for address in ("/accounts/email/", "/accounts/password/change/", "/accounts/2fa/", "/accounts/sessions/"):
        assert f'href="{address}"' in shown


def test_a_form_without_its_token_is_refused(anna, client_of):
    assert client_of(anna, enforce_csrf_checks=True).post("/account/", GIVEN).status_code == 403


def test_the_page_exists_in_chinese(anna, client_of):
    assert client_of(anna).get("/zh/account/").status_code == 200


def test_one_says_in_which_languages_one_meets(anna, client_of):
    client_of(anna).post("/account/", {**GIVEN, "speaks": ["de", "zh"]})
    anna.refresh_from_db()
    assert anna.speaks == ["de", "zh"]
    assert anna.spoken == {"de", "zh"}
    assert "speaks" in Event.objects.get(verb="edit_profile").data["fields"]


@pytest.mark.parametrize("speaks", [["xx"], ["english"]])
def test_a_language_that_is_none_is_refused(anna, client_of, speaks):
    assert 'class="errors"' in client_of(anna).post("/account/", {**GIVEN, "speaks": speaks}).content.decode()
    anna.refresh_from_db()
    assert anna.speaks == []
