"""Carla is signed in and stands for nobody: what is others' answers her exactly like what does not exist."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from expo.foundation.models import Event
from matchmaking.marketplace.models import Offer, OfferCertificate, SourcingRequest
from matchmaking.participants.models import Member, Registration
from tests import builders

HIS, NONE = 4711, 4712
NUMBERED = [
    *("/offers/{}/", "/offers/{}/edit/", "/offers/{}/withdraw/", "/offers/{}/submit/", "/offers/{}/fulfil/", "/offers/{}/nothing/"),
    *("/requests/{}/", "/requests/{}/edit/", "/requests/{}/withdraw/", "/requests/{}/renew/"),
    *(
        "/register/{}/",
        "/register/{}/review/",
        "/register/{}/withdraw/",
        "/offers/{}/certificates/4711.pdf",
        "/offers/4711/certificates/{}.pdf",
    ),
    *("/api/v1/offers/{}/", "/api/v1/requests/{}/", "/api/v1/registrations/{}/", "/api/v1/agreements/{}/"),
]
NAMED = [
    *("/companies/{}/", "/companies/{}/edit/", "/companies/{}/edit/logo/", "/companies/{}/members/", "/files/logos/{}.webp"),
    *("/companies/{}/members/4711/accept/", "/companies/{}/members/4711/owner/", "/api/v1/companies/{}/"),
]


@pytest.fixture
def his(edition: Any, chain: Any, boris: Any, supplier_segment: Any) -> Registration:
    """Boris's second company: drafts, papers, a registration that waits. None of it is public."""
    company = builders.company("Hidden Works", slug="hidden-works", logo=ContentFile(b"x", "x.webp"))
    builders.member(company, boris, pk=HIS)
    mine = builders.registration(company, edition, status="submitted", pk=HIS)
    offer = builders.offer(mine, supplier_segment, status="draft", pk=HIS, certificates=("ISO 9001",))
    proof = offer.certificates.get()
    OfferCertificate.objects.filter(pk=proof.pk).update(id=HIS, file="certificates/x.pdf")
    buying = builders.registration(company, edition, role="buyer", status="draft")
    builders.sourcing_request(buying, supplier_segment, status="draft", pk=HIS)
    builders.agreement(edition, chain, company, builders.company(), pk=HIS, visibility="totals_only")
    return mine


