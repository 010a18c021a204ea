"""The organiser corrects an agreement, and says of two that look alike whether they are one."""

from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from expo.foundation.models import Event
from matchmaking.agreements import actions
from matchmaking.agreements.models import Agreement
from tests.matchmaking.agreements.desk import recorded
from tests.matchmaking.agreements.organiser.desk import LIST, PAIRS, stored, text_of

# Correcting


@pytest.fixture
def form(one, chain):
    return {
        "title": one.title, "kind": "agreement", "chain": chain.pk, "segment": one.segment_id, "signed_on": "2027-06-21", "amount": "2,000,000",
        "currency": "USD", "visibility": "public", "parties": "customer: Aurora Motors [aurora-motors]\nsupplier: Borealis Cells",
        "reason": "The amount was last year's.", "seen": actions.latest_entry(one),
    }  # fmt: skip


def test_a_correction_is_looked_at_before_it_is_done(desk, one, form):
    address, before = f"{LIST}{one.pk}/correct/", stored()
    assert "supplier: Borealis" not in text_of(desk.get(address))
    shown = desk.post(address, form)
    assert [(found.name, found.before, found.after) for found in shown.context["differences"]] == [
        ("Amount", "USD\u00a01,500,000.50", "USD\u00a02,000,000"),
        ("Parties", "Aurora Motors; Borealis Cells", "Aurora Motors (customer); Borealis Cells (supplier)"),
    ]
    assert stored() == before
    assert desk.post(address, {**form, "step": "back"}).context["form"]["reason"].value() == form["reason"]
    assert desk.post(address, {**form, "step": "do"}).status_code == 302
    one.refresh_from_db()
    assert (one.version, one.status, one.number, one.amount, one.amount_cny) == (2, "recorded", 1, 2_000_000, 14_000_000)
    assert {party.role for party in one.parties.all()} == {"customer", "supplier"}
    again = desk.post(address, {**form, "step": "do"})
    assert (again.status_code, Agreement.objects.get().version) == (409, 2)


def test_a_correction_is_said_in_chinese_with_its_own_punctuation(desk, one, form):
    shown = desk.post(f"/zh{LIST}{one.pk}/correct/", form)
    parties = next(found for found in shown.context["differences"] if found.name == "签约方")
    assert (parties.before, parties.after) == ("极光汽车；北极光电芯", "极光汽车（客户方）；北极光电芯（供应方）")


def test_another_paper_can_be_all_that_is_corrected(desk, one, form, pdf):
    same = {**form, "amount": "1,500,000.50", "parties": "Aurora Motors\nBorealis Cells", "step": "do"}
    assert desk.post(f"{LIST}{one.pk}/correct/", same).status_code in {400, 409}
    fake = SimpleUploadedFile("paper.pdf", b"%PDF-1.7 not really", "application/pdf")
    assert desk.post(f"{LIST}{one.pk}/correct/", {**same, "document": fake}).status_code == 400
    assert Agreement.objects.get().version == 1
    assert desk.post(f"{LIST}{one.pk}/correct/", {**same, "document": pdf()}).status_code == 302
    assert (Agreement.objects.get().version, len(Agreement.objects.get().document_sha256)) == (2, 64)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"amount": "0"}, "amount"), ({"amount": "NaN"}, "amount"), ({"amount": "1e30"}, "amount"), ({"amount": ""}, "amount"), ({"currency": ""}, "currency"),
     ({"signed_on": "2027-07-01"}, "signed_on"), ({"signed_on": "soon"}, "signed_on"), ({"parties": "Borealis Cells"}, "parties"),
     ({"parties": "Who Knows\nBorealis Cells"}, "parties"), ({"parties": ""}, "parties"), ({"chain": "0"}, "chain"), ({"reason": " "}, "reason"),
     ({"kind": "treaty"}, "kind"), ({"visibility": "secret"}, "visibility"), ({"is_undisclosed": "on"}, "amount"), ({"title": ""}, "title")],
)  # fmt: skip
@pytest.mark.parametrize("last", ["", "do"])
def test_a_wrong_correction_says_where(wrong, field, last, desk, one, form):
    before = stored()
    answer = desk.post(f"{LIST}{one.pk}/correct/", {**form, **wrong, "step": last})
    assert (answer.status_code, stored()) == (400, before)
    assert field in answer.context["form"].errors


