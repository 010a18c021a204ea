import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from matchmaking.marketplace import actions
from matchmaking.marketplace.actions import HeldCertificate
from matchmaking.matching.kept import market_now
from tests import builders
from tests.matchmaking.marketplace.pdfs import plain_pdf

UNSEEN = ["draft", "submitted", "changes_requested", "paused", "fulfilled", "expired", "withdrawn"]


@pytest.mark.parametrize("status", UNSEEN)
@pytest.mark.parametrize("kind", ["offers", "requests"])
def test_what_is_not_published_exists_for_its_own_people_only(
    kind, status, exhibitor, buyer, supplier_segment, anna, boris, carla, client, client_of
):
    fields = {"status": status, "review_reason": "x"}
    if kind == "offers":
        pk, owner, other = builders.offer(exhibitor, supplier_segment, **fields).pk, boris, anna
    else:
        pk, owner, other = builders.sourcing_request(buyer, supplier_segment, **fields).pk, anna, boris
    path = f"/{kind}/{pk}/"
    for stranger in (client, client_of(carla), client_of(other)):
        assert stranger.get(path).status_code == 404
    assert client_of(owner).get(path).status_code == 200


def test_a_published_posting_is_for_everyone(exhibitor, supplier_segment, client):
    offer = builders.offer(
        exhibitor, supplier_segment, title="Cells", title_other="电芯", description="<b>bold</b>\n\nsecond", is_debut=True
    )
    page = client.get(f"/offers/{offer.pk}/").content.decode()
    assert "Borealis Cells" in page
    assert "&lt;b&gt;bold" in page
    assert "Your posting" not in page
    assert "电芯" in client.get(f"/zh/offers/{offer.pk}/").content.decode()


@pytest.mark.parametrize(
    "path", ["/offers/0/", "/offers/99999999999999999999999999/", "/requests/12345/", "/offers/1/certificates/99999999999999999999.pdf"]
)
def test_what_does_not_exist_is_not_found(path, db, client):
    assert client.get(path).status_code == 404


def test_a_posting_page_takes_ten_queries_for_any_number_of_fits(
    exhibitor, buyer, supplier_segment, client, client_of, boris, count_queries
):
    request = builders.sourcing_request(buyer, supplier_segment, certificates=("CE",))
    path = f"/requests/{request.pk}/"
    builders.offer(exhibitor, supplier_segment, certificates=("CE", "ISO 9001"))
    market_now()
    builders.offer(exhibitor, supplier_segment, certificates=("CE",))
    one = count_queries(lambda: client.get(path))
    for _number in range(9):
        builders.offer(exhibitor, supplier_segment, certificates=("CE", "ISO 9001"))
    assert count_queries(lambda: client.get(path)) == one <= 10
    mine = client_of(boris)
    assert count_queries(lambda: mine.get(path)) <= one + 4


def test_a_request_s_must_haves_and_wishes_stand_apart(buyer, supplier_segment, client):
    request = builders.sourcing_request(buyer, supplier_segment, certificates=("CE",), deliver_to="DE", musts=["CERTS"], incoterms=["FOB"])
    shown = client.get(f"/requests/{request.pk}/").context["shown"]
    assert [fact.value for fact in shown.musts] == ["CE"]
    assert [fact.value for fact in shown.wishes] == ["Germany", "FOB"]


@pytest.fixture
def proof(exhibitor, boris, supplier_segment):
    held = [HeldCertificate("CE", file=SimpleUploadedFile("<script>.pdf", plain_pdf()))]
    offer = builders.offer(exhibitor, supplier_segment)
    actions.save_offer(offer, by=boris, registration=exhibitor, fields={}, certificates=held)
    offer.status = "published"
    offer.save()
    return f"/offers/{offer.pk}/certificates/{offer.certificates.get().pk}.pdf", offer


def test_a_proof_is_a_download_that_cannot_run(proof, client):
    path, offer = proof
    answer = client.get(path)
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "script" not in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert path in client.get(f"/offers/{offer.pk}/").content.decode()


def test_a_proof_is_seen_by_who_sees_the_offer(proof, carla, anna, boris, client, client_of, exhibitor, supplier_segment):
    path, offer = proof
    offer.status = "paused"
    offer.save()
    for stranger in (client, client_of(carla), client_of(anna)):
        assert stranger.get(path).status_code == 404
    seen = client_of(boris).get(path)
    assert (seen.status_code, b"".join(seen.streaming_content)[:5]) == (200, b"%PDF-")
    other = builders.offer(exhibitor, supplier_segment)
    assert client.get(path.replace(f"/offers/{offer.pk}/", f"/offers/{other.pk}/")).status_code == 404


def test_a_proof_whose_file_is_gone_is_not_found(proof, client):
    path, offer = proof
    row = offer.certificates.get()
    row.file.storage.delete(row.file.name)
    assert client.get(path).status_code == 404


def test_the_owner_sees_where_it_stands_and_what_can_be_done(exhibitor, supplier_segment, boris, client_of):
    offer = builders.offer(exhibitor, supplier_segment, status="changes_requested", review_reason="Name the <unit>")
    answer = client_of(boris).get(f"/offers/{offer.pk}/")
    page = answer.content.decode()
    assert "Name the &lt;unit&gt;" in page
    assert [verb.name for verb in answer.context["standing"].verbs] == ["submit", "withdraw"]
    assert f"/offers/{offer.pk}/edit/" in page
