"""A person's own page: what is held and shown, taking it back, the copy, and the end of the account."""

import io
import json
import os
import re
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from expo.accounts.models import OwnCopy, User
from expo.foundation.models import Event, SheetImport
from matchmaking.desk.privacy import copies
from matchmaking.desk.privacy.datamap import DATA_MAP, OF_STAFF
from matchmaking.participants.actions import ask_to_join
from matchmaking.participants.models import Consent, Member, Registration
from tests import builders

GUARDED = ["/account/data/erase/", "/account/data/companies/aurora-motors/close/"]


@pytest.fixture
def signed_in(settings, tmp_path):
    """A browser in which the person has just said once more who they are."""
    settings.VAR_DIR = tmp_path

    def sign_in(user):
        client = Client()
        client.force_login(user)
        assert client.post("/accounts/reauthenticate/", {"password": builders.PASSWORD}).status_code == 302
        return client

    return sign_in


def test_the_page_says_what_is_held_why_and_for_how_long(carla, organiser, client_of, settings):
    text, seen_by_staff = client_of(carla).get("/account/data/").text, client_of(organiser).get("/account/data/").text
    for kept in DATA_MAP:
        assert str(kept.what) in seen_by_staff
        assert (str(kept.what) in text) == (kept.label not in OF_STAFF)
    assert "at most 12 months after the last expo" in text
    assert "no company has seen" in text
    settings.RETENTION = {**settings.RETENTION, "people_months": 0}
    assert "at most 12 months after the last expo" not in client_of(carla).get("/account/data/").text


def test_the_page_takes_as_many_queries_for_one_disclosure_as_for_three(carla, borealis, client_of, count_queries):
    client = client_of(carla)
    counts = []
    for number in (1, 2):
        for _one in range(number):
            Consent.objects.create(person=carla, shown_to=builders.company(), field="phone", purpose="Test")
        counts.append(count_queries(lambda: client.get("/account/data/")))
    assert counts[0] == counts[1]


def test_what_was_shown_is_listed_and_taken_back(carla, boris, borealis, client_of):
    ask_to_join(borealis, by=carla)
    client, owner = client_of(carla), client_of(boris)
    assert "Borealis Cells" in client.get("/account/data/").text
    assert "carla@example.com" in owner.get("/companies/borealis-cells/members/").text
    consent = Consent.objects.get(person=carla, field="email")
    for _twice in range(2):
        assert client.post(f"/account/data/shown/{consent.pk}/take-back/").status_code == 302
    assert "carla@example.com" not in owner.get("/companies/borealis-cells/members/").text
    assert "Carla Costa" in owner.get("/companies/borealis-cells/members/").text
    assert Event.objects.filter(verb="revoke_consent", actor=carla).count() == 1
    assert "Taken back" in client.get("/account/data/").text


def test_nobody_takes_back_what_is_anothers(carla, boris, borealis, client_of):
    ask_to_join(borealis, by=carla)
    consent = Consent.objects.filter(person=carla).first()
    assert client_of(boris).post(f"/account/data/shown/{consent.pk}/take-back/").status_code == 404
    assert not Consent.objects.filter(revoked_at__isnull=False).exists()


def test_a_copy_holds_everything_of_the_person_and_nobody_elses(
    boris, carla, borealis, exhibitor, edition, signed_in, django_capture_on_commit_callbacks
):
    ask_to_join(borealis, by=carla)
    stranger = builders.person("stranger@example.com", full_name="Strange Stranger")
    Consent.objects.create(person=stranger, shown_to=builders.company(), field="email", purpose="Test")
    for kind, content in (("offers", b"my,rows\n"), ("requests", b"PK\x03\x04 a workbook")):
        sheet = SheetImport.objects.create(who=boris, kind=kind, scope_id=1, status="ready")
        sheet.file.save("x", ContentFile(content))
    client = signed_in(boris)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/account/data/copy/").status_code == 302
    copy = OwnCopy.objects.get(person=boris)
    page = client.get("/account/data/").text
    assert f"/account/data/copy/{copy.name}.zip" in page
    answer = client.get(f"/account/data/copy/{copy.name}.zip")
    assert (answer.status_code, answer["Content-Type"], "no-store" in answer["Cache-Control"]) == (200, "application/zip", True)
    assert answer["Content-Disposition"] == 'attachment; filename="your-data.zip"'
    packed = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert packed.namelist() == ["your-data.json", "files/spreadsheet-1.csv", "files/spreadsheet-2.xlsx"]
    assert packed.read("files/spreadsheet-1.csv") == b"my,rows\n"
    text = packed.read("your-data.json").decode()
    said = json.loads(text)
    assert set(said["held"]) == {kept.label for kept in DATA_MAP}
    (account,) = said["held"]["accounts.User"]["rows"]
    assert (account["email"], account["full_name"], account["phone"]) == ("boris@example.com", "Boris Bo", "+86 10 7654321")
    assert said["held"]["participants.Member"]["rows"][0]["company"] == "Borealis Cells"
    shown = {(row["field"], row["value"]) for row in said["shown_to_your_companies"]}
    assert shown == {("full_name", "Carla Costa"), ("email", "carla@example.com")}
    for secret in ("stranger", boris.password, "pbkdf2", "argon2", copy.name):
        assert secret not in text
    Consent.objects.filter(person=carla).update(revoked_at=timezone.now())
    assert "carla" not in json.dumps(copies.own_data(boris), default=str).casefold()


