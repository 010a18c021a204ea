"""The sheet on which a company writes an agreement down: what each of the wrong ones is told, and what comes of two at once."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from matchmaking.agreements import actions
from matchmaking.agreements.models import Agreement, Confirmation
from matchmaking.participants.models import Block, Registration
from tests import builders
from tests.matchmaking.agreements.own.sheets import NEW, address, everything, rows, with_parties


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"amount": "0"}, "An amount is more than zero"),
        ({"amount": "-5"}, "An amount is more than zero"),
        ({"amount": "NaN"}, "Enter a number."),
        ({"amount": "1" + "0" * 30}, "Ensure that there are no more than"),
        ({"amount": "9999999999999999.99"}, ""),
        ({"amount": "10.005"}, "no more than 2 decimal places"),
        ({"amount": ""}, "Write the amount"),
        ({"is_undisclosed": "on"}, "both cannot be"),
        ({"currency": "JPY"}, "Sample 2027 states no exchange rate for JPY. It states one for: CNY, EUR, USD."),
        ({"currency": "XXX"}, "“XXX” is not a currency that is known here."),
        ({"currency": ""}, "Say in which currency."),
        ({"signed_on": "2001-01-01"}, "lies outside the edition"),
        ({"signed_on": "soon"}, "Enter a valid date."),
        ({"title": "  "}, "This field is required."),
        ({"kind": "deal"}, "not one of the available choices"),
        ({"visibility": "secret"}, "not one of the available choices"),
        ({"chain": "99999"}, "not one of the available choices"),
        (rows({"name": "Borealis Cells", "country": "CN"}), "“Borealis Cells” stands here twice."),
        (rows(), "An agreement has at least two parties."),
        (rows({"name": "Nobody Knows Ltd"}), "Say which country or region “Nobody Knows Ltd” is from."),
        (rows({"country": "FR"}), "write the name and the country or region of an outside party"),
        (rows({"name": "...", "country": "FR"}), "This is not a name."),
        (rows(*({"name": f"Party {number}", "country": "FR"} for number in range(12))), "at most"),
        ({"parties-TOTAL_FORMS": "x"}, "An agreement has at least two parties."),
    ],
)
def test_each_wrong_form_is_told_what_is_wrong(boris_at, meeting, filled, wrong, says):
    before = everything()
    given = with_parties(filled) if "parties-TOTAL_FORMS" in wrong else filled
    answer = boris_at.post(f"{NEW}?meeting={meeting.pk}", given | wrong)
    if not says:
        assert answer.status_code in {302, 400}
        return
    assert answer.status_code == 400
    assert says in answer.text.replace("&#x27;", "'")
    assert everything() == before
    assert "To put right" in answer.text


def test_a_file_that_is_no_pdf_is_refused_and_a_pdf_is_kept_for_the_parties(boris_at, anna_at, meeting, filled, pdf):
    bad = SimpleUploadedFile("contract.pdf", b"MZ not a pdf", content_type="application/pdf")
    before = everything()
    answer = boris_at.post(f"{NEW}?meeting={meeting.pk}", filled | {"document": bad})
    assert answer.status_code == 400
    assert everything() == before
    boris_at.post(f"{NEW}?meeting={meeting.pk}", filled | {"document": pdf()})
    made = Agreement.objects.get()
    assert len(made.document_sha256) == 64
    file = boris_at.get(f"{address(made)}document.pdf")
    assert b"".join(file.streaming_content).startswith(b"%PDF")
    assert (file.headers["Content-Security-Policy"], file.headers["Cache-Control"]) == ("default-src 'none'; sandbox", "private, no-store")
    assert anna_at.get(f"{address(made)}document.pdf").status_code == 404, "it is a draft"


def test_who_blocked_or_left_is_named_to_nobody(stage, boris_at, meeting, filled, aurora, borealis):
    before = everything()
    block = Block.objects.create(company=aurora, blocked=borealis, set_by=stage.anna)
    answer = boris_at.post(f"{NEW}?meeting={meeting.pk}", filled)
    assert answer.status_code in {400, 409}
    assert "takes no part in this edition at present" in answer.text
    block.delete()
    Registration.objects.filter(company=aurora).update(status="withdrawn")
    answer = boris_at.post(f"{NEW}?meeting={meeting.pk}", filled)
    assert answer.status_code in {400, 409}
    assert "at present" in answer.text
    assert everything() == before


def test_two_tabs_do_not_overwrite_each_other(boris_at, draft, filled):
    page = boris_at.get(address(draft, "edit"))
    seen = page.context["form"]["seen"].value()
    assert boris_at.post(address(draft, "edit"), filled | {"title": "From the first tab", "seen": seen}).status_code == 302
    answer = boris_at.post(address(draft, "edit"), filled | {"title": "From the second tab", "seen": seen})
    assert answer.status_code == 409
    assert "Somebody else changed this draft meanwhile." in answer.text
    assert boris_at.post(address(draft, "submit"), {"seen": seen}).status_code == 409
    draft.refresh_from_db()
    assert (draft.title, draft.status) == ("From the first tab", "draft")


def test_a_double_click_makes_one_draft_and_sends_it_once(boris_at, meeting, filled):
    first = boris_at.post(f"{NEW}?meeting={meeting.pk}", filled)
    again = boris_at.post(f"{NEW}?meeting={meeting.pk}", filled)
    assert first.headers["Location"] == again.headers["Location"]
    made = Agreement.objects.get()
    assert [boris_at.post(address(made, "submit")).status_code for _click in range(2)] == [302, 409]
    assert Confirmation.objects.count() == 1


def test_one_like_it_is_pointed_out_once(stage, boris_at, meeting, draft, filled):
    before = everything()
    other = filled | {"title": "Another order", "amount": "5"}
    answer = boris_at.post(f"{NEW}?meeting={meeting.pk}", other)
    assert answer.status_code == 409
    assert "One like it is written down already" in answer.text
    assert everything() == before
    assert boris_at.post(f"{NEW}?meeting={meeting.pk}", other | {"another": "yes"}).status_code == 302
    second = Agreement.objects.get(title="Another order")
    assert "One like it is written down already" not in boris_at.get(address(second)).text, "it was said that it is another one"
    third = actions.draft_for(second.drafted_for, by=stage.boris, given=actions.as_written(second), is_another=True)
    assert "One like it is written down already" in boris_at.get(address(second)).text, "this one was not there yet"
    assert boris_at.post(address(second, "submit")).status_code == 409
    assert boris_at.post(address(second, "submit"), {"another": "yes"}).status_code == 302
    boris_at.post(address(second, "take-back"))
    assert boris_at.post(address(second, "submit")).status_code == 302
    assert boris_at.post(address(third, "submit")).status_code == 302


def test_one_more_party_is_asked_for_without_storing_anything(boris_at, meeting, filled, aurora):
    before = everything()
    typed = filled | rows({"key": aurora.pk, "role": "customer"}, {"name": "Delta Foundry", "country": "FR", "role": "other"})
    page = boris_at.post(f"{NEW}?meeting={meeting.pk}", typed | {"more": "yes", "amount": "12"})
    assert page.status_code == 200
    assert [row["name"].value() or "" for row in page.context["rows"]] == ["", "Delta Foundry", ""]
    assert page.context["form"]["amount"].value() == "12"
    assert page.context["form"].errors == {}
    assert everything() == before


def test_a_company_that_takes_part_is_found_by_name_and_an_outside_one_is_named(stage, boris_at, filled, chain):
    other = stage.another("buyer")
    given = with_parties(filled, {"name": other.company.name.upper()}, {"name": "Delta Foundry", "country": "FR", "role": "supplier"})
    assert boris_at.post(NEW, given).status_code == 302
    made = Agreement.objects.get()
    found = [(party.company, party.outside_name, str(party.country.code or "")) for party in made.parties.all()]
    assert found == [(stage.exhibitor.company, "", ""), (other.company, "", ""), (None, "Delta Foundry", "FR")]


def test_countries_of_parties_are_named_in_the_language_of_the_page(boris_at, meeting):
    assert '<option value="DE">Germany</option>' in boris_at.get(f"{NEW}?meeting={meeting.pk}").content.decode()
    page = boris_at.get(f"/zh{NEW}?meeting={meeting.pk}").content.decode()
    assert '<option value="DE">德国</option>' in page
    assert "Germany" not in page


def test_a_name_that_two_companies_have_asks_for_the_country(stage, boris_at, filled):
    for country in ("FR", "IT"):
        company = builders.company("Twin Works", slug=f"twin-{country}", country=country)
        builders.registration(company, stage.setup.edition)
    answer = boris_at.post(NEW, with_parties(filled, {"name": "Twin Works"}))
    assert answer.status_code == 400
    assert "Several companies of this name take part." in answer.text
    assert boris_at.post(NEW, with_parties(filled, {"name": "Twin Works", "country": "IT"})).status_code == 302


def test_who_stands_for_nobody_writes_nothing_down(client_of, meeting):
    nobody = client_of(builders.person())
    assert nobody.get(NEW).status_code == 404
    assert nobody.get(f"{NEW}?company=1").status_code == 404
    assert nobody.get("/desk/agreements/").status_code == 200
