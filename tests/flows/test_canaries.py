"""Personal and private fields carry words that occur nowhere else; then every page that a stranger can reach is read."""

import re
from collections import deque
from datetime import timedelta
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from expo.api import router
from matchmaking.participants.models import Consent
from tests import builders
from tests.flows.visitor import Reader

MOST_PAGES = 300
HIDDEN_BUYER = "verborgen"
NOT_READ = re.compile(r"^(/zh)?/(admin|accounts|register|post|account|static|files|dev|my)/|/edit/|/seat/")
LISTS = [f"/api/v1/{prefix}/" for prefix, viewset, _name in router.registry if hasattr(viewset, "list")]
FOR_MACHINES = ["/sitemap.xml", "/robots.txt", "/api/v1/schema/", "/api/v1/outcomes/2027/", "/api/v1/gaps/smart-vehicle/", *LISTS]


@pytest.fixture
def canaries(edition, chain, exhibitor, buyer, supplier_segment):
    """Fill every field that is nobody else's business with a word of its own, and return the words."""
    words: list[str] = []

    def canary(name: str) -> str:
        words.append(f"kanarie{name}")
        return words[-1]

    for registration, side in ((exhibitor, "seller"), (buyer, "buyer")):
        person = registration.company.members.get().user
        person.full_name, person.phone, person.email = canary(f"{side}name"), canary(f"{side}phone"), f"{canary(f'{side}mail')}@example.com"
        person.save()
        member = registration.company.members.get()
        member.job_title = canary(f"{side}job")
        member.save()
        Consent.objects.create(person=person, shown_to=registration.company, field="phone", purpose=canary(f"{side}purpose"))
    asking = builders.person(f"{canary('askermail')}@example.com", full_name=canary("askername"))
    builders.member(exhibitor.company, asking, status="asked", role="representative", job_title=canary("askerjob"))
    past = timezone.localdate() - timedelta(days=2)
    for status in ("draft", "submitted", "changes_requested", "withdrawn", "expired", "paused"):
        builders.offer(exhibitor, supplier_segment, title=canary(f"offer{status}"), status=status, review_reason=canary(f"reason{status}"))
        builders.sourcing_request(buyer, supplier_segment, title=canary(f"request{status}"), status=status, review_reason="x")
    builders.offer(exhibitor, supplier_segment, title=canary("offerended"), valid_until=past)
    builders.sourcing_request(buyer, supplier_segment, title=canary("invited"), visibility="invited")
    for status, more in (("submitted", {}), ("draft", {}), ("withdrawn", {}), ("rejected", {"rejection_reason": canary("rejection")})):
        unseen = builders.company(canary(f"company{status}"), about_en=canary(f"about{status}"))
        builders.registration(unseen, edition, status=status, **more)
    hidden = builders.registration(builders.company(HIDDEN_BUYER), edition, role="buyer")
    builders.sourcing_request(hidden, supplier_segment, title="A wish without a name", visibility="name_hidden")
    builders.offer(exhibitor, supplier_segment, title="An offer for all")
    for visibility in ("anonymous", "totals_only"):
        secret = builders.company(canary(f"party{visibility}"))
        builders.agreement(edition, chain, secret, buyer.company, title=canary(f"deal{visibility}"), visibility=visibility)
    builders.agreement(
        edition, chain, exhibitor.company, buyer.company, title=canary("dealvoid"), status="void", void_reason=canary("void")
    )
    builders.agreement(edition, chain, exhibitor.company, buyer.company, title=canary("dealdraft"), status="draft")
    builders.agreement(edition, chain, exhibitor.company, buyer.company, title="An agreement for all")
    builders.forum(edition, title_en="A forum for all", on=edition.starts_on, chain=chain)
    return words


def read_everything(client: Client) -> dict[str, str]:
    """Open every page that links lead to from the front page, in both languages, and the lists for machines; return their texts."""
    waiting, found = deque(["/", "/zh/", *FOR_MACHINES]), {}
    while waiting and len(found) < MOST_PAGES:
        address = waiting.popleft()
        if address in found or NOT_READ.match(address) or NOT_READ.search(address):
            continue
        response = client.get(address, follow=True)
        expected = {200, 400, 401, 403} if address in LISTS else {200}  # Some lists are for who has signed in, or want a question.
        assert response.status_code in expected, f"{address} answered {response.status_code}"
        content = b"".join(response.streaming_content) if response.streaming else response.content
        found[address] = content.decode("utf-8", "replace")
        if "html" in response.headers["Content-Type"]:
            links = (urldefrag(urljoin(address, link)).url for _words, link in Reader(found[address]).links if link)
            waiting.extend(link for link in links if urlsplit(link).netloc in {"", "testserver"} and "?" not in link)
    return found


@pytest.mark.parametrize("who", [None, "carla"])
def test_what_is_private_is_on_no_page_that_a_stranger_can_reach(canaries, client_of, who, request, monkeypatch):
    monkeypatch.setattr("expo.foundation.sheets.actions.MOST_EXPORTS", 1000)  # All of them are read here within a minute.
    client = client_of(request.getfixturevalue(who) if who else None)
    pages = read_everything(client)
    told = [(address, word) for address, text in pages.items() for word in canaries if word in text.casefold()]
    assert told == []
    # That the company is known here is no secret; which request is its own is.
    assert {address for address, text in pages.items() if HIDDEN_BUYER in text.casefold()} <= {"/api/v1/companies/"}
    everything = " ".join(pages.values())
    for shown in ("An offer for all", "A wish without a name", "An agreement for all", "A forum for all", "Borealis Cells"):
        assert shown in everything
    for kind in ("/companies/", "/offers/", "/requests/", "/forums/", "/chains/", "/zh/chains/", "/editions/", "/api/v1/", ".ics"):
        assert any(kind in address for address in pages), kind


def test_the_canaries_can_be_found_where_they_may_be(canaries, client_of, organiser, exhibitor):
    """The search above would find them: their own people and the organiser do see them."""
    owner = client_of(exhibitor.company.members.get(status="active").user)
    assert "kanarieofferdraft" in owner.get("/desk/").text
    assert "kanariesellername" in owner.get("/desk/").text
    assert "kanariecompanysubmitted" in client_of(organiser).get("/admin/participants/company/").text.casefold()
