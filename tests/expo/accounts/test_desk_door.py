from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from expo.accounts.models import User
from tests import builders


def test_the_desk_is_entered_through_the_sites_own_sign_in(client, db):
    assert client.get("/admin/").headers["Location"] == "/admin/login/?next=/admin/"
    answer = client.get("/admin/login/?next=/admin/accounts/")
    assert answer.headers["Location"] == "/accounts/login/?next=%2Fadmin%2Faccounts%2F"


def test_the_stock_sign_in_form_takes_no_password(client, organiser):
    answer = client.post("/admin/login/", {"username": organiser.email, "password": "correct horse battery staple"})
    assert answer.status_code == 302
    assert "_auth_user_id" not in client.session


def test_the_door_never_leads_elsewhere(client, client_of, organiser):
    for elsewhere in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil.example"):
        for browser in (client, client_of(organiser)):
            assert "evil" not in browser.get("/admin/login/", {"next": elsewhere}).headers["Location"]


def test_who_is_signed_in_without_being_staff_gets_no_desk(client_of, carla, organiser):
    assert client_of(carla).get("/admin/login/?next=/admin/").status_code == 403
    assert client_of(organiser).get("/admin/login/?next=/admin/").headers["Location"] == "/admin/"


def test_staff_without_a_second_factor_are_led_to_turning_it_on(client_of, organiser, settings):
    settings.STAFF_SECOND_FACTOR = True
    browser = client_of(organiser)
    for page in ("/admin/", "/admin/participants/registration/", "/admin/agreements/agreement/add/"):
        door = browser.get(page)
        assert (door.status_code, door.headers["Location"]) == (302, f"/admin/login/?next={page}")
    assert browser.get("/admin/login/?next=/admin/").headers["Location"] == "/accounts/2fa/totp/activate/"
    TOTP.activate(organiser, generate_totp_secret())
    assert builders.with_two_steps(browser).get("/admin/").status_code == 200


def test_a_second_factor_makes_nobody_staff(client_of, carla, settings):
    settings.STAFF_SECOND_FACTOR = True
    TOTP.activate(carla, generate_totp_secret())
    assert client_of(carla).get("/admin/login/?next=/admin/").status_code == 403


def test_the_password_is_changed_on_the_sites_own_page(client_of, organiser):
    assert client_of(organiser).get("/admin/password_change/").headers["Location"] == "/accounts/password/change/"


NEW = {"email": "Nora@Example.com", "full_name": "Nora", "language": "zh-hans", "time_zone": "Asia/Shanghai"}


def test_a_new_person_has_an_address_and_sets_the_password_herself(client_of, organiser):
    client_of(organiser).post("/admin/accounts/user/add/", {**NEW, "address_is_checked": "on"})
    nora = User.objects.get(email="nora@example.com")
    address = EmailAddress.objects.get(user=nora)
    assert (address.email, address.primary, address.verified) == ("nora@example.com", True, True)
    assert not nora.has_usable_password()
    assert (nora.is_staff, nora.is_superuser) == (False, False)


def test_an_address_is_unchecked_unless_somebody_says_so(client_of, organiser):
    client_of(organiser).post("/admin/accounts/user/add/", NEW)
    assert not EmailAddress.objects.get(email="nora@example.com").verified


def test_an_address_that_is_taken_is_refused(client_of, organiser, carla):
    answer = client_of(organiser).post("/admin/accounts/user/add/", {**NEW, "email": "CARLA@example.com"})
    assert b"Somebody has an account with this address already." in answer.content
    assert User.objects.count() == 2


def test_nobody_is_deleted(client_of, organiser, carla):
    client = client_of(organiser)
    assert client.post(f"/admin/accounts/user/{carla.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post("/admin/accounts/user/", {"action": "delete_selected", "_selected_action": [carla.pk], "post": "yes"})
    assert User.objects.filter(pk=carla.pk).exists()
