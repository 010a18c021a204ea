"""What became of an agreement, answered on a phone without an account; what the gates counted, entered at a desk; and the numbers of it."""

import re
from datetime import date, timedelta

import pytest
from django.core import mail

from expo.editions.models import Statistic
from matchmaking.agreements import actions
from matchmaking.agreements.models import Agreement, Milestone
from matchmaking.agreements.queries.milestones import today_of
from tests import builders

WIDE = {"color_scheme": "light"}
PHONE = {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}}


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("visitor", [PHONE], indirect=True)
def test_one_click_answers_without_an_account_and_the_numbers_follow(visitor, edition, chain, aurora, borealis, anna, page, axe):
    for _n in range(6):
        signed = today_of(Agreement(edition=edition)) - timedelta(days=1)
        builders.agreement(edition, chain, aurora, borealis, signed_on=signed, kind="intention", title="Cells for Aurora")
    actions.sweep_milestones()
    for message in [one for one in mail.outbox if one.to == [anna.email]]:
        page.goto(re.search(r"/agreements/milestone/[-\w]+/", message.body)[0])
        page.get_by_role("button", name="Agreement signed").click()
        assert page.get_by_role("status").inner_text().startswith("Your answer: agreement signed.")
        assert fits(page)
    axe()
    assert set(Milestone.objects.exclude(asked_at=None).filter(party__company=aurora).values_list("stage", flat=True)) == {
        "agreement_signed"
    }
    page.goto("/editions/2027/fulfilment/")
    assert "100% 6 of 6 that answered" in page.locator("#intention ~ .lead, section:has(#intention) .lead").first.inner_text()
    assert fits(page)
    axe()


@pytest.mark.parametrize("visitor", [WIDE, PHONE], indirect=True)
def test_what_the_gates_counted_is_entered_and_corrected(visitor, edition, organiser, page, sign_in, axe):
    builders.edition(slug="2024", starts_on=date(2024, 11, 26), ends_on=date(2024, 11, 30))
    builders.metric("audience_offline", unit="visits", name_en="Audience on site", unit_name_en="visits")
    sign_in(organiser)
    page.goto("/organiser/statistics/?edition=2024")
    page.get_by_label("Metric").select_option(label="Audience on site")
    page.get_by_label("Value").fill("2.5")
    page.get_by_label("Source").fill("Gates of hall W1")
    page.get_by_label("Measured at").fill("2024-11-30T18:00")
    page.get_by_role("button", name="Enter").click()
    assert "counted whole" in page.get_by_role("alert").inner_text()
    axe()
    page.get_by_label("Value").fill("210000")
    page.get_by_role("button", name="Enter").click()
    page.get_by_role("link", name="Correct or end").click()
    axe()
    page.get_by_label("Value").fill("200000")
    page.locator("#id_reason").fill("Gate 3 counted twice")
    page.get_by_role("button", name="Correct").click()
    assert "Gate 3 counted twice" in page.content()
    assert sorted(Statistic.objects.values_list("value", flat=True)) == [200_000, 210_000]
    assert fits(page)
    axe()
