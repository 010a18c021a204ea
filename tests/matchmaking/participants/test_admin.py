import io

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from expo.editions.models import Edition
from expo.foundation.models import Event, OutboxMessage
from expo.venue.models import Booth
from matchmaking.participants import actions
from matchmaking.participants.models import Block, Company, Consent, Member, Registration
from tests import builders

LISTS = ["company", "registration", "member", "block", "consent"]
REGISTRATIONS = "/admin/participants/registration/"


@pytest.fixture
def desk(organiser, client_of):
    return client_of(organiser)


@pytest.fixture
def waiting(edition, chain):
    """Two companies that wait for the organiser, and their owner."""
    owner = builders.person("owner@example.com")
    made = []
    for name in ("First Works", "Second Works"):
        company = builders.company(name)
        builders.member(company, owner)
        made.append(builders.registration(company, edition, status="submitted", decided_at=None))
        made[-1].chains.add(chain)
    return made


def statuses():
    return dict(Registration.objects.values_list("company__name", "status"))


@pytest.mark.parametrize("name", LISTS)
def test_the_desk_is_for_staff(name, anna, organiser, client_of, exhibitor):
    assert client_of(organiser).get(f"/admin/participants/{name}/").status_code == 200
    assert client_of(anna).get(f"/admin/participants/{name}/").status_code in {302, 403}
    assert client_of(None).get(f"/admin/participants/{name}/").status_code == 302


@pytest.mark.parametrize("name", LISTS)
def test_lists_take_as_many_queries_for_one_row_as_for_four(name, desk, edition, chain, organiser, count_queries):
    other = builders.company("Other")

    def one_more():
        person = builders.person()
        company = builders.company()
        builders.member(company, person, status="asked")
        builders.registration(company, edition).chains.add(chain)
        Block.objects.create(company=company, blocked=other, set_by=organiser)
        Consent.objects.create(person=person, shown_to=company, field="email", purpose="Test")

    def opened():
        return count_queries(lambda: desk.get(f"/admin/participants/{name}/"))

    one_more()
    opened()
    one = opened()
    for _number in range(3):
        one_more()
    assert opened() == one


@pytest.mark.parametrize("name", ["company", "registration"])
def test_lists_are_searched(name, desk, exhibitor, buyer):
    shown = desk.get(f"/admin/participants/{name}/?q=borealis").content.decode()
    assert "Borealis Cells" in shown
    assert "Aurora Motors" not in shown.split('id="result_list"')[1].split("</table>")[0]


def test_registrations_are_verified_in_bulk_and_each_refusal_is_named(desk, waiting, exhibitor):
    chosen = [row.pk for row in [*waiting, exhibitor]]
    answer = desk.post(REGISTRATIONS, {"action": "verify", "_selected_action": chosen}, follow=True).content.decode()
    assert statuses() == {"First Works": "verified", "Second Works": "verified", "Borealis Cells": "verified"}
    assert "2 registrations verified." in answer
    assert "Borealis Cells, Sample 2027, exhibitor: This step is not possible from the present state." in answer
    assert OutboxMessage.objects.filter(kind="registration_verified").count() == 2


def test_registrations_are_rejected_in_bulk_with_a_reason(desk, waiting):
    answer = desk.post(REGISTRATIONS, {"action": "reject", "_selected_action": [row.pk for row in waiting]})
    page = desk.get(answer["Location"]).content.decode()
    assert "First Works" in page
    assert "Second Works" in page
    assert "This field is required." in desk.post(answer["Location"], {"reason": "  "}).content.decode()
    assert set(statuses().values()) == {"submitted"}
    desk.post(answer["Location"], {"reason": "Give the legal form."})
    assert set(statuses().values()) == {"rejected"}
    assert all("Give the legal form." in body for body in OutboxMessage.objects.values_list("body", flat=True))


@pytest.mark.parametrize(("verb", "end"), [("verify", "verified"), ("reject", "rejected"), ("withdraw", "withdrawn")])
def test_one_registration_is_decided_from_its_page(desk, waiting, verb, end):
    page = desk.get(f"{REGISTRATIONS}{waiting[0].pk}/change/").content.decode()
    address = f"{REGISTRATIONS}decide/{verb}/?ids={waiting[0].pk}"
    assert address in page
    assert desk.get(address).status_code == 200
    assert statuses()["First Works"] == "submitted"
    desk.post(address, {"reason": "Because."})
    assert statuses() == {"First Works": end, "Second Works": "submitted"}


