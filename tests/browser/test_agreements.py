"""An agreement on a phone: from a held meeting to a draft in few taps, confirmed by the other side, and by an outside party through its link."""

import re

import pytest
from django.core import mail

from expo.foundation.outbox import send_waiting_messages
from matchmaking.agreements import actions
from matchmaking.agreements.actions import AgreementInput
from matchmaking.agreements.models import Agreement, Party
from tests import builders
from tests.matchmaking.meetings.conftest import edition, hall, setup, stage  # noqa: F401 - the small expo of the room of meetings
from tests.matchmaking.meetings.stage import begin_in

WIDE = {"color_scheme": "light"}
PHONE = {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}}


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.fixture
def met(stage, supplier_segment):  # noqa: F811 - the fixture imported above
    """Boris met Anna about his cells, an hour ago."""
    made = stage.met(stage.slots[0], postings=[builders.offer(stage.exhibitor, supplier_segment, title="LFP cells")])
    begin_in(-60)
    return made


@pytest.mark.parametrize("visitor", [PHONE], indirect=True)
def test_from_a_meeting_to_an_agreement_that_all_confirmed(visitor, stage, met, page, sign_in, axe):  # noqa: F811
    def look():
        axe()
        assert fits(page), page.url

    sign_in(stage.boris)
    page.goto(f"/meetings/{met.pk}/")
    page.get_by_role("link", name="Write down what you agreed").click()
    look()
    page.get_by_label("Amount", exact=True).fill("0")
    page.get_by_label("Currency").select_option("USD")
    page.get_by_role("button", name="Save and look at it").click()
    page.get_by_role("heading", name="To put right").wait_for()
    look()
    page.get_by_label("Amount", exact=True).fill("1,500,000")
    page.get_by_text("A further party").click()
    page.get_by_label("Company or organisation").first.fill("Delta Foundry")
    page.get_by_label("Country/region").first.select_option("FR")
    page.get_by_role("button", name="Save and look at it").click()
    page.get_by_role("heading", name="Is this what you agreed?").wait_for()
    look()
    page.get_by_label("E-mail address of Delta Foundry").fill("dora@delta.example")
    page.get_by_role("button", name="Send it to the parties").click()
    page.get_by_text("Sent. The other parties are asked to confirm it.").wait_for()
    look()

    sign_in(stage.anna)
    page.goto("/desk/")
    page.get_by_role("link", name="Confirm “LFP cells”").click()
    look()
    page.get_by_role("button", name="Yes, confirm it").click()
    page.get_by_text("Confirmed by all registered parties: it is on record as 2027-0001.").wait_for()
    look()
    page.goto("/desk/agreements/")
    look()

    page.context.clear_cookies()
    send_waiting_messages()
    letter = next(one for one in mail.outbox if one.to == ["dora@delta.example"])
    page.goto(re.search(r"/agreements/by-link/\S+", letter.body)[0])
    look()
    page.get_by_label("Your name").fill("Dora Delta")
    page.get_by_role("button", name="Yes, confirm it").click()
    page.get_by_role("heading", name="Confirmed").wait_for()
    look()
    assert [(one.answer, one.way, one.name) for one in Agreement.objects.get().confirmations.order_by("pk")] == [
        ("confirmed", "desk", ""),
        ("confirmed", "desk", ""),
        ("confirmed", "link", "Dora Delta"),
    ]


@pytest.mark.parametrize("visitor", [WIDE, PHONE], indirect=True)
@pytest.mark.parametrize("language", ["", "/zh"])
def test_the_pages_are_accessible_and_fit(visitor, language, stage, met, chain, page, sign_in, axe):  # noqa: F811
    parties = (stage.exhibitor.company, stage.buyer.company)
    for status in ("draft", "submitted", "recorded", "disputed", "void"):
        open_ones = {"number": None, "amount_cny": None} if status in {"draft", "submitted"} else {}
        reasons = {"void_reason": "Written twice"} if status == "void" else {"dispute_reason": "Never signed"}
        builders.agreement(stage.setup.edition, chain, *parties, status=status, drafted_for=parties[0], **open_ones, **reasons)
    corrected = Agreement.objects.select_related("edition").get(status="recorded")
    Party.objects.create(agreement=corrected, outside_name="Delta Foundry", outside_key="FR:delta foundry", country="FR", order=5)
    link = actions.make_link(corrected, corrected.parties.get(company=None), by=stage.organiser).link
    given = AgreementInput(
        **{**vars(actions.as_written(corrected)), "amount": corrected.amount + 1, "signed_on": corrected.edition.starts_on}
    )
    actions.correct(corrected, by=stage.organiser, given=given, reason="A slip of the pen")
    assert link.version == 1
    actions.claim_introduction(corrected, parties[0], by=stage.organiser)
    sign_in(stage.boris)
    paths = [f"/desk/agreements/{one.pk}/" for one in Agreement.objects.all()]
    draft = Agreement.objects.get(status="draft")
    new = ("/desk/agreements/new/", f"/desk/agreements/new/?meeting={met.pk}")
    for path in (
        *paths,
        f"/desk/agreements/{draft.pk}/edit/",
        *new,
        "/desk/agreements/",
        "/desk/agreements/?show=confirmed",
        "/desk/agreements/?q=nothing",
        "/desk/agreements/introductions/",
        f"/meetings/{met.pk}/",
        "/account/notices/",
    ):
        assert page.goto(language + path).status == 200, path
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        axe()
        assert fits(page), path
