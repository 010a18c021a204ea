"""What single calls of the API do, beyond that the right person may."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from matchmaking.agreements.models import Agreement
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.participants.models import Company, Member, Registration
from tests import builders
from tests.matchmaking.marketplace.pdfs import pdf_with_script, plain_pdf
from tests.matchmaking.matching.matched import CELL, WANTED, run

JSON = "application/json"


@pytest.fixture
def api(client_of):
    """Return a function that sends JSON to the API as a person: `api(boris, "post", "offers/", {...})`."""

    def send(person, method, address, body=None, **headers):
        client = client_of(person)
        if method == "get":
            return client.get(f"/api/v1/{address}", body or {})
        return getattr(client, method)(f"/api/v1/{address}", body or {}, JSON, headers=headers)

    return send


def test_from_nothing_to_a_published_offer(edition, chain, supplier_segment, carla, organiser, api):
    made = api(carla, "post", "companies/", {"name": "Nova Cells", "country": "FR", "website": "https://nova.example/"}).json()
    asked = {"company": made["slug"], "role": "exhibitor", "chains": ["smart-vehicle"], "main_segment": supplier_segment.pk}
    registration = api(carla, "post", "registrations/", asked).json()
    assert (registration["status"], registration["chains"], registration["edition"]) == ("draft", ["smart-vehicle"], edition.slug)
    place = f"registrations/{registration['id']}/"
    assert api(carla, "post", f"{place}submit/").json()["status"] == "submitted"
    assert api(organiser, "post", f"{place}verify/").json()["status"] == "verified"
    offer = api(carla, "post", "offers/", {"segment": supplier_segment.pk, "title": "Cells"}).json()
    assert (offer["status"], offer["company"]["slug"], offer["registration"]) == ("draft", "nova-cells", registration["id"])
    handed_in = api(carla, "post", f"offers/{offer['id']}/submit/").json()["status"]
    if handed_in == "submitted":
        api(organiser, "post", f"offers/{offer['id']}/publish/")
    assert api(None, "get", f"offers/{offer['id']}/").json()["status"] == "published"


def test_a_number_is_ones_own_and_says_nothing_of_others(anna, boris, aurora, borealis, api):
    assert api(anna, "patch", f"companies/{aurora.slug}/", {"external_id": "C-1"}).status_code == 200
    assert api(boris, "patch", f"companies/{borealis.slug}/", {"external_id": "C-1"}).status_code == 200
    second = api(boris, "post", "companies/", {"name": "Second Works", "country": "FR", "external_id": "C-1"})
    assert (second.status_code, list(second.json()["fields"])) == (400, ["external_id"])
    assert not Company.objects.filter(name="Second Works").exists()


def test_who_leaves_a_company_may_use_the_number_again(boris, borealis, carla, api):
    builders.member(borealis, carla)
    api(boris, "patch", f"companies/{borealis.slug}/", {"external_id": "C-1"})
    mine = Member.objects.get(user=boris, company=borealis)
    assert api(boris, "post", f"memberships/{mine.pk}/end/").status_code == 200
    assert api(boris, "post", "companies/", {"name": "Second Works", "country": "FR", "external_id": "C-1"}).status_code == 201
    assert api(carla, "get", f"companies/{borealis.slug}/").json()["external_id"] == "C-1"


def test_a_registration_is_found_by_its_number_within_its_company(edition, boris, exhibitor, borealis, api):
    draft = builders.registration(borealis, edition, role="buyer", status="draft")
    assert api(boris, "patch", f"registrations/{exhibitor.pk}/", {"external_id": "R-1"}).json()["status"] == "verified"
    assert api(boris, "patch", f"registrations/{draft.pk}/", {"external_id": "R-1"}).status_code == 400
    assert [row["id"] for row in api(boris, "get", "registrations/?external_id=R-1").json()["results"]] == [exhibitor.pk]


def test_a_booth_goes_to_one(edition, chain, boris, borealis, anna, aurora, api):
    hall = builders.hall(edition)
    booth = builders.booth(hall, code="SV 1")
    own = builders.registration(builders.company("Own", country="FR"), edition, status="draft")
    other = builders.registration(aurora, edition, status="draft")
    builders.member(own.company, boris)
    for registration in (own, other):
        registration.chains.add(chain)
    assert api(boris, "patch", f"registrations/{own.pk}/", {"booth": "SV 1"}).json()["booth"] == "SV 1"
    late = api(anna, "patch", f"registrations/{other.pk}/", {"booth": "SV 1", "parallel_meetings": 7})
    assert (late.status_code, late.json()["code"]) == (409, "booth_taken")
    assert Registration.objects.get(pk=other.pk).parallel_meetings == 1
    assert api(anna, "patch", f"registrations/{other.pk}/", {"booth": "XX 9"}).status_code == 400
    booth.refresh_from_db()
    assert booth.status == "reserved"


def test_a_batch_is_kept_whole_or_not_at_all(boris, exhibitor, supplier_segment, api):
    good = {"segment": supplier_segment.pk, "title": "Cells", "external_id": "A-1"}
    wrong = {"segment": supplier_segment.pk, "title": "Cells", "unit_price": "5"}
    answer = api(boris, "post", "offers/batch/", {"rows": [good, wrong]})
    assert (answer.status_code, sorted(answer.json()["fields"])) == (400, ["rows.1.currency", "rows.1.price_unit"])
    unread = api(boris, "post", "offers/batch/", {"rows": [good, {**good, "title": 5}, {"nonsense": 1}]}).json()["fields"]
    assert unread["rows.1.title"] == ["Give a text."] or "rows.1.title" in unread
    assert unread["rows.2.nonsense"] == ["No such field."]
    assert api(boris, "post", "offers/batch/", {"rows": [good] * 101}).status_code == 400
    assert not Offer.objects.exists()
    first = api(boris, "post", "offers/batch/", {"rows": [good, {**good, "external_id": "A-2"}]}).json()
    again = api(boris, "post", "offers/batch/", {"rows": [{**good, "title": "Better cells"}, {**good, "external_id": "A-3"}]}).json()
    assert (first["created"], first["changed"], again["created"], again["changed"]) == (2, 0, 1, 1)
    assert (again["ids"][0], Offer.objects.get(external_id="A-1").title) == (first["ids"][0], "Better cells")


def test_an_upsert_writes_down_once_and_then_changes(anna, buyer, supplier_segment, api):
    body = {"segment": supplier_segment.pk, "title": "Cells wanted", "external_id": "Q-1"}
    first, second = (api(anna, "post", "requests/upsert/", {**body, "quantity": amount}).json() for amount in ("5", "6"))
    assert (first["id"], second["quantity"]) == (second["id"], "6.000")
    assert SourcingRequest.objects.count() == 1


def test_nobody_posts_for_a_company_that_is_not_theirs(anna, boris, exhibitor, buyer, supplier_segment, api):
    body = {"segment": supplier_segment.pk, "title": "Cells", "registration": exhibitor.pk}
    for address in ("offers/", "offers/upsert/"):
        assert api(anna, "post", address, {**body, "external_id": "O-1"}).status_code == 403
    assert (
        api(
            anna, "post", "offers/batch/", {"registration": exhibitor.pk, "rows": [{"segment": supplier_segment.pk, "title": "C"}]}
        ).status_code
        == 403
    )
    # Who buys is not public: to somebody who buys, too, another's registration is one that is not there; to others it is no question at all.
    builders.registration(exhibitor.company, exhibitor.edition, role="buyer")
    hidden = api(boris, "post", "requests/", {**body, "registration": buyer.pk})
    missing = api(boris, "post", "requests/", {**body, "registration": 987654321})
    assert (hidden.status_code, hidden.content) == (400, missing.content)
    assert not Offer.objects.exists()


def test_a_posting_never_changes_hands(boris, exhibitor, supplier_segment, edition, api):
    other = builders.registration(builders.company("Own", country="FR"), edition)
    builders.member(other.company, boris)
    offer = builders.offer(exhibitor, supplier_segment)
    assert api(boris, "patch", f"offers/{offer.pk}/", {"registration": other.pk}).status_code == 400
    assert Offer.objects.get().registration == exhibitor


def test_a_day_that_is_past_is_not_asked_for(anna, buyer, supplier_segment, api):
    yesterday = timezone.localdate() - timedelta(days=1)
    answer = api(anna, "post", "requests/", {"segment": supplier_segment.pk, "title": "Cells", "needed_by": yesterday.isoformat()})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["needed_by"])
    old = builders.sourcing_request(buyer, supplier_segment, needed_by=yesterday)
    assert api(anna, "patch", f"requests/{old.pk}/", {"description": "With cooling", "needed_by": yesterday.isoformat()}).status_code == 200


def test_a_proof_is_read_by_who_sees_the_offer(boris, carla, exhibitor, supplier_segment, client_of):
    offer = builders.offer(exhibitor, supplier_segment, status="draft", certificates=("ISO 9001", "IATF 16949"))
    own, place = client_of(boris), f"/api/v1/offers/{offer.pk}/"
    paper = SimpleUploadedFile("p.pdf", plain_pdf(), "application/pdf")
    proven = own.post(f"{place}prove/", {"certificate": "ISO-9001", "file": paper}).json()
    assert {held["key"]: held["has_proof"] for held in proven["certificates"]} == {"iatf16949": False, "iso9001": True}
    sent = own.get(f"{place}proofs/iso9001/")
    assert (sent.status_code, sent["Content-Type"], sent["Content-Disposition"][:10]) == (200, "application/pdf", "attachment")
    assert b"".join(sent.streaming_content) == plain_pdf()  # Read to its end, the file is closed.
    assert client_of(carla).get(f"{place}proofs/iso9001/").status_code == 404
    assert own.get(f"{place}proofs/iatf16949/").status_code == 404
    hostile = SimpleUploadedFile("p.pdf", pdf_with_script(), "application/pdf")
    assert own.post(f"{place}prove/", {"certificate": "iatf16949", "file": hostile}).json()["code"] == "unreadable_file"
    assert own.post(f"{place}prove/", {"certificate": "CE", "file": SimpleUploadedFile("p.pdf", plain_pdf())}).status_code == 400
    stays = own.patch(place, {"certificates": [{"name": "ISO 9001", "valid_until": None}]}, JSON).json()["certificates"]
    assert [(held["key"], held["has_proof"]) for held in stays] == [("iso9001", True)]


def test_a_logo_is_a_picture_of_bounded_size(boris, borealis, client_of):
    own, place = client_of(boris), f"/api/v1/companies/{borealis.slug}/logo/"
    for name, content in (("a.png", b"GIF89a nonsense"), ("b.png", b"\x89PNG" + b"0" * (5 * 1024 * 1024))):
        answer = own.post(place, {"logo": SimpleUploadedFile(name, content, "image/png")})
        assert (answer.status_code, answer.json()["code"]) == (400, "not_an_image")
    assert own.post(place, {}).status_code == 400
    assert not Company.objects.get(pk=borealis.pk).logo


def test_what_fits_is_read_as_on_the_page(buyer, exhibitor, supplier_segment, carla, api):
    request = builders.sourcing_request(buyer, supplier_segment, **WANTED, visibility="name_hidden")
    offer = builders.offer(exhibitor, supplier_segment, **CELL)
    run(offer.registration.edition)
    found = api(carla, "get", f"offers/{offer.pk}/fits/")
    assert [(fit["id"], fit["is_linked"]) for fit in found.json()["results"]] == [(request.pk, False)]
    assert "urora" not in found.text
    assert api(None, "get", f"requests/{request.pk}/fits/").json()["total"] == 1
    paused = builders.offer(exhibitor, supplier_segment, status="paused")
    assert api(carla, "get", f"offers/{paused.pk}/fits/").status_code == 404


def test_hs_codes_are_looked_up(client, db):
    found = client.get("/api/v1/hs-codes/8507/").json()["results"]
    assert found
    assert all(row["code"].startswith("8507") or "8507".startswith(row["code"]) for row in found)


def test_a_match_is_for_one_person(edition, boris, borealis, carla, api):
    hidden = builders.company("Hidden Works", country="FR")
    builders.member(hidden, boris)
    (match,) = api(carla, "get", "company-matches/", {"name": "Hidden Works Ltd", "country": "FR"}).json()
    assert (match["name"], match["slug"], match["is_exact"]) == ("Hidden Works", "", True)
    dan = builders.person("dan@example.com")
    assert api(dan, "post", "memberships/", {"match": match["match"]}).status_code == 400
    assert api(carla, "post", "memberships/", {"company": "hidden-works"}).status_code == 400
    assert api(carla, "post", "memberships/", {"match": match["match"], "company": borealis.slug}).status_code == 400
    assert api(carla, "post", "memberships/", {"match": match["match"]}).json()["status"] == "asked"
    assert api(None, "get", "company-matches/", {"name": "Hidden Works", "country": "FR"}).status_code == 401
    assert api(carla, "get", "company-matches/", {"name": "Hidden Works", "country": "FR", "x": "1"}).status_code == 400


def test_people_are_read_by_their_owners_alone(boris, borealis, exhibitor, anna, carla, api):
    asked = api(carla, "post", "memberships/", {"company": borealis.slug}).json()["id"]
    rows = {row["name"]: row for row in api(boris, "get", "memberships/").json()["results"]}
    assert (rows["Carla Costa"]["email"], rows["Carla Costa"]["is_me"], rows["Boris Bo"]["is_me"]) == ("carla@example.com", False, True)
    assert api(boris, "post", f"memberships/{asked}/decline/").json()["email"] is None
    assert api(carla, "get", f"memberships/{asked}/").json()["email"] == "carla@example.com"
    assert [row["name"] for row in api(anna, "get", "memberships/").json()["results"]] == ["Anna Adler"]
    erik = builders.person("erik@example.com")
    builders.member(borealis, erik, role="representative")
    assert [row["name"] for row in api(erik, "get", "memberships/").json()["results"]] == [erik.full_name]


def test_staff_who_may_not_look_at_people_read_no_addresses(borealis, boris, api):
    reader = builders.person("reader@example.com", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_member"))
    rows = api(reader, "get", "memberships/").json()["results"]
    assert [(row["name"], row["email"]) for row in rows] == [("Boris Bo", None)]


def test_a_block_is_known_to_who_set_it(boris, anna, borealis, aurora, api):
    made = api(boris, "post", "blocks/", {"company": borealis.slug, "blocked": aurora.slug}).json()
    assert api(boris, "get", "blocks/").json()["results"] == [made]
    assert api(anna, "get", "blocks/").json()["results"] == []
    assert api(anna, "get", f"blocks/{made['id']}/").status_code == 404
    assert api(anna, "post", "blocks/", {"company": borealis.slug, "blocked": aurora.slug}).status_code == 403


@pytest.mark.parametrize("visibility", ["anonymous", "totals_only"])
def test_who_signed_reads_the_agreement_and_nobody_else(visibility, edition, chain, aurora, borealis, boris, carla, client, api):
    made = builders.agreement(edition, chain, aurora, borealis, title="Cells for cars", visibility=visibility, document_sha256="ab" * 32)
    (own,) = api(boris, "get", "agreements/?mine=true").json()["results"]
    assert (own["title"], own["visibility"], own["document_sha256"], own["void_reason"]) == ("Cells for cars", visibility, "ab" * 32, "")
    assert {party["name"] for party in own["parties"]} == {"Aurora Motors", "Borealis Cells"}
    for stranger in (None, carla):
        seen = api(stranger, "get", f"agreements/{made.pk}/")
        assert "Cells for cars" not in seen.text
        assert "abab" not in seen.text
        assert seen.status_code == (404 if visibility == "totals_only" else 200)
        assert api(stranger, "get", "agreements/?mine=true").json()["results"] == []
    assert api(carla, "get", "agreements/?status=draft").json()["results"] == []


def test_an_agreement_is_logged_once(edition, chain, aurora, borealis, organiser, api):
    parties = [{"company": aurora.slug}, {"company": borealis.slug}]
    body = {"edition": edition.slug, "title": "Cells", "kind": "agreement", "chain": chain.slug, "signed_on": "2027-06-21", "amount": "7",
            "currency": "USD", "parties": parties}  # fmt: skip
    first = api(organiser, "post", "agreements/", body).json()
    assert (first["status"], first["number"]) == ("draft", None)
    again = api(organiser, "post", "agreements/", body)
    assert (again.status_code, again.json()["code"]) == (409, "likely_duplicate")
    assert api(organiser, "post", "agreements/", {**body, "not_a_duplicate": True}).status_code == 201
    changed = api(organiser, "patch", f"agreements/{first['id']}/", {"amount": "8.00"}).json()
    assert (changed["amount"], len(changed["parties"])) == ("8.00", 2)
    recorded = api(organiser, "post", f"agreements/{first['id']}/record/").json()
    assert (recorded["status"], recorded["number"], recorded["amount_cny"]) == ("recorded", 1, "56.00")
    assert api(organiser, "patch", f"agreements/{first['id']}/", {"amount": "9"}).json()["code"] == "illegal_move"
    assert api(organiser, "post", f"agreements/{first['id']}/void/", {"reason": " "}).status_code == 400
    assert Agreement.objects.get(pk=first["id"]).status == "recorded"
    assert [row["status"] for row in api(organiser, "get", "agreements/?status=draft").json()["results"]] == ["draft"]


def test_a_document_is_read_by_the_organiser(edition, chain, aurora, borealis, organiser, boris, client_of):
    draft = builders.agreement(edition, chain, aurora, borealis, status="draft")
    place = f"/api/v1/agreements/{draft.pk}/"
    own = client_of(organiser)
    assert own.get(f"{place}document/").status_code == 404
    sent = own.post(f"{place}attach/", {"document": SimpleUploadedFile("p.pdf", plain_pdf(), "application/pdf")}).json()
    assert len(sent["document_sha256"]) == 64
    paper = own.get(f"{place}document/")
    assert (paper.status_code, b"".join(paper.streaming_content)) == (200, plain_pdf())
    assert client_of(boris).get(f"{place}document/").status_code == 404


def test_a_seat_is_reserved_and_given_back(edition, anna, boris, carla, api):
    forum = builders.forum(edition, key="talk", on=edition.starts_on, capacity=1)
    assert api(anna, "post", "forums/talk/reserve-seat/").json()["seats_taken"] == 1
    full = api(boris, "post", "forums/talk/reserve-seat/")
    assert (full.status_code, full.json()["code"]) == (409, "forum_is_full")
    (seat,) = api(anna, "get", "seats/").json()["results"]
    assert seat["forum"] == forum.key
    assert api(boris, "get", "seats/").json()["results"] == []
    assert api(boris, "get", f"seats/{seat['id']}/").status_code == 404
    assert api(boris, "post", "forums/talk/give-back-seat/").json()["code"] == "no_seat_to_give_back"
    assert api(anna, "post", "forums/talk/give-back-seat/").json()["seats_taken"] == 0


def test_a_row_that_changed_meanwhile_is_not_overwritten(boris, exhibitor, supplier_segment, client_of):
    offer = builders.offer(exhibitor, supplier_segment, status="draft")
    own, place = client_of(boris), f"/api/v1/offers/{offer.pk}/"
    seen = own.get(place)["ETag"]
    assert own.get(place, headers={"If-None-Match": seen}).status_code == 304
    first = own.patch(place, {"title": "One"}, JSON, headers={"If-Match": seen})
    late = own.patch(place, {"title": "Two"}, JSON, headers={"If-Match": seen})
    assert (first.status_code, late.status_code, late.json()["code"]) == (200, 412, "changed_meanwhile")
    assert Offer.objects.get().title == "One"


def test_what_is_the_organisers_is_refused_before_the_body_is_read(anna, boris, carla, organiser, exhibitor, api):
    place = f"registrations/{exhibitor.pk}"
    for person in (anna, boris, carla):
        for address in (f"{place}/move-booth/", f"{place}/arrange/", f"{place}/reject/", "exchange-rates/"):
            answer = api(person, "post", address, {"no such field": 1})
            assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), address
    assert api(organiser, "post", f"{place}/move-booth/", {"no such field": 1}).status_code == 400


def test_a_row_that_is_hidden_is_not_there_for_a_verb_of_the_organisers(carla, exhibitor, api):
    Registration.objects.update(status=Registration.Status.DRAFT)
    hidden = api(carla, "post", f"registrations/{exhibitor.pk}/move-booth/", {})
    none = api(carla, "post", "registrations/999999/move-booth/", {})
    assert (hidden.status_code, hidden.content) == (none.status_code, none.content) == (404, none.content)


def test_each_row_of_a_batch_counts_towards_the_limit(boris, exhibitor, supplier_segment, api, settings):
    settings.API_LIMITS = {**settings.API_LIMITS, "user": (5, 1000)}
    rows = [{"segment": supplier_segment.pk, "title": "Cells", "external_id": f"A-{n}"} for n in range(3)]
    first = api(boris, "post", "offers/batch/", {"rows": rows})
    assert (first.status_code, first["RateLimit-Remaining"]) == (200, "2")
    more = [{**row, "external_id": f"{row['external_id']}-2"} for row in rows]
    refused = api(boris, "post", "offers/batch/", {"rows": more})
    assert (refused.status_code, refused.json()["code"], refused["RateLimit-Remaining"]) == (429, "throttled", "0")
    assert 0 < int(refused["Retry-After"]) <= 61
    assert Offer.objects.count() == 3


def test_a_batch_that_is_longer_than_a_minute_allows_takes_the_whole_minute(boris, exhibitor, supplier_segment, api, settings):
    settings.API_LIMITS = {**settings.API_LIMITS, "user": (2, 1000)}
    rows = [{"segment": supplier_segment.pk, "title": "Cells", "external_id": f"A-{n}"} for n in range(3)]
    assert api(boris, "post", "offers/batch/", {"rows": rows}).status_code == 200
    assert api(boris, "post", "offers/batch/", {"rows": rows}).status_code == 429
