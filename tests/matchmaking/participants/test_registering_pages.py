import re

import pytest

from expo.editions.models import Edition
from matchmaking.participants import actions
from matchmaking.participants.models import Company, Consent, Member, Registration
from tests import builders

FORM = {"name": "Caldera Forge", "country": "PT", "website": "caldera.example", "name_zh": "", "kind": "company"}


def participation(chain, **fields):
    return {"chains": [chain.slug], "main_segment": "", "attendance": "on_site", "parallel_meetings": "2", **fields}


@pytest.fixture
def draft(carla, edition):
    company = actions.found_company(by=carla, name="Caldera", country="PT")
    return actions.start_registration(company, edition, "exhibitor", by=carla)


def test_a_stranger_signs_up_first_and_comes_back(client, edition):
    answer = client.get("/register/?role=buyer")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/signup/?next=%2Fregister%2F%3Frole%3Dbuyer"
    assert 'value="/register/?role=buyer"' in client.get(answer["Location"]).content.decode()


def test_signing_up_on_the_way_to_registering_leads_there(client, edition, mailoutbox, django_capture_on_commit_callbacks):
    fields = {"full_name": "Nora", "email": "nora@example.com", "password1": builders.PASSWORD, "password2": builders.PASSWORD}
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/signup/", {**fields, "next": "/register/?role=buyer"})
    link = re.search(r"http://testserver(/\S+)", mailoutbox[0].body)[1]
    assert link.endswith("?next=%2Fregister%2F%3Frole%3Dbuyer")
    answer = client.post(link.partition("?")[0], {"next": "/register/?role=buyer"})
    assert answer["Location"] == "/register/?role=buyer"
    assert client.get("/register/?role=buyer")["Location"] == "/register/company/?role=buyer"


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/x", "javascript:alert(1)"])
def test_a_foreign_way_back_is_not_put_into_the_mail(client, edition, mailoutbox, back, django_capture_on_commit_callbacks):
    fields = {"full_name": "Nora", "email": "nora@example.com", "password1": builders.PASSWORD, "password2": builders.PASSWORD}
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/signup/", {**fields, "next": back})
    assert "evil" not in mailoutbox[0].body
    assert "next=" not in mailoutbox[0].body


def test_the_whole_path_from_role_to_sent(carla, chain, edition, client_of, mailoutbox):
    browser = client_of(carla, enforce_csrf_checks=True)
    assert browser.get("/register/").status_code == 200
    step = "/register/company/?role=exhibitor"
    page = browser.get(step).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    answer = browser.post(step, {**FORM, "csrfmiddlewaretoken": token})
    registration = Registration.objects.get()
    assert answer["Location"] == f"/register/{registration.pk}/"
    assert registration.company.website == "https://caldera.example"
    answer = browser.post(f"/register/{registration.pk}/", {**participation(chain), "csrfmiddlewaretoken": token})
    assert answer["Location"] == f"/register/{registration.pk}/review/"
    page = browser.get(answer["Location"]).content.decode()
    assert "Check and send" in page
    assert "Smart Vehicle Chain" in page
    browser.post(f"/register/{registration.pk}/review/", {"csrfmiddlewaretoken": token})
    registration.refresh_from_db()
    assert registration.status == "submitted"
    assert "Sent to the organiser" in browser.get(f"/register/{registration.pk}/review/").content.decode()


def test_a_form_without_its_token_is_refused(draft, carla, client_of, chain):
    browser = client_of(carla, enforce_csrf_checks=True)
    for address in (f"/register/{draft.pk}/", f"/register/{draft.pk}/review/", "/register/start/", "/register/company/?role=buyer"):
        assert browser.post(address, participation(chain)).status_code == 403
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_registering_is_left_and_resumed(draft, carla, client_of):
    page = client_of(carla).get("/register/").content.decode()
    assert "Caldera" in page
    assert f'href="/register/{draft.pk}/"' in page
    answer = client_of(carla).post("/register/start/", {"company": "caldera", "role": "exhibitor"})
    assert answer["Location"] == f"/register/{draft.pk}/"


def test_the_company_step_offers_ones_own_company(boris, exhibitor, client_of):
    page = client_of(boris).get("/register/company/?role=buyer").content.decode()
    assert "You stand for" in page
    answer = client_of(boris).post("/register/start/", {"company": "borealis-cells", "role": "buyer"})
    made = Registration.objects.get(role="buyer")
    assert answer["Location"] == f"/register/{made.pk}/"
    again = client_of(boris).post("/register/start/", {"company": "borealis-cells", "role": "exhibitor"})
    assert again["Location"] == f"/register/{exhibitor.pk}/review/"


