from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from matchmaking.marketplace.models import Offer, OfferCertificate, SourcingRequest
from matchmaking.participants.models import Registration
from tests import builders
from tests.matchmaking.marketplace.pdfs import pdf_with_script, plain_pdf


def rows(*named, **more):
    total = max(len(named), 2)
    data = {"certificates-TOTAL_FORMS": total, "certificates-INITIAL_FORMS": 0, **more}
    for number, values in enumerate(named):
        data |= {f"certificates-{number}-{name}": value for name, value in values.items()}
    return data


def offer_data(segment, *certificates, **fields):
    return {"title": "Battery cells", "segment": segment.pk, "language": "en", "unit": "pc", **rows(*certificates), **fields}


def request_data(segment, **fields):
    return {
        "title": "Cells wanted",
        "segment": segment.pk,
        "language": "en",
        "unit": "pc",
        "visibility": "public",
        "musts": ["CERTS"],
        **fields,
    }


@pytest.mark.parametrize("path", ["/post/offer/", "/post/request/", "/offers/1/edit/", "/offers/1/withdraw/"])
def test_strangers_sign_in_first(path, db, client):
    answer = client.get(path)
    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


def test_who_pays_is_asked_first(db, client):
    page = client.get("/post/").content.decode()
    assert "/post/offer/" in page
    assert "/post/request/" in page


def test_an_offer_is_written_down_and_handed_in(exhibitor, boris, supplier_segment, client_of):
    client = client_of(boris)
    assert client.get("/post/offer/").status_code == 200
    data = offer_data(
        supplier_segment,
        {"name": "IATF 16949", "valid_until": "2030-01-31", "file": SimpleUploadedFile("p.pdf", plain_pdf())},
        {"name": "CE"},
        unit_price="1,250.5", currency="USD", price_unit="pc", minimum_quantity="12,000", lead_time_days="70", ships_to="Germany, 法国, jp", incoterms=["FOB"],
        submit="yes",
    )  # fmt: skip
    answer = client.post("/post/offer/", data)
    offer = Offer.objects.get()
    assert answer["Location"] == f"/offers/{offer.pk}/"
    assert (offer.status, offer.registration, offer.ships_to) == ("submitted", exhibitor, ("DE", "FR", "JP"))
    assert (str(offer.unit_price), str(offer.minimum_quantity)) == ("1250.5000", "12000.000")
    assert sorted(row.certificate.name for row in offer.certificates.all()) == ["CE", "IATF 16949"]
    assert offer.certificates.get(certificate__key="iatf16949").file


def test_a_draft_stays_a_draft(exhibitor, boris, supplier_segment, client_of):
    client_of(boris).post("/post/offer/", offer_data(supplier_segment))
    assert Offer.objects.get().status == "draft"


def test_a_request_needs_a_day_to_come(buyer, anna, supplier_segment, client_of):
    page = client_of(anna).post("/post/request/", request_data(supplier_segment, needed_by="2020-01-01")).text
    assert "That day is past." in page
    assert not SourcingRequest.objects.exists()


def test_a_day_that_passed_meanwhile_stops_no_correction(buyer, anna, supplier_segment, client_of):
    posting = builders.sourcing_request(buyer, supplier_segment, needed_by=date(2020, 1, 1))
    data = request_data(supplier_segment, title="Cells wanted now", needed_by="2020-01-01", musts=posting.musts)
    assert client_of(anna).post(f"/requests/{posting.pk}/edit/", data).status_code == 302


def test_enter_in_a_field_saves(exhibitor, boris, client_of):
    form = client_of(boris).get("/post/offer/").text.partition('aria-labelledby="form-title"')[2]
    first_button = form[form.index("<button") :].partition(">")[0]
    assert "name=" not in first_button


def test_without_review_the_button_publishes(edition, buyer, anna, supplier_segment, client_of):
    edition.reviews_postings = False
    edition.save()
    client = client_of(anna)
    assert "Publish" in client.get("/post/request/").content.decode()
    client.post("/post/request/", request_data(supplier_segment, certificates="CE, ISO 9001", submit="yes"))
    request = SourcingRequest.objects.get()
    assert (request.status, request.certificates.count(), request.musts) == ("published", 2, ("CERTS",))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"minimum_quantity": "about 12k"}, "“about 12k” is not a number"),
        ({"unit_price": "5"}, "Pick the currency of the price."),
        ({"ships_to": "Germny"}, "“Germny” is no country or region"),
        ({"hs_code": "85A"}, "2, 4 or 6 digits"),
        ({"segment": ""}, "required"),
        ({"title": ""}, "required"),
        ({"certificates-0-valid_until": "2030-01-01"}, "Name the certificate"),
        ({"certificates-0-name": "CE", "certificates-0-file": SimpleUploadedFile("a.pdf", pdf_with_script())}, "holds scripts"),
        ({"certificates-0-name": "CE", "certificates-0-file": SimpleUploadedFile("a.html", b"<html>")}, "not a PDF"),
        ({"certificates-TOTAL_FORMS": "9999999"}, ""),
        ({"certificates-TOTAL_FORMS": "x"}, ""),
    ],
)
def test_what_is_wrong_is_said_and_the_input_kept(fields, sentence, exhibitor, boris, supplier_segment, client_of):
    answer = client_of(boris).post("/post/offer/", {**offer_data(supplier_segment), "description": "Kept words", **fields})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert sentence in page
    assert "Kept words" in page
    assert not Offer.objects.exists()


