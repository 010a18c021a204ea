from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from expo.foundation.errors import Invalid, NotAllowed
from expo.foundation.models import Event
from matchmaking.marketplace import actions
from matchmaking.marketplace.actions import HeldCertificate
from matchmaking.marketplace.errors import CertificateEnded, NotEditable, NotVerified, QuotaExceeded, UnreadableFile
from matchmaking.marketplace.models import Certificate, Offer, OfferCertificate, SourcingRequest
from matchmaking.participants.models import Registration
from tests import builders
from tests.matchmaking.marketplace.pdfs import plain_pdf


def offer_fields(place, **fields):
    return {
        "segment": place,
        "title": "Battery cells",
        "unit": "t",
        "unit_price": Decimal(7000),
        "currency": "USD",
        "price_unit": "t",
        "minimum_quantity": Decimal(2),
        "lead_time_days": 70,
        "origin": "CN",
        "ships_to": ["FR", "DE"],
        "incoterms": ["FOB"],
        **fields,
    }


def request_fields(segment, **fields):
    return {"segment": segment, "title": "Cells for buses", "quantity": Decimal(500), "unit": "kg", "deliver_to": "DE", **fields}


@pytest.fixture
def draft(exhibitor, boris, supplier_segment):
    certificates = [HeldCertificate("IATF 16949", date(2028, 1, 1))]
    return actions.save_offer(None, by=boris, registration=exhibitor, fields=offer_fields(supplier_segment), certificates=certificates)


@pytest.fixture
def published(draft):
    Offer.objects.filter(pk=draft.pk).update(status="published", valid_until=date(2099, 1, 1), published_at="2026-01-01T00:00Z")
    draft.refresh_from_db()
    return draft


def test_a_new_offer_is_a_draft_in_base_units_and_yuan(draft):
    draft.refresh_from_db()
    assert draft.status == "draft"
    assert (draft.price_cny_base, draft.base_unit, draft.quantity_base) == (Decimal(49), "kg", Decimal(2000))
    assert draft.ships_to == ("DE", "FR")
    assert draft.certificates.get().certificate.key == "iatf16949"
    assert Event.objects.get().verb == "draft"


def test_a_new_request_is_a_draft(buyer, anna, supplier_segment):
    fields = request_fields(supplier_segment, budget="9.5", currency="EUR", budget_unit="kg", musts=["CERTS"], origins_accepted=["CN"])
    request = actions.save_request(None, by=anna, registration=buyer, fields=fields, certificates=["ISO 9001", " iso9001 ", ""])
    request.refresh_from_db()
    assert (request.status, request.price_cny_base, request.quantity_base) == ("draft", Decimal(76), Decimal(500))
    assert [row.certificate.key for row in request.certificates.all()] == ["iso9001"]
    assert request.musts == ("CERTS",)


def test_a_currency_without_a_rate_is_kept_and_not_compared(exhibitor, boris, supplier_segment):
    offer = actions.save_offer(None, by=boris, registration=exhibitor, fields=offer_fields(supplier_segment, currency="THB"))
    assert offer.price_cny_base is None


def test_names_of_one_certificate_share_one_row(draft, boris, exhibitor, supplier_segment):
    held = [HeldCertificate("iatf-16949")]
    actions.save_offer(None, by=boris, registration=exhibitor, fields=offer_fields(supplier_segment), certificates=held)
    assert Certificate.objects.get().name == "IATF 16949"


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 161}, "title"),
        ({"segment": None}, "segment"),
        ({"unit": "stone"}, "unit"),
        ({"currency": ""}, "currency"),
        ({"price_unit": ""}, "price_unit"),
        ({"unit_price": -1}, "unit_price"),
        ({"unit_price": "much"}, "unit_price"),
        ({"unit_price": "NaN"}, "unit_price"),
        ({"minimum_quantity": 0}, "minimum_quantity"),
        ({"lead_time_days": 99999}, "lead_time_days"),
        ({"hs_code": "854"}, "hs_code"),
        ({"ships_to": ["XX"]}, "ships_to"),
        ({"incoterms": ["ABC"]}, "incoterms"),
        ({"status": "published"}, "status"),
        ({"registration": 1}, "registration"),
        ({"is_demo": True}, "is_demo"),
        ({"price_cny_base": 1}, "price_cny_base"),
    ],
)
def test_wrong_values_are_refused_by_field_and_nothing_is_written(fields, name, exhibitor, boris, supplier_segment):
    with pytest.raises(Invalid) as refused:
        actions.save_offer(None, by=boris, registration=exhibitor, fields=offer_fields(supplier_segment, **fields))
    assert name in refused.value.fields
    assert not Offer.objects.exists()
    assert not Event.objects.exists()


