import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from expo.foundation.models import OutboxMessage
from matchmaking.participants import actions
from matchmaking.participants.models import Company, Member
from tests import builders

PAGES = ["edit/", "members/"]
FIELDS = {"name": "Borealis Cells", "country": "CN", "website": "https://borealis.example/", "name_zh": "北极光", "kind": "company"}


@pytest.mark.parametrize("step", PAGES)
def test_the_owners_pages_are_the_owners(boris, anna, carla, borealis, client_of, step):
    assert client_of(boris).get(f"/companies/borealis-cells/{step}").status_code == 200
    for person in (anna, carla):
        assert client_of(person).get(f"/companies/borealis-cells/{step}").status_code == 404
        assert client_of(person).get(f"/companies/nobody-of-that-name/{step}").status_code == 404
    assert client_of(None).get(f"/companies/borealis-cells/{step}").status_code == 302
    builders.member(borealis, carla, role="representative")
    assert client_of(carla).get(f"/companies/borealis-cells/{step}").status_code == 403


def test_an_owner_edits_and_checked_fields_stay(boris, borealis, client_of):
    given = {**FIELDS, "name": "Siemens", "country": "DE", "about_en": "Cells since 1999."}
    assert client_of(boris).post("/companies/borealis-cells/edit/", given)["Location"] == "/companies/borealis-cells/edit/"
    borealis.refresh_from_db()
    assert (borealis.name, borealis.country.code, borealis.about_en, borealis.name_zh) == (
        "Borealis Cells",
        "CN",
        "Cells since 1999.",
        "北极光",
    )


def test_who_corrects_the_company_is_led_to_what_waits_to_be_sent_again(boris, borealis, exhibitor, organiser, client_of):
    actions.reject_registration(exhibitor, by=organiser, reason="No website.")
    answer = client_of(boris).post("/companies/borealis-cells/edit/", FIELDS)
    assert answer["Location"] == f"/register/{exhibitor.pk}/review/"


def test_who_lost_a_booth_is_told_to_choose_again(boris, exhibitor, organiser, client_of):
    actions.reject_registration(exhibitor, by=organiser, reason="No website.")
    assert "No booth is kept meanwhile" in OutboxMessage.objects.get().body
    assert f"/register/{exhibitor.pk}/review/" in OutboxMessage.objects.get().body
    assert "Choose a booth" not in client_of(boris).get(f"/register/{exhibitor.pk}/review/").text
    builders.booth(builders.hall(exhibitor.edition))
    assert "Choose a booth" in client_of(boris).get(f"/register/{exhibitor.pk}/review/").text


def test_fields_that_are_not_on_the_form_are_not_set(boris, borealis, exhibitor, client_of):
    given = {**FIELDS, "is_demo": "1", "fortune_global_500": "true", "slug": "mine", "status": "verified", "logo": "x"}
    client_of(boris).post("/companies/borealis-cells/edit/", given)
    borealis.refresh_from_db()
    assert (borealis.is_demo, borealis.fortune_global_500, borealis.slug, borealis.logo.name) == (False, None, "borealis-cells", "")


def test_becoming_another_company_is_refused_beside_the_form(carla, aurora, edition, client_of):
    actions.found_company(by=carla, name="Caldera", country="PT")
    given = {**FIELDS, "name": "Aurora Motors", "country": "DE", "website": ""}
    page = client_of(carla).post("/companies/caldera/edit/", given).content.decode()
    assert "“Aurora Motors” (Germany) is already here." in page
    assert Company.objects.get(slug="caldera").name == "Caldera"


