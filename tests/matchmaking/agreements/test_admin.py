from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from expo.editions.models import ExchangeRate
from expo.foundation.models import Seal
from matchmaking.agreements import actions
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.models import Agreement
from tests import builders

ADD = "/admin/agreements/agreement/add/"
LIST = "/admin/agreements/agreement/"


@pytest.fixture
def desk(client_of, organiser):
    return client_of(organiser)


@pytest.fixture
def post(edition, chain, aurora, borealis):
    """What an operator sends: the sheet of Boris's cells for Anna's cars."""
    return {
        "edition": edition.pk,
        "kind": "agreement",
        "title": "Cells for the Aurora",
        "chain": chain.pk,
        "segment": "",
        "signed_on": "2027-06-21",
        "amount": "1,500,000.50",
        "currency": "USD",
        "visibility": "public",
        "parties-TOTAL_FORMS": "2",
        "parties-INITIAL_FORMS": "0",
        "parties-0-company": aurora.pk,
        "parties-1-company": borealis.pk,
    }


def text_of(answer):
    return " ".join(answer.content.decode().split())


def errors_of(answer):
    """Every sentence of a refused sheet, by field; those of the parties under their row and field, or "parties"."""
    formset = answer.context["inline_admin_formsets"][0].formset
    found = {field: list(texts) for field, texts in answer.context["adminform"].form.errors.items()}
    for number, errors in enumerate(formset.errors):
        found |= {f"{number}-{field}": list(texts) for field, texts in errors.items()}
    return {**found, **({"parties": list(formset.non_form_errors())} if formset.non_form_errors() else {})}


def test_an_operator_records_an_agreement_in_one_go(desk, post, aurora):
    answer = desk.post(ADD, {**post, "_record": "1"}, follow=True)
    kept = Agreement.objects.get()
    assert (kept.status, kept.number, kept.amount_cny) == ("recorded", 1, Decimal("10500003.50"))
    assert kept.parties.first().company == aurora
    page = text_of(answer)
    assert "Recorded as 2027-0001: CNY 10,500,003.50." in page
    assert "it cannot be changed any more" in page


def test_recording_one_leads_to_the_sheet_for_the_next(desk, post, chain):
    answer = desk.post(ADD, {**post, "_record_next": "1"}, follow=True)
    form = answer.context["adminform"].form
    assert answer.request["PATH_INFO"] == ADD
    assert (form.initial["chain"], form.initial["signed_on"]) == (str(chain.pk), "2027-06-21")


def test_the_sheet_starts_with_the_current_edition_and_a_day_of_it(desk, edition):
    initial = desk.get(ADD).context["adminform"].form.initial
    assert (initial["edition"], initial["currency"], initial["visibility"]) == (edition.pk, "CNY", "public")
    assert edition.starts_on <= initial["signed_on"] <= edition.ends_on


def test_saving_a_draft_shows_the_amount_in_yuan_at_once(desk, post):
    page = text_of(desk.post(ADD, {**post, "_continue": "1"}, follow=True))
    assert Agreement.objects.get().status == "draft"
    assert "CNY 10,500,003.50 at 7 yuan for 1 USD" in page


def test_the_amount_in_yuan_is_told_while_it_is_typed(desk, client_of, edition, carla):
    def told(**query):
        return desk.get(f"{LIST}in-yuan/", {"edition": edition.pk, "currency": "USD", **query}).json()["text"]

    assert told(amount="1,000") == "CNY\u00a07,000 at 7 yuan for 1 USD"
    assert told(amount="5.50", currency="CNY") == "CNY\u00a05.50"
    assert told(amount="5", currency="JPY") == "Sample 2027 states no exchange rate for JPY."
    for wrong in (
        {"amount": "-5"},
        {"amount": "many"},
        {"amount": "1", "edition": "x"},
        {"amount": "1", "currency": "XYZ"},
        {"amount": ""},
    ):
        assert told(**{"amount": "1", **wrong}) == "–"
    assert client_of(carla).get(f"{LIST}in-yuan/", {"edition": edition.pk}).status_code in {302, 403}


