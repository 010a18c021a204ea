"""What a currency is worth: drafts follow it, what is on record keeps what it was recorded with."""

from datetime import date
from decimal import Decimal

import pytest

from expo.editions.models import ExchangeRate
from expo.foundation.errors import NotAllowed
from expo.foundation.models import Event
from matchmaking.agreements import actions, errors
from matchmaking.agreements.actions.rates import seen_rate, state_rate
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries.rates import rate_effect, rate_history, rate_lines
from tests import builders

PAGE = "/organiser/rates/"
STATE = "/organiser/rates/state/"


@pytest.fixture
def said():
    return {"currency": "USD", "cny_per_unit": Decimal("7.24"), "as_of": date(2026, 11, 20), "source_note": "The bank of the day"}


@pytest.fixture
def rows(sheet, organiser):
    """A draft of USD 1,500,000.50 and one on record, both at 7 yuan."""
    draft = actions.draft_agreement(by=organiser, **sheet)
    recorded = actions.record_agreement(actions.draft_agreement(by=organiser, **{**sheet, "title": "Recorded"}), by=organiser)
    return draft, recorded


def stated(edition):
    return ExchangeRate.objects.get(edition=edition, currency="USD")


def test_a_draft_has_its_amount_in_yuan_from_the_start(rows):
    draft, _recorded = rows
    assert (draft.amount_cny, draft.rate_used) == (Decimal("10500003.50"), Decimal(7))


def test_another_rate_values_drafts_anew_and_leaves_what_is_on_record(rows, edition, organiser, said):
    draft, recorded = rows
    done = state_rate(edition, by=organiser, **said)
    assert (done.drafts, done.kept, stated(edition).cny_per_unit) == (1, 1, Decimal("7.24"))
    draft.refresh_from_db()
    recorded.refresh_from_db()
    assert (draft.amount_cny, draft.rate_used) == (Decimal("10860003.62"), Decimal("7.24"))
    assert (recorded.amount_cny, recorded.rate_used) == (Decimal("10500003.50"), Decimal(7))


@pytest.mark.parametrize("status", ["recorded", "confirmed", "verified", "disputed", "void"])
def test_no_row_with_a_number_is_ever_valued_anew(status, edition, chain, aurora, borealis, organiser, said):
    row = builders.agreement(edition, chain, aurora, borealis, amount=Decimal(100), currency="USD", status=status, void_reason="Twice")
    state_rate(edition, by=organiser, **said)
    row.refresh_from_db()
    assert (row.amount_cny, row.rate_used) == (Decimal(700), Decimal(7))


def test_each_draft_valued_anew_has_a_line_in_the_log_and_in_its_history(rows, edition, organiser, said):
    draft, recorded = rows
    state_rate(edition, by=organiser, **said)
    lines = Event.objects.filter(verb="revalue")
    assert [(line.thing_id, line.data["amount_cny"]) for line in lines] == [(str(draft.pk), "10860003.62")]
    assert all(line.seal_id for line in Event.objects.filter(verb__in=["revalue", "state_rate"]))
    assert draft.history.first().history_change_reason == "valued anew"
    assert recorded.history.first().history_change_reason != "valued anew"


def test_the_history_says_what_was_stated_by_whom_and_what_it_did(rows, edition, organiser, said):
    state_rate(edition, by=organiser, **said)
    state_rate(edition, by=organiser, **{**said, "cny_per_unit": Decimal("7.1")})
    newest, before = rate_history(edition)
    assert (newest.by, newest.currency, newest.cny_per_unit, newest.before) == (organiser, "USD", "7.1", "7.24")
    assert (before.cny_per_unit, before.source_note, before.drafts, before.kept) == ("7.24", "The bank of the day", 1, 1)


def test_what_it_would_do_is_told_before_it_is_done(rows, edition, said):
    effect = rate_effect(edition, "USD", said["cny_per_unit"])
    assert (effect.drafts, effect.line.on_record, [(one.rate, one.rows) for one in effect.line.kept]) == (1, 1, [(Decimal(7), 1)])
    (shown,) = effect.shown
    assert (shown.before, shown.after) == ("CNY\u00a010,500,003.50", "CNY\u00a010,860,003.62")
    assert stated(edition).cny_per_unit == 7


REFUSED = [
    ({"cny_per_unit": Decimal(0)}, errors.RateNotUsable),
    ({"cny_per_unit": Decimal(-1)}, errors.RateNotUsable),
    ({"cny_per_unit": Decimal("NaN")}, errors.RateNotUsable),
    ({"cny_per_unit": Decimal("Infinity")}, errors.RateNotUsable),
    ({"cny_per_unit": Decimal("1e30")}, errors.RateNotUsable),
    ({"cny_per_unit": Decimal(1000)}, errors.RateNotUsable),
    ({"cny_per_unit": Decimal("7.0000001")}, errors.RateNotUsable),
    ({"currency": "CNY"}, errors.RateOfYuan),
    ({"currency": "XYZ"}, errors.UnknownCurrency),
    ({"currency": ""}, errors.UnknownCurrency),
    ({"as_of": date(2999, 1, 1)}, errors.RateDayAhead),
    ({"as_of": date(1, 1, 1)}, errors.RateTooOld),
    ({"source_note": "  "}, errors.RateWithoutSource),
    ({"source_note": "x" * 201}, errors.RateWithoutSource),
    ({"seen": "6.9 2026-01-01"}, errors.RateChangedMeanwhile),
]


@pytest.mark.parametrize(("wrong", "error"), REFUSED)
def test_what_cannot_be_a_rate_is_refused_and_nothing_is_written(wrong, error, rows, edition, organiser, said):
    before = (stated(edition).cny_per_unit, Event.objects.count(), Agreement.history.count())
    with pytest.raises(error):
        state_rate(edition, by=organiser, **{**said, **wrong})
    assert (stated(edition).cny_per_unit, Event.objects.count(), Agreement.history.count()) == before


