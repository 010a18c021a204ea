"""Whoever is on the staff and gave a password alone is a visitor: pages, lists, search, counts, exports and the API say what they say to anybody."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings as the_settings
from django.contrib.auth.models import AnonymousUser, Group

from expo.accounts.models import User
from expo.foundation.staff import acts_as_staff, may, vouched
from matchmaking.desk.roles import set_up_roles
from tests import builders

ROOT = Path(the_settings.ROOT)
# Who is on the staff is a fact about an account; what they may see and do now is `acts_as_staff`.
FACTS = {
    "expo/foundation/staff.py": "the one place that turns it into what somebody may",
    "expo/accounts/models.py": "the column",
    "expo/accounts/admin.py": "shows it, guards accounts of staff, and leads staff to the second step",
    "expo/accounts/sessions.py": "whose sessions end sooner",
    "expo/accounts/keys.py": "whose keys are asked for the second factor",
    "expo/accounts/views.py": "tells staff that a key of theirs will carry no rights",
    "matchmaking/desk/demo/people.py": "makes the demo's organiser",
    "matchmaking/desk/privacy/datamap.py": "names the column",
    "matchmaking/desk/privacy/erasing.py": "who is to be erased",
    "matchmaking/desk/privacy/retention.py": "who is never deleted for want of use",
    "matchmaking/desk/your_data.py": "what is held of oneself",
    "templates/components/_account_menu.html": "the way to the desk's door, which asks for the second step",
}
LISTS = ("market", "exhibitors", "results", "search/?q=harbour", "plan", "desk")
CALLS = (
    *("offers", "requests", "companies", "registrations", "exhibitors", "agreements", "memberships", "blocks", "consents", "booths"),
    *("search/?q=harbour", "search/suggestions/?q=harb", "offers/changes/", "companies/changes/", "outcomes/2027", "matches", "seats"),
)
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"|\b[0-9a-f]{8}\b')
DOOR = re.compile(rb'<li><a href="(/zh)?/admin/">[^<]+</a></li>')


@pytest.fixture(autouse=True)
def _asks_for_two_steps(settings):
    settings.STAFF_SECOND_FACTOR = True


@pytest.fixture
def hidden(edition, chain, supplier_segment, exhibitor, buyer):
    """Of each kind one row that a visitor does not see, with a word to look for."""
    company = builders.company("Harbour Hidden Works", slug="harbour-hidden")
    waiting = builders.registration(company, edition, status="submitted", decided_at=None)
    asking = builders.registration(company, edition, role="buyer", status="draft", decided_at=None)
    offer = builders.offer(exhibitor, supplier_segment, status="draft", title="Harbour draft")
    request = builders.sourcing_request(buyer, supplier_segment, status="submitted", title="Harbour request")
    shut = builders.sourcing_request(buyer, supplier_segment, visibility="invited", title="Harbour for the invited")
    quiet = builders.agreement(edition, chain, company, exhibitor.company, visibility="totals_only", title="Harbour agreement")
    builders.index_all()
    return SimpleNamespace(
        pages=(f"/companies/{company.slug}/", f"/offers/{offer.pk}/", f"/requests/{request.pk}/", f"/requests/{shut.pk}/"),
        calls=(
            *(f"companies/{company.slug}/", f"registrations/{waiting.pk}/", f"registrations/{asking.pk}/"),
            *(f"offers/{offer.pk}/", f"requests/{request.pk}/", f"requests/{shut.pk}/", f"agreements/{quiet.pk}/"),
        ),
    )


@pytest.fixture
def staff(db):
    """Olga has every right, a role and a second factor; Nobody of the same name has none. Both came in with a password."""
    set_up_roles()
    olga = builders.person("olga@example.com", full_name="Same Name", is_staff=True, is_superuser=True)
    olga.groups.add(*Group.objects.all())
    TOTP.activate(olga, generate_totp_secret())
    return SimpleNamespace(olga=olga, visitor=builders.person("vera@example.com", full_name="Same Name"))


def said(client, address):
    answer = client.get(address)
    text = DOOR.sub(b"", TOKEN.sub(b"", answer.content)).replace(b"olga@", b"vera@")
    return answer.status_code, re.sub(rb"\s+", b" ", text)


def addresses(hidden):
    lists = [f"/{name}" if "?" in name else f"/{name}/" for name in LISTS]
    calls = [f"/api/v1/{name}" if "?" in name or name.endswith("/") else f"/api/v1/{name}/" for name in (*CALLS, *hidden.calls)]
    return [*lists, *hidden.pages, *(f"/zh{page}" for page in hidden.pages), *calls]


def test_without_the_second_factor_staff_see_what_a_visitor_sees(staff, hidden, client_of):
    olga, visitor = client_of(staff.olga), client_of(staff.visitor)
    for address in addresses(hidden):
        assert said(olga, address) == said(visitor, address), address


def test_with_it_they_see_what_is_hidden(staff, hidden, client_of):
    olga, visitor = builders.with_two_steps(client_of(staff.olga)), client_of(staff.visitor)
    for address in (*hidden.pages, *(f"/api/v1/{call}" for call in hidden.calls)):
        assert (olga.get(address).status_code, visitor.get(address).status_code) == (200, 404), address
    for address in ("/search/?q=harbour", "/exhibitors/", "/desk/", "/api/v1/search/?q=harbour", "/api/v1/registrations/"):
        assert said(olga, address) != said(visitor, address), address


def test_the_desk_asks_for_the_code_and_leads_back(staff, client_of):
    browser = client_of(staff.olga)
    assert browser.get("/admin/").headers["Location"] == "/admin/login/?next=/admin/"
    assert browser.get("/admin/login/?next=/admin/").headers["Location"] == "/accounts/2fa/reauthenticate/?next=%2Fadmin%2F"
    assert builders.with_two_steps(browser).get("/admin/").status_code == 200


def test_a_second_factor_that_was_turned_off_counts_no_longer(staff, hidden, client_of):
    browser = builders.with_two_steps(client_of(staff.olga))
    assert browser.get(hidden.pages[1]).status_code == 200
    staff.olga.authenticator_set.all().delete()
    assert browser.get(hidden.pages[1]).status_code == 404


def test_exports_of_the_desk_are_closed_without_it(staff, hidden, client_of):
    olga, visitor = client_of(staff.olga), client_of(staff.visitor)
    for name in ("market-offers", "market-requests", "exhibitors", "agreements", "forums", "booths"):
        for end in ("csv", "xlsx"):
            assert said(olga, f"/lists/{name}.{end}") == said(visitor, f"/lists/{name}.{end}")


def test_who_was_not_noted_does_not_act_as_staff(staff):
    fresh = User.objects.get(pk=staff.olga.pk)
    assert (acts_as_staff(fresh), fresh.has_perm("marketplace.view_offer"), fresh.has_module_perms("marketplace")) == (False, False, False)
    assert (acts_as_staff(vouched(fresh)), fresh.has_perm("marketplace.view_offer"), may(fresh, "marketplace.view_offer")) == (
        True,
        True,
        True,
    )
    fresh.is_active = False
    assert not acts_as_staff(fresh)
    assert not acts_as_staff(AnonymousUser())
    assert not acts_as_staff(vouched(staff.visitor))


def test_where_the_site_asks_for_none_being_staff_is_enough(staff, settings):
    settings.STAFF_SECOND_FACTOR = False
    assert acts_as_staff(User.objects.get(pk=staff.olga.pk))
    assert not acts_as_staff(staff.visitor)


def test_nothing_else_asks_who_is_staff():
    """The control of all pages to come: what is shown hangs on `acts_as_staff`, never on the column."""
    asking = [
        str(path.relative_to(ROOT))
        for folder, end in (("expo", "*.py"), ("matchmaking", "*.py"), ("templates", "*.html"))
        for path in (ROOT / folder).rglob(end)
        if "migrations" not in path.parts and re.search(r"\bis_staff\b", path.read_text(encoding="utf-8"))
    ]
    assert sorted(asking) == sorted(FACTS)