def test_a_segment_of_another_edition_is_refused(exhibitor, boris):
    elsewhere = builders.segment(builders.chain(builders.edition()))
    with pytest.raises(Invalid) as refused:
        actions.save_offer(None, by=boris, registration=exhibitor, fields=offer_fields(elsewhere))
    assert list(refused.value.fields) == ["segment"]


def test_who_may_not_post_posts_nothing(exhibitor, buyer, anna, boris, carla, organiser, supplier_segment):
    fields = offer_fields(supplier_segment)
    for person, registration, error in (
        (carla, exhibitor, NotAllowed),
        (anna, exhibitor, NotAllowed),
        (organiser, exhibitor, NotAllowed),
        (anna, buyer, NotVerified),
    ):
        with pytest.raises(error):
            actions.save_offer(None, by=person, registration=registration, fields=fields)
    assert not Offer.objects.exists()


def test_an_unverified_exhibitor_posts_nothing(exhibitor, boris, supplier_segment):
    exhibitor.status = Registration.Status.SUBMITTED
    exhibitor.save()
    with pytest.raises(NotVerified):
        actions.save_offer(None, by=boris, registration=exhibitor, fields=offer_fields(supplier_segment))
    assert not Offer.objects.exists()


def test_an_offer_never_changes_hands(draft, edition, boris):
    other = builders.registration(builders.company("Other"), edition)
    builders.member(other.company, boris)
    with pytest.raises(NotAllowed):
        actions.save_offer(draft, by=boris, registration=other, fields={"title": "Mine"})
    draft.refresh_from_db()
    assert draft.title == "Battery cells"


@pytest.mark.parametrize("status", ["fulfilled", "expired", "withdrawn"])
def test_what_has_ended_stays_as_it_was(status, draft, exhibitor, boris):
    Offer.objects.filter(pk=draft.pk).update(status=status)
    with pytest.raises(NotEditable):
        actions.save_offer(draft, by=boris, registration=exhibitor, fields={"title": "Cells"})
    draft.refresh_from_db()
    assert draft.title == "Battery cells"


def edit(offer, boris, exhibitor, certificates=None, **fields):
    return actions.save_offer(offer, by=boris, registration=exhibitor, fields=fields, certificates=certificates)


@pytest.mark.parametrize(
    "fields",
    [
        {"unit_price": 6900},
        {"lead_time_days": 71},
        {"unit": "kg"},
        {"ships_to": ["DE"]},
        {"origin": "VN"},
        {"title": "Steel tubes for bicycles"},
    ],
)
def test_a_changed_must_have_goes_back_to_review(fields, published, exhibitor, boris, carla):
    assert edit(published, boris, exhibitor, **fields).status == "submitted"
    assert not Offer.objects.visible_to(carla).exists()
    assert Event.objects.latest("id").verb == "send_back"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"title": "Battery cells "},
        {"title": "Batery cells"},
        {"unit_price": "7000.0000"},
        {"ships_to": ["FR", "DE"]},
        {"language": "zh-hans"},
    ],
)
def test_a_typo_does_not(fields, published, exhibitor, boris):
    assert edit(published, boris, exhibitor, **fields).status == "published"


def test_a_new_description_is_read_first(published, exhibitor, boris):
    assert edit(published, boris, exhibitor, description="Buy our other goods").status == "submitted"


def test_changed_certificates_go_back_to_review_and_the_same_ones_do_not(published, exhibitor, boris):
    same = [HeldCertificate("IATF 16949", date(2028, 1, 1))]
    assert edit(published, boris, exhibitor, same).status == "published"
    assert edit(published, boris, exhibitor, [HeldCertificate("IATF 16949", date(2029, 1, 1))]).status == "submitted"


def test_a_certificate_that_has_ended_is_refused_and_one_that_ended_meanwhile_stays(published, exhibitor, boris):
    yesterday = timezone.localdate() - timedelta(days=1)
    with pytest.raises(CertificateEnded):
        edit(published, boris, exhibitor, [HeldCertificate("ISO 9001", yesterday)])
    assert OfferCertificate.objects.get().certificate.name == "IATF 16949"
    OfferCertificate.objects.update(valid_until=yesterday)
    assert edit(published, boris, exhibitor, [HeldCertificate("IATF 16949", yesterday)]).status == "published"


def test_a_dropped_certificate_is_gone(published, exhibitor, boris):
    assert edit(published, boris, exhibitor, []).status == "submitted"
    assert not OfferCertificate.objects.exists()


def test_without_review_a_changed_figure_stays_on_the_market(published, exhibitor, boris, edition):
    edition.reviews_postings = False
    edition.save()
    assert edit(published, boris, exhibitor, unit_price=6900).status == "published"


def test_a_request_changes_its_shield_without_review(buyer, anna, supplier_segment):
    request = builders.sourcing_request(buyer, supplier_segment)
    saved = actions.save_request(request, by=anna, registration=buyer, fields={"answer_cap": 5, "visibility": "name_hidden"})
    assert (saved.status, saved.answer_cap) == ("published", 5)
    assert actions.save_request(request, by=anna, registration=buyer, fields={"musts": ["PRICE"]}).status == "submitted"