def test_a_logo_is_uploaded_shown_and_removed(boris, borealis, client_of):
    out = io.BytesIO()
    Image.new("RGB", (30, 30), "blue").save(out, "PNG")
    browser = client_of(boris)
    browser.post("/companies/borealis-cells/edit/logo/", {"logo": SimpleUploadedFile("l.png", out.getvalue(), "image/png")})
    assert '<img src="/files/logos/borealis-cells.webp"' in browser.get("/companies/borealis-cells/edit/").content.decode()
    browser.post("/companies/borealis-cells/edit/logo/", {"remove": "1"})
    borealis.refresh_from_db()
    assert not borealis.logo


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "Choose a picture first."),
        (b"", "The submitted file is empty."),
        (b"<svg/>", "This file is not a PNG, JPEG or WebP picture."),
    ],
)
def test_what_is_no_logo_is_refused_beside_the_field(boris, borealis, client_of, data, words):
    files = {} if data is None else {"logo": SimpleUploadedFile("l.png", data, "image/png")}
    page = client_of(boris).post("/companies/borealis-cells/edit/logo/", files)
    assert page.status_code == 200
    assert words in page.content.decode()
    borealis.refresh_from_db()
    assert not borealis.logo


def test_strangers_upload_nothing(carla, borealis, client_of):
    assert client_of(carla).post("/companies/borealis-cells/edit/logo/", {"remove": "1"}).status_code == 404


def test_an_owner_answers_who_asks(boris, carla, borealis, client_of):
    member = actions.ask_to_join(borealis, by=carla, job_title="Sales")
    browser = client_of(boris)
    page = browser.get("/companies/borealis-cells/members/").content.decode()
    for shown in ("Carla Costa", "carla@example.com", "Sales", "Accept", "Decline"):
        assert shown in page
    browser.post(f"/companies/borealis-cells/members/{member.pk}/accept/")
    member.refresh_from_db()
    assert member.status == "active"
    browser.post(f"/companies/borealis-cells/members/{member.pk}/owner/")
    browser.post(f"/companies/borealis-cells/members/{member.pk}/remove/")
    member.refresh_from_db()
    assert (member.status, member.role) == ("left", "representative")


def test_a_declined_persons_address_is_gone_from_the_page(boris, carla, borealis, client_of):
    member = actions.ask_to_join(borealis, by=carla)
    client_of(boris).post(f"/companies/borealis-cells/members/{member.pk}/decline/")
    assert "carla@example.com" not in client_of(boris).get("/companies/borealis-cells/members/").content.decode()


@pytest.mark.parametrize("answer", ["accept", "decline", "owner", "remove", "promote"])
def test_members_of_other_companies_are_not_there(anna, carla, aurora, borealis, client_of, answer):
    member = actions.ask_to_join(borealis, by=carla)
    for person, slug in [(anna, "aurora-motors"), (anna, "borealis-cells"), (carla, "borealis-cells")]:
        assert client_of(person).post(f"/companies/{slug}/members/{member.pk}/{answer}/").status_code == 404
    member.refresh_from_db()
    assert member.status == "asked"


def test_the_last_owner_is_told_why_they_cannot_leave(boris, borealis, client_of):
    own = Member.objects.get(user=boris)
    page = client_of(boris).post(f"/companies/borealis-cells/members/{own.pk}/remove/", follow=True).content.decode()
    assert "last owner" in page
    assert client_of(boris).post(f"/companies/borealis-cells/members/{own.pk}/promote/").status_code == 404
    own.refresh_from_db()
    assert own.status == "active"


def test_an_owner_who_leaves_is_led_away(boris, carla, borealis, client_of):
    builders.member(borealis, carla)
    own = Member.objects.get(user=boris)
    assert client_of(boris).post(f"/companies/borealis-cells/members/{own.pk}/remove/")["Location"] == "/register/"


def test_the_members_page_takes_as_many_queries_for_one_as_for_four(boris, borealis, client_of, count_queries):
    browser = client_of(boris)

    def opened():
        return count_queries(lambda: browser.get("/companies/borealis-cells/members/"))

    opened()
    one = opened()
    for _number in range(3):
        builders.member(borealis, builders.person(), role="representative")
    assert opened() == one