def test_only_who_may_change_registrations_decides(waiting, client_of):
    helper = builders.person("helper@example.com", is_staff=True)
    helper.user_permissions.add(Permission.objects.get(codename="view_registration"))
    browser = client_of(helper)
    address = f"{REGISTRATIONS}decide/verify/?ids={waiting[0].pk}"
    assert browser.get(address).status_code == 403
    assert browser.post(address).status_code == 403
    browser.post(REGISTRATIONS, {"action": "verify", "_selected_action": [waiting[0].pk]})
    assert set(statuses().values()) == {"submitted"}
    helper.user_permissions.add(Permission.objects.get(codename="change_registration"))
    assert client_of(helper).post(address).status_code == 302
    assert statuses()["First Works"] == "verified"


@pytest.mark.parametrize(
    "address", ["decide/verify/", "decide/verify/?ids=", "decide/verify/?ids=a,b,-1,²", "decide/verify/?ids=99999999999999999999"]
)
def test_an_address_that_names_no_registration_decides_nothing(desk, waiting, address):
    assert "None of these registrations is here any more." in desk.get(REGISTRATIONS + address).content.decode()
    assert desk.post(REGISTRATIONS + address).status_code == 302
    assert set(statuses().values()) == {"submitted"}


def test_an_unknown_decision_is_refused(desk, waiting):
    assert desk.post(f"{REGISTRATIONS}decide/delete/?ids={waiting[0].pk}").status_code == 403


def test_a_state_cannot_be_typed_in(desk, waiting, chain):
    given = {
        "chains": [chain.pk],
        "attendance": "online",
        "parallel_meetings": "3",
        "is_key_client": "on",
        "status": "verified",
        "rejection_reason": "x",
    }
    desk.post(f"{REGISTRATIONS}{waiting[0].pk}/change/", given)
    saved = Registration.objects.get(pk=waiting[0].pk)
    assert (saved.status, saved.rejection_reason, saved.attendance, saved.parallel_meetings, saved.is_key_client) == (
        "submitted",
        "",
        "online",
        3,
        True,
    )


def test_a_booth_is_given_and_taken_on_the_page(desk, exhibitor, chain, edition):
    booth = builders.booth(builders.hall(edition))
    given = {"chains": [chain.pk], "attendance": "on_site", "parallel_meetings": "1"}
    desk.post(f"{REGISTRATIONS}{exhibitor.pk}/change/", {**given, "new_booth": booth.pk})
    assert Registration.objects.get(pk=exhibitor.pk).booth == booth
    assert Booth.objects.get().status == "assigned"
    desk.post(f"{REGISTRATIONS}{exhibitor.pk}/change/", {**given, "new_booth": ""})
    assert Registration.objects.get(pk=exhibitor.pk).booth is None
    assert Booth.objects.get().status == "free"


def test_a_registration_is_added_and_submitted_for_a_company(desk, borealis, edition, chain):
    desk.post(f"{REGISTRATIONS}add/", {"company": borealis.pk, "edition": edition.pk, "role": "buyer"})
    made = Registration.objects.get(role="buyer")
    assert made.status == "draft"
    made.chains.add(chain)
    desk.post(REGISTRATIONS, {"action": "submit", "_selected_action": [made.pk]})
    made.refresh_from_db()
    assert made.status == "submitted"


def test_a_second_registration_and_one_for_a_closed_edition_are_refused(desk, exhibitor, borealis, edition):
    page = desk.post(f"{REGISTRATIONS}add/", {"company": borealis.pk, "edition": edition.pk, "role": "exhibitor"}).content.decode()
    assert "already exists" in page
    Edition.objects.update(status="closed")
    page = desk.post(f"{REGISTRATIONS}add/", {"company": borealis.pk, "edition": edition.pk, "role": "buyer"}).content.decode()
    assert "Registration for this edition is not open." in page
    assert Registration.objects.count() == 1