def test_a_draft_is_not_corrected(desk, sheet, organiser):
    draft = actions.draft_agreement(by=organiser, **sheet)
    assert "Only what is on record is corrected" in text_of(desk.get(f"{LIST}{draft.pk}/correct/"))


# Duplicates


def test_likely_pairs_are_merged_or_said_to_be_two(desk, one, sheet, organiser):
    other, last = (recorded({**sheet, "title": title}, organiser) for title in ("The same", "Once more"))
    pairs = desk.get(PAIRS).context["pairs"]
    assert {(pair.first.row.pk, pair.second.row.pk) for pair in pairs} == {(one.pk, other.pk), (one.pk, last.pk), (other.pk, last.pk)}
    assert "same parties, same amount · same parties, near day" in text_of(desk.get(PAIRS))
    assert desk.post(f"{PAIRS}merge/", {"pair": f"{other.pk}:{one.pk}", "reason": " "}).status_code == 400
    assert desk.post(f"{PAIRS}merge/", {"pair": f"{other.pk}:{one.pk}", "reason": "Logged twice."}).status_code == 302
    other.refresh_from_db()
    assert (other.status, other.merged_into) == ("void", one)
    assert desk.post(f"{PAIRS}two/", {"pair": f"{one.pk}:{last.pk}", "reason": "A second order."}).status_code == 302
    assert desk.get(PAIRS).context["pairs"] == []
    assert Event.objects.filter(verb="keep_apart", data__other=last.pk).count() == 1
    assert desk.post(f"{PAIRS}merge/", {"pair": f"{other.pk}:{one.pk}", "reason": "Again"}).status_code == 409


def test_of_many_pairs_the_surest_are_shown_with_how_many_there_are(desk, one, sheet, organiser, monkeypatch):
    for title in ("The same", "Once more"):
        recorded({**sheet, "title": title}, organiser)
    monkeypatch.setattr("matchmaking.agreements.views.organiser.duplicates.MOST_PAIRS", 2)
    page = desk.get(PAIRS)
    assert (len(page.context["pairs"]), page.context["count"], page.context["more"]) == (2, 3, 1)
    assert "<b>3</b> pairs look like one, the surest 2 here" in text_of(page)


def test_of_two_that_were_changed_after_the_look_none_is_merged_and_the_reason_stays(desk, one, sheet, organiser):
    other = recorded({**sheet, "title": "The same"}, organiser)
    seen = desk.get(PAIRS).context["seen"]
    actions.correct(other, by=organiser, given=replace(actions.as_written(other), title="A second order"), reason="It was one")
    before = stored()
    for verb in ("merge", "two"):
        page = desk.post(f"{PAIRS}{verb}/", {"pair": f"{other.pk}:{one.pk}", "reason": "Logged twice", "seen": seen})
        assert (page.status_code, "One of the two was changed meanwhile" in text_of(page)) == (409, True)
        assert ('value="Logged twice"' in text_of(page), 'aria-invalid="true"' in text_of(page)) == (True, True)
    assert stored() == before
    assert desk.post(f"{PAIRS}merge/", {"pair": f"{other.pk}:{one.pk}", "reason": "Twice", "seen": page.context["seen"]}).status_code == 302


@pytest.mark.parametrize("pair", ["", "x:y", "1", "987654321:987654322", f"{'9' * 30}:1"])
@pytest.mark.parametrize("verb", ["merge", "two"])
def test_a_pair_that_is_not_there_is_not_found(pair, verb, desk, one):
    assert desk.post(f"{PAIRS}{verb}/", {"pair": pair, "reason": "Because"}).status_code == 404