def test_asked_certificates_are_kept_in_step(buyer, anna, supplier_segment):
    request = builders.sourcing_request(buyer, supplier_segment, certificates=("ISO 9001", "CE"))
    saved = actions.save_request(request, by=anna, registration=buyer, fields={}, certificates=["ce", "UL 9540A"])
    assert sorted(row.certificate.key for row in saved.certificates.all()) == ["ce", "ul9540a"]
    assert saved.status == "submitted"


def test_a_proof_is_kept_under_a_random_name_and_replaced(draft, exhibitor, boris, django_capture_on_commit_callbacks):
    first = SimpleUploadedFile("../../iso <b>.pdf", plain_pdf())
    edit(draft, boris, exhibitor, [HeldCertificate("IATF 16949", file=first)])
    row = OfferCertificate.objects.get()
    assert row.file.name.startswith("certificates/")
    assert "iso" not in row.file.name
    storage, name = row.file.storage, row.file.name
    with django_capture_on_commit_callbacks(execute=True):
        edit(draft, boris, exhibitor, [HeldCertificate("IATF 16949", file=SimpleUploadedFile("b.pdf", plain_pdf()))])
    assert not storage.exists(name)
    assert storage.exists(OfferCertificate.objects.get().file.name)


def test_saving_again_without_a_file_keeps_the_proof(draft, exhibitor, boris):
    edit(draft, boris, exhibitor, [HeldCertificate("IATF 16949", file=SimpleUploadedFile("a.pdf", plain_pdf()))])
    edit(draft, boris, exhibitor, [HeldCertificate("IATF 16949", date(2030, 1, 1))])
    assert OfferCertificate.objects.get().file


def test_a_hostile_proof_keeps_everything_as_it_was(draft, exhibitor, boris):
    with pytest.raises(UnreadableFile):
        edit(draft, boris, exhibitor, [HeldCertificate("CE", file=SimpleUploadedFile("a.pdf", b"<html>"))], title="New")
    draft.refresh_from_db()
    assert draft.title == "Battery cells"
    assert OfferCertificate.objects.get().certificate.key == "iatf16949"


def test_a_company_s_files_have_an_end(draft, exhibitor, boris, monkeypatch):
    monkeypatch.setattr("matchmaking.marketplace.actions.saving.QUOTA_BYTES", len(plain_pdf()) + 10)
    edit(draft, boris, exhibitor, [HeldCertificate("IATF 16949", file=SimpleUploadedFile("a.pdf", plain_pdf()))])
    with pytest.raises(QuotaExceeded):
        edit(draft, boris, exhibitor, [HeldCertificate("IATF 16949"), HeldCertificate("CE", file=SimpleUploadedFile("b.pdf", plain_pdf()))])
    assert OfferCertificate.objects.count() == 1


def test_too_many_certificates_are_refused(draft, exhibitor, boris):
    with pytest.raises(Invalid):
        edit(draft, boris, exhibitor, [HeldCertificate(f"C{number}") for number in range(21)])


def test_the_database_itself_refuses_a_price_without_currency(exhibitor, supplier_segment):
    from django.db import IntegrityError

    with pytest.raises(IntegrityError):
        builders.offer(exhibitor, supplier_segment, unit_price=5)


def test_staff_put_a_text_right_without_moving_it(published, organiser, carla):
    corrected = actions.correct_posting(published, by=organiser, fields={"title": "Lithium cells", "unit_price": 1})
    assert (corrected.title, corrected.status) == ("Lithium cells", "published")
    assert corrected.price_cny_base == Decimal("0.007")
    with pytest.raises(NotAllowed):
        actions.correct_posting(published, by=carla, fields={"title": "Mine"})


def test_demo_companies_post_demo_postings(exhibitor, boris, supplier_segment):
    exhibitor.company.is_demo = True
    exhibitor.company.save()
    assert actions.save_offer(None, by=boris, registration=exhibitor, fields=offer_fields(supplier_segment)).is_demo


def test_requests_refuse_wrong_values_too(buyer, anna, supplier_segment):
    for fields, name in (
        ({"budget": 5}, "currency"),
        ({"musts": ["LOOKS"]}, "musts"),
        ({"visibility": "secret"}, "visibility"),
        ({"answer_cap": 0}, "answer_cap"),
        ({"deliver_to": "XX"}, "deliver_to"),
        ({"needed_by": "soon"}, "needed_by"),
    ):
        with pytest.raises(Invalid) as refused:
            actions.save_request(None, by=anna, registration=buyer, fields=request_fields(supplier_segment, **fields))
        assert name in refused.value.fields
    assert not SourcingRequest.objects.exists()