def test_nobody_starts_for_somebody_elses_company(carla, borealis, client_of):
    before = Registration.objects.count()
    assert client_of(carla).post("/register/start/", {"company": "borealis-cells", "role": "buyer"}).status_code == 404
    assert client_of(carla).post("/register/start/", {"company": "no-such-company", "role": "buyer"}).status_code == 404
    assert Registration.objects.count() == before


def test_a_company_that_is_here_is_asked_not_founded(carla, borealis, client_of):
    browser = client_of(carla)
    page = browser.post(
        "/register/company/?role=buyer", {**FORM, "name": "BOREALIS cells", "country": "CN", "none_of_these": "1"}
    ).content.decode()
    assert "It is here already" in page
    assert "None of these, add mine" not in page
    assert Company.objects.count() == 1
    token = re.search(r'name="company" value="([^"]+)"', page)[1]
    answer = browser.post("/register/join/", {"company": token, "job_title": "Sales"}, follow=True)
    assert "You have asked to join Borealis Cells" in answer.content.decode()
    assert list(Member.objects.filter(user=carla).values_list("status", "job_title")) == [("asked", "Sales")]
    assert Consent.objects.filter(person=carla).count() == 2
    assert (
        "wait for an answer"
        in browser.post("/register/company/?role=buyer", {**FORM, "name": "Borealis Cells", "country": "CN"}).content.decode()
    )


def test_a_similar_company_is_shown_before_another_is_founded(carla, borealis, client_of):
    browser = client_of(carla)
    page = browser.post("/register/company/?role=buyer", {**FORM, "name": "Borealis"}).content.decode()
    assert "None of these, add mine" in page
    assert Company.objects.count() == 1
    answer = browser.post("/register/company/?role=buyer", {**FORM, "name": "Borealis", "none_of_these": "1"})
    assert answer.status_code == 302
    assert Company.objects.count() == 2


@pytest.mark.parametrize("names", [{"name": "北林电芯"}, {"name": "北林电芯有限公司"}, {"name": "Beilin", "name_zh": "北林电芯"}])
def test_a_company_is_found_by_its_chinese_name(carla, borealis, client_of, names):
    Company.objects.filter(pk=borealis.pk).update(name_zh="北林电芯")
    page = client_of(carla).post("/register/company/?role=exhibitor", {**FORM, **names, "country": "CN"}).content.decode()
    assert "Borealis Cells" in page
    assert Company.objects.count() == 1


def test_asking_to_join_takes_what_the_search_found_and_nothing_else(carla, anna, borealis, client_of):
    page = client_of(anna).post("/register/company/?role=buyer", {**FORM, "name": "Borealis Cells", "country": "CN"}).content.decode()
    annas = re.search(r'name="company" value="([^"]+)"', page)[1]
    before = Member.objects.count()
    for token in (annas, str(borealis.pk), borealis.slug, "", "x:y:z"):
        assert client_of(carla).post("/register/join/", {"company": token}).status_code == 404
    assert Member.objects.count() == before


def test_a_hidden_company_shows_no_more_than_name_and_country(carla, anna, edition, client_of):
    actions.found_company(by=anna, name="Caldera Forge", country="PT", website="https://secret.example", about_en="Secret plans")
    page = client_of(carla).post("/register/company/?role=buyer", {**FORM, "website": ""}).content.decode()
    assert "Caldera Forge" in page
    for secret in ("secret.example", "Secret plans", "caldera-forge", "anna", "Anna"):
        assert secret not in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "..."}, "Write the company&#x27;s name."),
        ({"country": "XX"}, "Select a valid choice"),
        ({"website": "javascript:alert(1)"}, "Enter a valid URL."),
    ],
)
def test_a_wrong_company_field_is_named_in_the_summary(carla, edition, client_of, fields, words):
    page = client_of(carla).post("/register/company/?role=buyer", {**FORM, **fields}).content.decode()
    assert 'class="errors"' in page
    assert words in page
    assert not Company.objects.exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"chains": []}, "Choose at least one chain."),
        ({"chains": ["no-such-chain"]}, "Select a valid choice"),
        ({"chains": ["99999999999999999999"]}, "Select a valid choice"),
        ({"parallel_meetings": "9" * 5000}, "Write a number from 1 to 50."),
        ({"parallel_meetings": "many"}, "Write a number from 1 to 50."),
        ({"parallel_meetings": "51"}, "Write a number from 1 to 50."),
        ({"attendance": "by post"}, "Select a valid choice"),
        ({"main_segment": "99999999999999999999"}, "Select a valid choice"),
    ],
)
def test_a_wrong_participation_field_is_named_and_input_is_kept(draft, carla, chain, client_of, fields, words):
    page = client_of(carla).post(f"/register/{draft.pk}/", participation(chain, **fields)).content.decode()
    assert 'class="errors"' in page
    assert words in page
    draft.refresh_from_db()
    assert draft.parallel_meetings == 1