def test_only_its_owner_downloads_a_copy_within_a_day_after_saying_who_they_are(
    boris, carla, signed_in, client_of, client, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        copies.ask_for_copy(by=boris)
    copy = OwnCopy.objects.get()
    address = f"/account/data/copy/{copy.name}.zip"
    assert signed_in(carla).get(address).status_code == 404
    assert "/accounts/login/" in client.get(address)["Location"]
    assert "/accounts/reauthenticate/" in client_of(boris).get(address)["Location"]
    owner = signed_in(boris)
    answer = owner.get(address)
    assert (answer.status_code, b"".join(answer.streaming_content)[:2]) == (200, b"PK")
    OwnCopy.objects.update(ready_at=timezone.now() - timedelta(hours=24, seconds=1))
    assert owner.get(address).status_code == 404
    assert copies.forget_old_copies() == 1
    assert not copies.copy_path(copy).exists()


def test_what_a_dead_worker_left_half_packed_goes_and_what_is_being_packed_stays(db, settings):
    folder = Path(settings.MEDIA_ROOT) / "copies"
    folder.mkdir(parents=True, exist_ok=True)
    left, fresh = folder / ".tmpleft", folder / ".tmpfresh"
    for path in (left, fresh):
        path.write_text("boris@example.com")
    two_hours_ago = (timezone.now() - timedelta(hours=2)).timestamp()
    os.utime(left, (two_hours_ago, two_hours_ago))
    assert copies.forget_old_copies() == 0
    assert [path.name for path in folder.iterdir()] == [".tmpfresh"]
    fresh.unlink()


def test_one_copy_at_a_time(boris, signed_in):
    client = signed_in(boris)
    for _twice in range(2):
        client.post("/account/data/copy/")
    assert OwnCopy.objects.count() == 1
    assert "Being made" in client.get("/account/data/").text


@pytest.mark.parametrize("address", GUARDED)
def test_ending_things_asks_once_more_who_it_is(address, anna, client_of):
    for method in ("get", "post"):
        answer = getattr(client_of(anna), method)(address, {"sure": "yes"})
        assert re.match(r".*/accounts/reauthenticate/", answer["Location"])
    anna.refresh_from_db()
    assert anna.erased_at is None


def test_an_account_is_deleted_with_all_its_sessions(carla, signed_in, client_of):
    elsewhere, client = client_of(carla), signed_in(carla)
    page = client.get("/account/data/erase/").text
    assert "What you did here" in page
    assert client.post("/account/data/erase/").status_code == 400
    answer = client.post("/account/data/erase/", {"sure": "yes"}, follow=True)
    assert "Your account is deleted." in answer.text
    for browser in (client, elsewhere):
        assert browser.get("/account/").status_code == 302
    assert Client().post("/accounts/login/", {"login": "carla@example.com", "password": builders.PASSWORD}).status_code == 200
    assert User.objects.get(pk=carla.pk).erased_at is not None


def test_the_only_owner_closes_the_company_first(anna, buyer, aurora, signed_in):
    client = signed_in(anna)
    page = client.get("/account/data/erase/").text
    assert "Aurora Motors" in page
    assert 'name="sure"' not in page
    client.post("/account/data/erase/", {"sure": "yes"})
    assert User.objects.get(pk=anna.pk).erased_at is None
    assert "Close Aurora Motors?" in client.get("/account/data/companies/aurora-motors/close/").text
    assert client.post("/account/data/companies/aurora-motors/close/").status_code == 302
    buyer.refresh_from_db()
    assert (buyer.status, Member.objects.filter(status="active").count()) == (Registration.Status.WITHDRAWN, 0)
    client.post("/account/data/erase/", {"sure": "yes"})
    assert User.objects.get(pk=anna.pk).erased_at is not None


def test_only_an_owner_closes_a_company(carla, boris, aurora, borealis, signed_in):
    builders.member(borealis, carla, role="representative")
    assert signed_in(carla).post("/account/data/companies/borealis-cells/close/").status_code == 404
    assert signed_in(boris).post("/account/data/companies/aurora-motors/close/").status_code == 404
    assert Registration.objects.filter(status="withdrawn").count() == 0


def test_staff_erase_who_wrote_in(carla, boris, exhibitor, organiser, client_of):
    client = client_of(organiser)
    chosen = {"action": "erase", "_selected_action": [carla.pk, boris.pk]}
    page = client.post("/admin/accounts/user/", chosen)
    assert "carla@example.com" in page.text
    assert "Borealis Cells" in page.text
    assert User.objects.filter(erased_at__isnull=False).count() == 0
    client.post("/admin/accounts/user/", {**chosen, "sure": "yes"})
    assert [user.pk for user in User.objects.filter(erased_at__isnull=False)] == [carla.pk]
    client.post("/admin/accounts/user/", {**chosen, "sure": "yes", "closing": "yes"})
    assert User.objects.filter(erased_at__isnull=False).count() == 2


def test_staff_without_the_right_and_against_staff_erase_nobody(carla, organiser, client_of):
    verifier = builders.person(is_staff=True)
    verifier.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    chosen = {"action": "erase", "sure": "yes"}
    client_of(verifier).post("/admin/accounts/user/", {**chosen, "_selected_action": [carla.pk]})
    helper = builders.person(is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user", "erase_person"]))
    assert client_of(helper).post("/admin/accounts/user/", {**chosen, "_selected_action": [organiser.pk]}).status_code == 403
    assert User.objects.filter(erased_at__isnull=False).count() == 0