def test_more_rows_come_without_script_and_keep_what_was_typed(exhibitor, boris, supplier_segment, client_of):
    data = offer_data(supplier_segment, {"name": "CE"}, {"name": "ISO 9001"}, title="Half-written", minimum_quantity="x", more="yes")
    answer = client_of(boris).post("/post/offer/", data)
    page = answer.content.decode()
    assert page.count('-name"') >= 4
    assert 'value="ISO 9001"' in page
    assert 'value="Half-written"' in page
    assert 'role="alert"' not in page
    assert not Offer.objects.exists()


def test_who_is_not_verified_reads_what_to_do(exhibitor, boris, anna, carla, client_of):
    for person, path in ((carla, "/post/offer/"), (anna, "/post/offer/"), (boris, "/post/request/")):
        page = client_of(person).get(path).content.decode()
        assert "/register/" in page
        assert "<textarea" not in page
    Registration.objects.filter(pk=exhibitor.pk).update(status="submitted")
    page = client_of(boris).get("/post/offer/").content.decode()
    assert "The organiser looks at it" in page


def test_who_is_not_verified_posts_nothing(carla, supplier_segment, client_of):
    client_of(carla).post("/post/offer/", offer_data(supplier_segment))
    assert not Offer.objects.exists()


def test_with_two_companies_one_is_chosen(exhibitor, edition, boris, carla, supplier_segment, client_of):
    second = builders.registration(builders.company("Second Cells"), edition)
    foreign = builders.registration(builders.company("Foreign Cells"), edition)
    builders.member(second.company, boris)
    client = client_of(boris)
    client.post("/post/offer/", offer_data(supplier_segment, registration=second.pk))
    assert Offer.objects.get().registration == second
    client.post("/post/offer/", offer_data(supplier_segment, registration=foreign.pk))
    assert Offer.objects.count() == 1


def test_fields_of_the_model_that_the_form_does_not_have_are_not_set(exhibitor, boris, supplier_segment, client_of):
    forged = {"status": "published", "is_demo": "on", "published_at": "2026-01-01", "valid_until": "2099-01-01", "price_cny_base": "1"}
    client_of(boris).post("/post/offer/", offer_data(supplier_segment, **forged))
    offer = Offer.objects.get()
    assert (offer.status, offer.is_demo, offer.valid_until, offer.price_cny_base) == ("draft", False, None, None)


@pytest.fixture
def mine(exhibitor, supplier_segment):
    return builders.offer(exhibitor, supplier_segment, title="Cells", certificates=("CE",))


@pytest.mark.parametrize("path", ["edit/", "withdraw/", "fulfil/"])
def test_others_find_no_such_page(path, mine, anna, carla, organiser, client_of):
    for person in (anna, carla, organiser):
        for method in ("get", "post"):
            assert getattr(client_of(person), method)(f"/offers/{mine.pk}/{path}").status_code == 404
    mine.refresh_from_db()
    assert mine.status == "published"


def test_an_edit_shows_what_is_there_and_saves(mine, boris, supplier_segment, client_of):
    client = client_of(boris)
    page = client.get(f"/offers/{mine.pk}/edit/").content.decode()
    assert 'value="CE"' in page
    assert "A changed figure, certificate or segment is read by the organiser first." in page
    data = offer_data(supplier_segment, {"name": "CE"}, title="Cells!")
    assert client.post(f"/offers/{mine.pk}/edit/", data)["Location"] == f"/offers/{mine.pk}/"
    mine.refresh_from_db()
    assert (mine.title, mine.status) == ("Cells!", "published")
    client.post(f"/offers/{mine.pk}/edit/", {**data, "lead_time_days": "10"})
    mine.refresh_from_db()
    assert mine.status == "submitted"


def test_rows_that_are_sent_back_unchanged_stay(mine, boris, supplier_segment, client_of):
    data = offer_data(supplier_segment, {"name": "CE"}, {"name": "ISO 9001"}, title=mine.title, **{"certificates-INITIAL_FORMS": 1})
    client_of(boris).post(f"/offers/{mine.pk}/edit/", data)
    assert sorted(row.certificate.name for row in OfferCertificate.objects.all()) == ["CE", "ISO 9001"]