@pytest.mark.parametrize("name", ["company", "registration"])
def test_nothing_is_deleted_here_and_history_does_not_go_back(desk, exhibitor, borealis, name):
    row = {"company": borealis, "registration": exhibitor}[name]
    assert desk.post(f"/admin/participants/{name}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    actions.edit_company(borealis, by=borealis.members.get().user, about_en="New")
    assert desk.get(f"/admin/participants/{name}/{row.pk}/history/").status_code == 200
    version = borealis.history.first().history_id
    answer = desk.post(f"/admin/participants/company/{borealis.pk}/history/{version}/", {"name": "Old"})
    assert answer.status_code in {200, 403}
    borealis.refresh_from_db()
    assert borealis.name == "Borealis Cells"


COMPANY = {
    "name": "Caldera",
    "name_zh": "",
    "country": "PT",
    "kind": "company",
    "website": "https://caldera.example",
    "about_en": "",
    "about_zh": "",
}
NO_INLINES = {
    f"{prefix}-{name}": "0"
    for prefix in ("registrations", "members")
    for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")
}


def test_a_company_is_added_changed_and_given_a_logo(desk, organiser):
    desk.post("/admin/participants/company/add/", {**COMPANY, **NO_INLINES, "is_demo": "on", "fortune_global_500": "unknown"})
    made = Company.objects.get()
    assert (made.slug, made.domain, made.is_demo, made.members.count()) == ("caldera", "caldera.example", True, 0)
    out = io.BytesIO()
    Image.new("RGB", (30, 30)).save(out, "PNG")
    logo = SimpleUploadedFile("l.html", out.getvalue(), "text/html")
    address = f"/admin/participants/company/{made.pk}/change/"
    desk.post(address, {**COMPANY, **NO_INLINES, "name": "Caldera Forge", "fortune_global_500": "true", "new_logo": logo})
    made.refresh_from_db()
    assert (made.name, made.slug, made.is_demo, made.fortune_global_500) == ("Caldera Forge", "caldera", False, True)
    assert made.logo.name.endswith(".webp")
    page = desk.post(address, {**COMPANY, **NO_INLINES, "new_logo": SimpleUploadedFile("l.png", b"<svg/>")}, follow=True).content.decode()
    assert "This file is not a PNG, JPEG or WebP picture." in page
    assert list(Event.objects.values_list("verb", flat=True).distinct().order_by("verb")) == ["edit_company", "found_company", "set_logo"]


@pytest.mark.parametrize(
    "fields", [{"name": "borealis cells ltd", "country": "CN", "website": ""}, {"website": "http://www.borealis.example"}, {"name": "..."}]
)
def test_a_second_company_is_refused_on_the_form(desk, borealis, fields):
    answer = desk.post("/admin/participants/company/add/", {**COMPANY, **NO_INLINES, "fortune_global_500": "unknown", **fields})
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert Company.objects.count() == 1


def test_company_pages_show_members_and_registrations(desk, exhibitor, borealis):
    page = desk.get(f"/admin/participants/company/{borealis.pk}/change/").content.decode()
    assert "Boris Bo" in page
    assert "Sample 2027" in page


def test_who_asks_a_company_without_owner_is_answered_here(desk, carla):
    member = actions.ask_to_join(builders.company("Lonely Works"), by=carla)
    answer = desk.post("/admin/participants/member/", {"action": "accept", "_selected_action": [member.pk]}, follow=True)
    assert "1 person answered." in answer.content.decode()
    member.refresh_from_db()
    assert (member.status, member.role) == ("active", "owner")
    desk.post("/admin/participants/member/", {"action": "decline", "_selected_action": [member.pk]})
    member.refresh_from_db()
    assert member.status == "active"


@pytest.mark.parametrize("name", ["member", "consent"])
def test_members_and_consents_are_only_read(desk, carla, borealis, name):
    member = actions.ask_to_join(borealis, by=carla)
    row = {"member": member, "consent": Consent.objects.first()}[name]
    assert desk.get(f"/admin/participants/{name}/add/").status_code == 403
    assert desk.post(f"/admin/participants/{name}/{row.pk}/change/", {"status": "active"}).status_code == 403
    assert desk.post(f"/admin/participants/{name}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Member.objects.get(pk=member.pk).status == "asked"


def test_blocks_are_set_and_lifted(desk, borealis, aurora):
    desk.post("/admin/participants/block/add/", {"company": borealis.pk, "blocked": aurora.pk})
    block = Block.objects.get()
    assert desk.get(f"/admin/participants/block/{block.pk}/change/").status_code == 200
    desk.post(f"/admin/participants/block/{block.pk}/delete/", {"post": "yes"})
    assert not Block.objects.exists()
    assert list(Event.objects.order_by("id").values_list("verb", flat=True)) == ["block_company", "unblock_company"]


def test_pages_of_the_desk_hold_no_inline_script(desk, exhibitor):
    answer = desk.get(f"{REGISTRATIONS}{exhibitor.pk}/change/")
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "<script>" not in answer.content.decode()