def test_a_draft_too_large_for_the_ledger_refuses_the_rate_by_its_name(edition, chain, aurora, borealis, organiser, said):
    builders.agreement(edition, chain, aurora, borealis, title="Everything", amount=Decimal("9e15"), currency="USD", status="draft")
    with pytest.raises(errors.ValueTooLarge, match="Everything"):
        state_rate(edition, by=organiser, **said)
    assert stated(edition).cny_per_unit == 7


def test_the_same_rate_twice_is_a_conflict_and_one_line(edition, organiser, said):
    seen = seen_rate(stated(edition))
    state_rate(edition, by=organiser, seen=seen, **said)
    with pytest.raises(errors.RateChangedMeanwhile):
        state_rate(edition, by=organiser, seen=seen, **said)
    with pytest.raises(errors.RateUnchanged):
        state_rate(edition, by=organiser, **said)
    assert Event.objects.filter(verb="state_rate").count() == 1


def test_only_who_keeps_the_figures_states_rates(edition, said, boris, carla):
    clerk = builders.person(is_staff=True)
    for person in (boris, carla, clerk):
        with pytest.raises(NotAllowed):
            state_rate(edition, by=person, **said)
    assert stated(edition).cny_per_unit == 7


def test_a_currency_without_a_rate_stands_in_the_list_once_a_draft_needs_it(edition, sheet, organiser, said):
    draft = actions.draft_agreement(by=organiser, **{**sheet, "currency": "JPY"})
    assert (draft.amount_cny, draft.rate_used) == (None, None)
    line = next(line for line in rate_lines(edition) if line.currency == "JPY")
    assert (line.rate, line.drafts) == (None, 1)
    state_rate(edition, by=organiser, **{**said, "currency": "JPY", "cny_per_unit": Decimal("0.047")})
    draft.refresh_from_db()
    assert draft.amount_cny == Decimal("70500.02")


# The pages


def test_the_page_lists_rates_and_asks_before_it_changes_one(rows, edition, organiser, client_of, said):
    desk = client_of(organiser)
    assert "1 at 7" in " ".join(desk.get(PAGE).content.decode().split())
    asked = {**said, "edition": edition.slug}
    page = desk.get(STATE, asked)
    text = " ".join(page.content.decode().split())
    assert "CNY 10,860,003.62" in text
    assert "On record: these keep their amount" in text
    assert stated(edition).cny_per_unit == 7
    answer = desk.post(f"{STATE}?edition={edition.slug}", {**said, "seen": page.context["seen"]}, follow=True)
    assert "1 draft got another amount in yuan, 1 agreement on record keeps its own." in answer.content.decode()
    assert stated(edition).cny_per_unit == Decimal("7.24")
    assert "before: 7" in answer.content.decode()


def test_a_double_click_states_it_once(edition, organiser, client_of, said):
    desk = client_of(organiser)
    sent = {**said, "seen": desk.get(STATE, {**said, "edition": edition.slug}).context["seen"]}
    assert desk.post(f"{STATE}?edition={edition.slug}", sent).status_code == 302
    again = desk.post(f"{STATE}?edition={edition.slug}", sent)
    assert (again.status_code, Event.objects.filter(verb="state_rate").count()) == (409, 1)
    assert "Somebody else stated a rate" in again.content.decode()


@pytest.mark.parametrize("wrong", [{"cny_per_unit": "many"}, {"cny_per_unit": "NaN"}, {"as_of": "soon"}, {"as_of": "2999-01-01"}, {"currency": "XYZ"}, {"currency": "CNY"}, {"source_note": ""}])  # fmt: skip
def test_bad_input_comes_back_with_a_sentence(wrong, edition, organiser, client_of, said):
    desk = client_of(organiser)
    for answer in (desk.get(STATE, {**said, **wrong}), desk.post(STATE, {**said, **wrong, "seen": ""})):
        assert answer.status_code == 400
        assert answer.context["form"].errors
    assert stated(edition).cny_per_unit == 7


@pytest.mark.parametrize("address", [PAGE, STATE, f"{PAGE}?edition=nowhere", f"{STATE}?currency=XYZ"])
def test_others_find_no_such_page(address, edition, carla, boris, client_of):
    for person in (carla, boris):
        assert client_of(person).get(address).status_code == 404
        assert client_of(person).post(STATE).status_code == 404


def test_staff_who_only_read_see_the_rates_and_cannot_state_one(edition, client_of, said):
    from django.contrib.auth.models import Permission  # Local: only here.

    reader = builders.person(is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_agreement"))
    desk = client_of(reader)
    assert desk.get(PAGE).status_code == 200
    assert desk.get(STATE).status_code == 404
    assert desk.post(STATE, {**said, "seen": ""}).status_code == 404
    assert stated(edition).cny_per_unit == 7


def test_the_page_takes_as_many_queries_for_three_drafts_as_for_one(rows, edition, sheet, organiser, client_of, count_queries, said):
    desk = client_of(organiser)
    asked = {**said, "edition": edition.slug}
    desk.get(PAGE)
    before = [count_queries(lambda: desk.get(PAGE)), count_queries(lambda: desk.get(STATE, asked))]
    for number in range(2):
        actions.draft_agreement(by=organiser, **{**sheet, "title": f"Another {number}"})
        actions.draft_agreement(by=organiser, **{**sheet, "title": f"In euro {number}", "currency": "EUR"})
    assert [count_queries(lambda: desk.get(PAGE)), count_queries(lambda: desk.get(STATE, asked))] == before