def test_a_row_says_that_its_proof_is_kept(mine, boris, supplier_segment, client_of):
    client = client_of(boris)
    proven = {"name": "CE", "file": SimpleUploadedFile("p.pdf", plain_pdf())}
    client.post(f"/offers/{mine.pk}/edit/", offer_data(supplier_segment, proven, title=mine.title))
    words = "A proof is kept"
    assert words in client.get(f"/offers/{mine.pk}/edit/").content.decode()
    assert words in client.post(f"/offers/{mine.pk}/edit/", offer_data(supplier_segment, {"name": "CE"}, title="")).content.decode()


def test_a_certificate_is_removed_by_its_box(mine, boris, supplier_segment, client_of):
    client_of(boris).post(f"/offers/{mine.pk}/edit/", offer_data(supplier_segment, {"name": "CE", "drop": "on"}))
    assert not OfferCertificate.objects.exists()


def test_what_has_ended_has_no_form(mine, boris, client_of):
    mine.status = "withdrawn"
    mine.save()
    assert client_of(boris).get(f"/offers/{mine.pk}/edit/")["Location"] == f"/offers/{mine.pk}/"


def test_steps_are_pressed_and_what_is_for_good_is_asked_again(mine, boris, client_of):
    client = client_of(boris)
    assert client.get(f"/offers/{mine.pk}/pause/").status_code == 405
    for verb, status in (("pause", "paused"), ("resume", "published"), ("renew", "published")):
        assert client.post(f"/offers/{mine.pk}/{verb}/").status_code == 302
        mine.refresh_from_db()
        assert mine.status == status
    assert "Withdraw “Cells”?" in client.get(f"/offers/{mine.pk}/withdraw/").content.decode()
    mine.refresh_from_db()
    assert mine.status == "published"
    client.post(f"/offers/{mine.pk}/withdraw/")
    mine.refresh_from_db()
    assert mine.status == "withdrawn"


def test_a_second_press_says_so_and_harms_nothing(mine, boris, client_of):
    client = client_of(boris)
    client.post(f"/offers/{mine.pk}/pause/")
    answer = client.post(f"/offers/{mine.pk}/pause/", follow=True)
    assert "not possible" in answer.content.decode()
    mine.refresh_from_db()
    assert mine.status == "paused"


@pytest.mark.parametrize("verb", ["publish", "expire", "request_changes", "nonsense"])
def test_other_verbs_are_no_addresses(verb, mine, boris, client_of):
    assert client_of(boris).post(f"/offers/{mine.pk}/{verb}/").status_code == 404


def test_buttons_carry_their_token(mine, boris, client_of):
    client = client_of(boris, enforce_csrf_checks=True)
    assert client.post(f"/offers/{mine.pk}/pause/").status_code == 403
    page = client.get(f"/offers/{mine.pk}/").content.decode()
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    assert client.post(f"/offers/{mine.pk}/pause/", {"csrfmiddlewaretoken": token}).status_code == 302


def test_a_request_is_edited_the_same_way(buyer, anna, supplier_segment, client_of):
    request = builders.sourcing_request(buyer, supplier_segment, certificates=("CE",), origins_accepted=["CN"], deliver_to="DE")
    request.refresh_from_db()
    client = client_of(anna)
    page = client.get(f"/requests/{request.pk}/edit/").content.decode()
    assert 'value="China (mainland)"' in page
    data = request_data(
        supplier_segment,
        certificates="CE",
        origins_accepted="China (mainland)",
        deliver_to="DE",
        title=request.title,
        visibility="name_hidden",
    )
    client.post(f"/requests/{request.pk}/edit/", {**data, "musts": list(request.musts)})
    request.refresh_from_db()
    assert (request.visibility, request.status, request.origins_accepted) == ("name_hidden", "published", ("CN",))
    client.post(f"/requests/{request.pk}/pause/")
    request.refresh_from_db()
    assert request.status == "paused"


def test_hs_codes_are_found_by_words_in_both_languages(db):
    client = Client()
    assert "850760" in client.get("/hs/", {"q": "lithium battery"}).content.decode()
    assert "8507" in client.get("/zh/hs/", {"q": "蓄电池"}).content.decode()
    assert client.get("/hs/").status_code == 200
    assert "Nothing is listed" in client.get("/hs/", {"q": "<b>xyzzy"}).content.decode()


def test_names_are_escaped_everywhere(exhibitor, boris, supplier_segment, client_of):
    nasty = '"><script>alert(1)</script>'
    exhibitor.company.name = nasty
    exhibitor.company.save()
    offer = builders.offer(exhibitor, supplier_segment, title=nasty, title_other=nasty, description=nasty, certificates=(nasty,))
    client = client_of(boris)
    for path in (
        "/market/",
        f"/offers/{offer.pk}/",
        f"/offers/{offer.pk}/edit/",
        f"/offers/{offer.pk}/withdraw/",
        "/market/?q=%22%3E%3Cscript%3E",
    ):
        assert "<script>alert" not in client.get(path).content.decode()