def test_booths_are_offered_to_exhibitors_where_there_are_any(draft, carla, chain, edition, client_of):
    browser = client_of(carla)
    assert 'name="booth"' not in browser.get(f"/register/{draft.pk}/").content.decode()
    free = builders.booth(builders.hall(edition), code="SV 101")
    taken = builders.booth(free.hall, code="SV 102", x=10, status="assigned")
    page = browser.get(f"/register/{draft.pk}/").content.decode()
    assert "SV 101" in page
    assert "SV 102" not in page
    page = browser.post(f"/register/{draft.pk}/", participation(chain, booth=taken.pk)).content.decode()
    assert "That booth has just been taken." in page
    browser.post(f"/register/{draft.pk}/", participation(chain, booth=free.pk))
    draft.refresh_from_db()
    assert draft.booth == free
    buyer = actions.start_registration(draft.company, edition, "buyer", by=carla)
    assert 'name="booth"' not in browser.get(f"/register/{buyer.pk}/").content.decode()


def test_pressing_send_twice_shows_where_it_is(draft, carla, chain, client_of, mailoutbox):
    browser = client_of(carla)
    browser.post(f"/register/{draft.pk}/", participation(chain))
    for _press in range(2):
        assert browser.post(f"/register/{draft.pk}/review/")["Location"] == f"/register/{draft.pk}/review/"
    draft.refresh_from_db()
    assert draft.status == "submitted"


def test_a_draft_without_chains_goes_back_a_step(draft, carla, client_of):
    assert client_of(carla).get(f"/register/{draft.pk}/review/")["Location"] == f"/register/{draft.pk}/"
    client_of(carla).post(f"/register/{draft.pk}/review/")
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_withdrawing_is_asked_first(exhibitor, boris, client_of):
    browser = client_of(boris)
    assert "Withdraw Borealis Cells?" in browser.get(f"/register/{exhibitor.pk}/withdraw/").content.decode()
    exhibitor.refresh_from_db()
    assert exhibitor.status == "verified"
    assert browser.post(f"/register/{exhibitor.pk}/withdraw/")["Location"] == "/register/"
    exhibitor.refresh_from_db()
    assert exhibitor.status == "withdrawn"


@pytest.mark.parametrize("step", ["", "review/", "withdraw/"])
def test_somebody_elses_registration_is_not_there(exhibitor, carla, anna, client_of, step):
    for person in (carla, anna):
        browser = client_of(person)
        for call in (browser.get, browser.post):
            theirs = call(f"/register/{exhibitor.pk}/{step}")
            none = call(f"/register/999999/{step}")
            assert (theirs.status_code, none.status_code) == (404, 404)
            assert b"Borealis" not in theirs.content
    assert client_of(None).get(f"/register/{exhibitor.pk}/{step}").status_code == 302
    exhibitor.refresh_from_db()
    assert exhibitor.status == "verified"


@pytest.mark.parametrize("status", ["announced", "closed"])
def test_when_registration_is_closed_the_page_says_so(carla, edition, client_of, status):
    Edition.objects.update(status=status)
    page = client_of(carla).get("/register/?role=buyer")
    assert "Registration is not open now" in page.content.decode()
    assert client_of(carla).get("/register/company/?role=buyer")["Location"] == "/register/"
    assert client_of(carla).post("/register/company/?role=buyer", FORM)["Location"] == "/register/"
    assert not Company.objects.exists()


def test_a_site_without_editions_has_the_page_too(carla, client_of):
    assert "Registration is not open now" in client_of(carla).get("/register/").content.decode()


@pytest.mark.parametrize("address", ["/register/company/", "/register/company/?role=staff"])
def test_without_a_role_one_is_asked_for_it(carla, edition, client_of, address):
    assert client_of(carla).get(address)["Location"] == "/register/"


def test_the_page_of_ones_registrations_takes_as_many_queries_for_one_as_for_three(carla, edition, chain, client_of, count_queries):
    browser = client_of(carla)

    def opened():
        return count_queries(lambda: browser.get("/register/"))

    def one_more():
        company = builders.company()
        builders.member(company, carla)
        builders.registration(company, edition).chains.add(chain)

    one_more()
    opened()
    few = opened()
    one_more()
    one_more()
    assert opened() == few


def test_the_pages_exist_in_chinese(draft, carla, client_of):
    for page in ("/zh/register/", "/zh/register/company/?role=buyer", f"/zh/register/{draft.pk}/"):
        assert client_of(carla).get(page).status_code == 200
