"""The main path in a real Chromium: an exhibitor from the account to an open offer, a buyer's request that fits, the agreement logged."""

import re

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.utils import timezone

from expo.editions.models import Edition
from matchmaking.agreements.models import Agreement
from matchmaking.desk.roles import set_up_roles
from matchmaking.marketplace.models import Offer
from matchmaking.participants.models import Registration
from tests import builders
from tests.matchmaking.matching.matched import run

PASSWORD = "a long walk along the chain"


@pytest.fixture
def expo(edition, chain, supplier_segment, buyer) -> Edition:
    """The expo is live, one booth is free, and Anna looks for cells."""
    today = timezone.localdate()
    edition.starts_on, edition.ends_on, edition.status = today, today, Edition.Status.LIVE
    edition.save()
    builders.booth(builders.hall(edition), code="SV 201", area=edition.areas.get())
    builders.sourcing_request(buyer, supplier_segment, title="Cells for city buses", title_other="城市客车电芯")
    return edition


@pytest.fixture
def olga(expo):
    """She has the organiser's role and nothing more."""
    set_up_roles()
    organiser = builders.person("olga@example.com", full_name="Olga Organiser", is_staff=True)
    organiser.groups.add(Group.objects.get(name="Organiser"))
    return organiser


def sign_up(page, name: str, email: str) -> None:
    page.goto("/")
    page.get_by_role("link", name="Register as exhibitor").first.click()
    page.get_by_label("Your name").fill(name)
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=password1]").fill(PASSWORD)
    page.locator("input[name=password2]").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/confirm-email/")
    letter = next(letter for letter in mail.outbox if email in letter.to)
    page.goto(re.search(r"https?://\S+", str(letter.body))[0])
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_load_state()


def test_an_exhibitor_finds_a_buyer_and_the_agreement_is_counted(page, context, sign_in, olga, expo):
    sign_up(page, "Boris Bo", "boris@lanternfish.example")
    if "/login/" in page.url:
        page.locator("input[name=login]").fill("boris@lanternfish.example")
        page.locator("input[name=password]").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
    page.goto("/register/?role=exhibitor")
    page.get_by_label("Company name").fill("Lanternfish Cells")
    page.get_by_label("Country/region").select_option("CN")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Smart Vehicle Chain").check()
    page.locator("select[name=booth]").select_option(str(expo.booths.get().pk))
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("button", name="Send to the organiser").click()
    page.wait_for_load_state()
    registration = Registration.objects.get(role="exhibitor")
    assert registration.status == Registration.Status.SUBMITTED

    exhibitors_cookies = context.cookies()
    context.clear_cookies()
    sign_in(olga)
    page.goto("/admin/participants/registration/?status__exact=submitted")
    choose_all_and(page, "verify")
    context.clear_cookies()
    context.add_cookies(exhibitors_cookies)

    page.goto("/desk/")
    page.get_by_role("link", name="New offer").click()
    page.locator("input[name=title]").fill("LFP cells, 280 Ah")
    page.locator("select[name=segment]").select_option(label="SV · Midstream · Battery cells")
    page.get_by_role("button", name="Hand in for review").click()
    page.wait_for_url("**/offers/*/")
    offer = Offer.objects.get()

    context.clear_cookies()
    sign_in(olga)
    page.goto("/admin/marketplace/offer/?status__exact=submitted")
    choose_all_and(page, "publish")
    context.clear_cookies()
    run(expo)
    page.goto("/market/")
    page.get_by_role("link", name="LFP cells, 280 Ah").click()
    assert page.get_by_role("link", name="Cells for city buses").is_visible()
    assert page.url.endswith(f"/offers/{offer.pk}/")

    sign_in(olga)
    log_agreement(page)
    assert Agreement.objects.get().number == 1
    context.clear_cookies()
    page.goto(f"/editions/{expo.slug}/agreements/")
    assert page.get_by_text("Cells for city buses, first lot").is_visible()


def choose_all_and(page, verb: str) -> None:
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option(verb)
    page.locator("button[name=index]").click()
    page.wait_for_load_state()


def log_agreement(page) -> None:
    page.goto("/admin/agreements/agreement/add/")
    page.locator("#id_title").fill("Cells for city buses, first lot")
    page.locator("#id_chain").select_option(label="SV Smart Vehicle Chain")
    page.locator("#id_amount").fill("1,000,000")
    for place, name in enumerate(("Lanternfish Cells", "Aurora Motors")):
        page.locator(f"#parties-{place} .select2-selection").click()
        page.locator(".select2-search__field").last.fill(name)
        page.locator(".select2-results__option", has_text=name).click()
    page.locator("[name=_record]").click()
    page.wait_for_load_state()