def nameless(answer: Any) -> str:
    """Return the page without what differs on any two pages: its own address, its reference, the token against forgery."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|Reference \w{8}|471[12]|hidden-wor[km]s', "", answer.content.decode())


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("who", ["carla", "anna"])
def test_what_is_his_answers_like_what_does_not_exist(who, method, his, client_of, request):
    client = client_of(request.getfixturevalue(who))
    before = Event.objects.count()
    for pattern, his_own, nothing in [(one, HIS, NONE) for one in NUMBERED] + [(one, "hidden-works", "hidden-worms") for one in NAMED]:
        found, missing = (getattr(client, method)(pattern.format(value)) for value in (his_own, nothing))
        assert found.status_code == missing.status_code, pattern
        assert found.status_code in {404, 405}, pattern
        assert nameless(found) == nameless(missing), pattern
    assert Event.objects.count() == before
    assert (Offer.objects.get().status, SourcingRequest.objects.get().status) == ("draft", "draft")


def test_his_own_people_do_find_it(his, boris, client_of):
    client = client_of(boris)
    for address in ("/offers/4711/", "/offers/4711/edit/", "/requests/4711/", "/register/4711/review/", "/companies/hidden-works/members/"):
        assert client.get(address).status_code == 200, address


def test_a_representative_looks_after_postings_but_not_after_the_company(exhibitor, carla, supplier_segment, client_of):
    Member.objects.create(company=exhibitor.company, user=carla, role="representative", status="active")
    builders.offer(exhibitor, supplier_segment, pk=HIS)
    client = client_of(carla)
    assert client.get("/offers/4711/edit/").status_code == 200
    assert client.get("/companies/borealis-cells/members/").status_code == 403
    assert client.post("/companies/borealis-cells/edit/", {"name": "Mine"}).status_code == 403


@pytest.mark.parametrize("status", ["asked", "declined", "left"])
def test_who_is_not_a_member_any_more_is_a_stranger(status, exhibitor, carla, supplier_segment, client_of):
    Member.objects.create(company=exhibitor.company, user=carla, role="owner", status=status)
    builders.offer(exhibitor, supplier_segment, pk=HIS, status="draft")
    client = client_of(carla)
    for address in ("/offers/4711/", "/offers/4711/edit/", f"/register/{exhibitor.pk}/review/", "/companies/borealis-cells/members/"):
        assert client.get(address).status_code == 404, address


# What nobody may set through a form, whatever field they add to it.
SMUGGLED = {
    "status": "published",
    "is_demo": "on",
    "is_staff": "on",
    "is_superuser": "on",
    "is_active": "on",
    "is_key_client": "on",
    "pk": "1",
    "id": "1",
    "valid_until": "2099-01-01",
    "published_at": "2020-01-01",
    "review_reason": "x",
    "submitted_at": "2020-01-01",
    "price_cny_base": "1",
    "evidence": "exhibited",
    "rejection_reason": "x",
    "led_by": "1",
    "pavilion": "1",
    "fortune_global_500": "true",
    "slug": "mine",
    "owner": "1",
    "groups": "1",
    "user_permissions": "1",
    "email": "boss@example.com",
    "password": "x",
    "user": "1",
    "created_by": "1",
}


def test_forms_take_only_the_fields_they_show(exhibitor, buyer, boris, supplier_segment, client_of):
    client, offer = client_of(boris), builders.offer(exhibitor, supplier_segment, status="draft")
    draft = builders.registration(exhibitor.company, exhibitor.edition, role="buyer", status="draft")
    sheet = {"title": "New title", "segment": supplier_segment.pk, "language": "en", "unit": "pc"}
    rows = {"certificates-TOTAL_FORMS": "0", "certificates-INITIAL_FORMS": "0"}
    sent = [
        (f"/offers/{offer.pk}/edit/", {**sheet, **rows, "registration": buyer.pk}),
        ("/account/", {"full_name": "Boris B", "phone": "", "language": "en", "time_zone": "Asia/Shanghai"}),
        (
            f"/register/{draft.pk}/",
            {"chains": "smart-vehicle", "attendance": "online", "parallel_meetings": "2", "company": buyer.company_id, "role": "exhibitor"},
        ),
        ("/companies/borealis-cells/edit/", {"name": "Taken Over", "country": "US", "kind": "company", "about_en": "New words"}),
    ]
    for address, fields in sent:
        assert client.post(address, {**SMUGGLED, **fields}).status_code == 302, address
    for row in (offer, draft, boris, exhibitor.company):
        row.refresh_from_db()
    assert (offer.title, draft.attendance, boris.full_name, exhibitor.company.about_en) == ("New title", "online", "Boris B", "New words")
    assert (offer.status, offer.is_demo, offer.valid_until.year != 2099, offer.registration, offer.price_cny_base) == (
        "draft",
        False,
        True,
        exhibitor,
        None,
    )
    assert (draft.status, draft.is_key_client, draft.evidence, draft.company, draft.role) == (
        "draft",
        False,
        "",
        exhibitor.company,
        "buyer",
    )
    assert (boris.is_staff, boris.is_superuser, boris.email, boris.check_password(builders.PASSWORD)) == (
        False,
        False,
        "boris@example.com",
        True,
    )
    company = exhibitor.company
    assert (company.name, company.country.code, company.slug, company.is_demo) == ("Borealis Cells", "CN", "borealis-cells", False)
    assert company.fortune_global_500 is None


def test_a_posting_is_not_put_under_anothers_registration(exhibitor, buyer, boris, supplier_segment, edition, client_of):
    """Two registrations make the form ask for which; a third party's is no choice."""
    second = builders.company("Second Works")
    builders.member(second, boris)
    builders.registration(second, edition)
    other = builders.registration(buyer.company, edition)
    sheet = {"title": "Cells", "segment": supplier_segment.pk, "language": "en", "unit": "pc", "registration": other.pk}
    answer = client_of(boris).post("/post/offer/", {**sheet, "certificates-TOTAL_FORMS": "0", "certificates-INITIAL_FORMS": "0"})
    assert (answer.status_code, Offer.objects.count()) == (200, 0)


def test_a_seat_is_taken_and_given_back_for_oneself_only(edition, boris, carla, client_of):
    forum = builders.forum(edition, key="opening", capacity=2, starts_at=timezone.now() + timedelta(days=1))
    assert client_of(boris).post("/forums/opening/seat/", {"person": carla.pk, "user": carla.pk}).status_code == 302
    assert list(forum.seats.values_list("person", flat=True)) == [boris.pk]
    assert client_of(carla).post("/forums/opening/seat/back/", {"person": boris.pk}).status_code == 409
    assert forum.seats.count() == 1