REFUSED = {
    "outside the edition": ({"signed_on": "2027-07-01"}, "signed_on", "lies outside the edition"),
    "a negative amount": ({"amount": "-3"}, "amount", "An amount is more than zero"),
    "no amount": ({"amount": ""}, "amount", "Write the amount"),
    "not a number": ({"amount": "many"}, "amount", "Enter a number."),
    "a lone comma": ({"amount": "152,31"}, "amount", "Enter a number."),
    "undisclosed and an amount": ({"is_undisclosed": "on"}, "amount", "both cannot be"),
    "an unknown currency": ({"currency": "XYZ"}, "currency", "“XYZ” is not a currency that is known here."),
    "no currency": ({"currency": ""}, "currency", "Say in which currency."),
    "no rate": ({"currency": "JPY"}, "currency", "Sample 2027 states no exchange rate for JPY."),
    "no title": ({"title": ""}, "title", "This field is required."),
    "one party": ({"parties-1-company": ""}, "parties", "An agreement has at least two parties."),
    "no country": ({"parties-1-company": "", "parties-1-outside_name": "Quiet Partner"}, "1-country", "Say which country or region"),
    "both kinds of party": ({"parties-1-outside_name": "Quiet"}, "1-outside_name", "not both"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_each_refusal_is_one_sentence_at_its_field_and_nothing_is_lost(desk, post, case):
    changes, field, sentence = REFUSED[case]
    answer = desk.post(ADD, {**post, **changes, "_record": "1"})
    assert answer.status_code == 200
    found = errors_of(answer)
    assert list(found) == [field]
    assert len(found[field]) == 1
    assert sentence in found[field][0]
    assert not Agreement.objects.exists()
    page = text_of(answer)
    assert sentence.replace("“", "“") in page
    if "title" not in changes:
        assert 'value="Cells for the Aurora"' in page
    if "amount" not in changes:
        assert 'value="1,500,000.50"' in page


def test_the_same_company_twice_is_refused(desk, post, aurora):
    answer = desk.post(ADD, {**post, "parties-1-company": aurora.pk, "_record": "1"})
    assert errors_of(answer) == {"parties": ["“Aurora Motors” stands here twice."]}
    assert not Agreement.objects.exists()


def test_a_draft_needs_no_rate_yet(desk, post, edition):
    desk.post(ADD, {**post, "currency": "JPY", "_continue": "1"})
    kept = Agreement.objects.get()
    assert kept.status == "draft"
    ExchangeRate.objects.create(edition=edition, currency="JPY", cny_per_unit=Decimal("0.05"), as_of="2027-01-04", source_note="Test")
    assert actions.record_agreement(kept, by=desk.get(ADD).wsgi_request.user).amount_cny == Decimal("75000.03")


def test_an_undisclosed_agreement_with_an_outside_party_is_recorded(desk, post):
    changes = {
        "amount": "",
        "is_undisclosed": "on",
        "parties-1-company": "",
        "parties-1-outside_name": "Quiet Partner",
        "parties-1-country": "BR",
    }
    desk.post(ADD, {**post, **changes, "_record": "1"})
    kept = Agreement.objects.get()
    assert (kept.status, kept.currency, kept.amount_cny) == ("recorded", "", None)
    assert [(party.name, str(party.country)) for party in kept.parties.all()] == [("Aurora Motors", ""), ("Quiet Partner", "BR")]


def test_a_likely_duplicate_is_pointed_out_before_anything_is_saved(desk, post, sheet, organiser):
    first = actions.record_agreement(actions.draft_agreement(by=organiser, **sheet), by=organiser)
    answer = desk.post(ADD, {**post, "_record": "1"})
    assert errors_of(answer) == {
        "parties": ["An agreement like this one is written down already. Look at it below; tick the box if this is another one."]
    }
    page = text_of(answer)
    assert f'href="{LIST}{first.pk}/change/"' in page
    assert 'name="not_a_duplicate"' in page
    assert Agreement.objects.count() == 1
    desk.post(ADD, {**post, "_record": "1", "not_a_duplicate": "1"})
    assert [row.number for row in Agreement.objects.order_by("number")] == [1, 2]


def test_a_document_is_checked_and_kept(desk, post, pdf):
    page = SimpleUploadedFile("contract.pdf", b"<html>", content_type="application/pdf")
    answer = desk.post(ADD, {**post, "document": page, "_record": "1"})
    assert list(errors_of(answer)) == ["document"]
    assert "Choose the document again" in text_of(answer)
    page = text_of(desk.post(ADD, {**post, "document": pdf(), "_record": "1"}, follow=True))
    kept = Agreement.objects.get()
    assert kept.document_sha256 in page
    assert f"{LIST}{kept.pk}/document/" in page
    assert f"/files/{kept.document.name}" not in page


def change_of(kept, post, **changes):
    rows = {}
    for number, party in enumerate(kept.parties.all()):
        rows |= {f"parties-{number}-id": party.pk, f"parties-{number}-agreement": kept.pk}
    return {**post, **rows, "parties-INITIAL_FORMS": "2", "seen": actions.latest_entry(kept), **changes}


def test_a_draft_is_corrected_and_then_recorded(desk, post, sheet, organiser):
    kept = actions.draft_agreement(by=organiser, **sheet)
    address = f"{LIST}{kept.pk}/change/"
    assert 'name="seen"' in text_of(desk.get(address))
    desk.post(address, change_of(kept, post, title="Fewer cells", _continue="1"))
    kept.refresh_from_db()
    assert (kept.title, kept.status, kept.parties.count()) == ("Fewer cells", "draft", 2)
    desk.post(address, change_of(kept, post, title="Fewer cells", _record="1"))
    kept.refresh_from_db()
    assert (kept.status, kept.number) == ("recorded", 1)


def test_who_saves_second_sees_the_sheet_again(desk, post, sheet, organiser):
    kept = actions.draft_agreement(by=organiser, **sheet)
    mine = change_of(kept, post, title="Mine", _continue="1")
    actions.edit_draft(kept, by=organiser, given=actions.AgreementInput(**{**vars(actions.as_written(kept)), "title": "Theirs"}))
    answer = desk.post(f"{LIST}{kept.pk}/change/", {**mine, "parties-INITIAL_FORMS": "0"})
    assert "Somebody else changed this draft meanwhile." in text_of(answer)
    kept.refresh_from_db()
    assert kept.title == "Theirs"


def test_what_is_on_record_is_shown_and_cannot_be_changed_or_deleted(desk, post, sheet, organiser):
    kept = actions.record_agreement(actions.draft_agreement(by=organiser, **sheet), by=organiser)
    page = text_of(desk.get(f"{LIST}{kept.pk}/change/"))
    assert "Void…" in page
    assert 'name="title"' not in page
    assert 'name="_record"' not in page
    assert desk.post(f"{LIST}{kept.pk}/change/", change_of(kept, post, title="Other")).status_code == 403
    assert desk.post(f"{LIST}{kept.pk}/delete/", {"post": "yes"}).status_code == 403
    desk.post(LIST, {"action": "delete_selected", "_selected_action": [kept.pk], "post": "yes"})
    kept.refresh_from_db()
    assert (kept.title, Agreement.objects.count()) == ("Cells for the Aurora", 1)


def test_a_draft_can_be_discarded(desk, sheet, organiser):
    kept = actions.draft_agreement(by=organiser, **sheet)
    desk.post(f"{LIST}{kept.pk}/delete/", {"post": "yes"})
    assert not Agreement.objects.exists()


def test_voiding_asks_for_a_reason_and_leaves_the_row(desk, sheet, organiser):
    first, second = (actions.record_agreement(actions.draft_agreement(by=organiser, **sheet), by=organiser) for _ in range(2))
    draft = actions.draft_agreement(by=organiser, **sheet)
    chosen = [first.pk, second.pk, draft.pk]
    answer = desk.post(LIST, {"action": "void_selected", "_selected_action": chosen}, follow=True)
    assert answer.context["rows"] == [first, second]
    assert answer.context["left_out"] == [draft]
    address = answer.request["PATH_INFO"] + "?" + answer.request["QUERY_STRING"]
    assert "This field is required." in text_of(desk.post(address, {"reason": " "}))
    assert not Agreement.objects.filter(status="void").exists()
    before = Seal.objects.count()
    desk.post(address, {"reason": "Logged twice"})
    assert Seal.objects.count() == before + 1, "the log's chain is held once, after the last row is locked"
    assert list(Agreement.objects.order_by("pk").values_list("status", "void_reason")) == [
        ("void", "Logged twice"),
        ("void", "Logged twice"),
        ("draft", ""),
    ]


def test_the_list_finds_by_number_title_and_party(desk, edition, chain, aurora, borealis):
    first = builders.agreement(edition, chain, aurora, borealis, title="Copper")
    second = builders.agreement(edition, chain, borealis, builders.company("Quiet Works"), title="Nickel")
    for words, found in (
        ("2027-0002", [second]),
        ("1", [first]),
        ("copper", [first]),
        ("aurora", [first]),
        ("极光汽车", [first]),
        ("quiet", [second]),
    ):
        assert list(desk.get(LIST, {"q": words}).context["cl"].result_list) == found, words


def test_the_list_totals_what_the_filters_leave(desk, edition, chain, aurora, borealis):
    builders.agreement(edition, chain, aurora, borealis, amount=Decimal("2000000.50"))
    builders.agreement(edition, chain, aurora, borealis, kind="intention", amount=None, currency="", is_undisclosed=True)
    builders.agreement(edition, chain, aurora, borealis, status="draft")
    page = text_of(desk.get(LIST))
    assert "1 agreement, 1 intention, CNY 2,000,000.50" in page
    assert "counted in this list of 3 rows; 1 without a disclosed amount." in page
    assert "0 agreements, 1 intention, CNY 0" in text_of(desk.get(LIST, {"kind__exact": "intention"}))
    assert len(desk.get(LIST, {"counted": "no"}).context["cl"].result_list) == 1
    assert len(desk.get(LIST, {"country": "DE"}).context["cl"].result_list) == 3
    assert len(desk.get(LIST, {"country": "JP"}).context["cl"].result_list) == 0


def test_the_list_takes_the_same_queries_for_one_row_and_for_thirty(desk, edition, chain, aurora, borealis, count_queries):
    builders.agreement(edition, chain, aurora, borealis)
    desk.get(LIST)
    few = count_queries(lambda: desk.get(LIST))
    for _ in range(29):
        builders.agreement(edition, chain, builders.company(), builders.company())
    assert count_queries(lambda: desk.get(LIST)) == few


def test_the_history_says_who_did_what(desk, sheet, organiser):
    kept = actions.record_agreement(actions.draft_agreement(by=organiser, **sheet), by=organiser)
    page = text_of(desk.get(f"{LIST}{kept.pk}/history/"))
    for words in ("drafted", "recorded", "Olga Organiser"):
        assert words in page
    assert "style=" not in page
    entry = kept.history.last()
    assert "Revert" not in text_of(desk.get(f"{LIST}{kept.pk}/history/{entry.pk}/"))


def test_a_posted_history_entry_changes_nothing(desk, sheet, organiser, post):
    kept = actions.draft_agreement(by=organiser, **sheet)
    desk.post(f"{LIST}{kept.pk}/history/{kept.history.first().pk}/", {**post, "title": "Rewritten"})
    kept.refresh_from_db()
    assert kept.title == "Cells for the Aurora"


def test_party_names_are_escaped(desk, sheet, organiser):
    parties = [PartyInput(outside_name="<script>alert(1)</script>", country="BR"), PartyInput(outside_name="Other", country="BR")]
    actions.draft_agreement(by=organiser, **{**sheet, "parties": parties})
    assert "<script>alert" not in text_of(desk.get(LIST))
