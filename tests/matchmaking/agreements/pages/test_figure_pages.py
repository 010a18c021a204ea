import io
import re
from dataclasses import replace
from decimal import Decimal

import openpyxl
import pytest
from django.utils import timezone

from expo.editions.actions import Measured, correct_statistic, enter_statistic
from expo.editions.models import Edition
from expo.foundation.staff import vouched
from tests import builders
from tests.matchmaking.agreements.pages.test_report_page import RESULTS

FIGURE, ROWS = f"{RESULTS}figures/", f"{RESULTS}rows/"


def test_a_figure_says_what_it_counts_how_and_by_which_version(client, published, ledger, text_of):
    page = text_of(client.get(f"{FIGURE}agreements_signed/"))
    for words in (
        "Agreements signed",
        "Contracts, framework and cooperation agreements on record here.",
        "<dt>Version</dt><dd>1</dd>",
        "7 rows",
    ):
        assert words in page
    assert "不含意向书" in text_of(client.get(f"/zh{FIGURE}agreements_signed/"))


def test_a_published_figure_stands_with_its_note_its_reason_and_its_sources(client, published, text_of):
    page = text_of(client.get(f"{FIGURE}exhibitors/"))
    for words in ("Signed ones.", "The exact count.", "preferred here", "The Weekly", "620 signed ones"):
        assert words in page
    assert page.count('<li id="source-') == 4
    assert set(re.findall(r'href="#source-(\d+)"', page)) == {"1", "2", "3", "4"}


def test_the_history_names_every_edition_with_a_figure(client, published, text_of):
    page = text_of(client.get(f"{FIGURE}exhibitors/"))
    history = page[page.index('id="history"') :]
    assert re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', history) == ["Sample 2027", "Sample 2026"]
    assert 'href="/editions/2026/results/figures/exhibitors/"' in history


@pytest.mark.parametrize("who", [None, "carla", "boris", "organiser"])
def test_the_rows_of_a_figure_are_as_many_as_it_counts_for_everyone(who, client_of, request, ledger, text_of):
    ledger[0].__class__.objects.filter(pk=ledger[0].pk).update(visibility="totals_only")
    ledger[0].__class__.objects.filter(pk=ledger[1].pk).update(visibility="anonymous")
    page = text_of(client_of(request.getfixturevalue(who) if who else None).get(f"{ROWS}agreements_signed/"))
    assert "7 rows are counted." in page
    listed = page[page.index("<tbody>") :].count("<tr>")
    assert listed == (7 if who in {"boris", "organiser"} else 6)
    assert ("1 is not shown" in page) is (listed == 6)
    assert ("Lot 1<" in page) is (who == "organiser")


def test_what_nobody_may_see_has_no_rows_page(client, edition):
    for key in ("agreements_signed", "audience_total"):
        assert client.get(f"{ROWS}{key}/").status_code == 404


@pytest.mark.parametrize("page", ["0", "-1", "2", "201", "x", "1.5", "9" * 30])
def test_a_page_that_there_is_not_is_not_found(page, client, ledger):
    assert client.get(f"{ROWS}agreements_signed/?page={page}").status_code == 404


def test_many_rows_come_page_by_page(client, edition, chain, aurora, borealis, text_of):
    for _ in range(52):
        builders.agreement(edition, chain, aurora, borealis)
    assert "2027-0052" not in text_of(client.get(f"{ROWS}agreements_signed/"))
    assert "2027-0052" in text_of(client.get(f"{ROWS}agreements_signed/?page=2"))


def test_rows_take_the_same_queries_for_one_and_for_many(client, edition, chain, aurora, borealis, count_queries):
    builders.agreement(edition, chain, aurora, borealis)
    for address in (f"{ROWS}agreements_signed/", f"{FIGURE}agreements_signed/"):
        client.get(address)
    few = [count_queries(lambda: client.get(address)) for address in (f"{ROWS}agreements_signed/", f"{FIGURE}agreements_signed/")]  # noqa: B023
    for _ in range(6):
        builders.agreement(edition, chain, builders.company(), builders.company())
    many = [count_queries(lambda: client.get(address)) for address in (f"{ROWS}agreements_signed/", f"{FIGURE}agreements_signed/")]  # noqa: B023
    assert many == few
    assert max(few) <= 40


def test_a_spreadsheet_holds_exactly_the_rows_that_the_person_sees(client_of, boris, organiser, ledger):
    ledger[3].__class__.objects.filter(pk=ledger[3].pk).update(visibility="totals_only")
    for person, expected in ((organiser, 7), (boris, 6)):
        answer = client_of(person).get(f"{ROWS}agreements_signed.xlsx")
        assert answer["Content-Disposition"].startswith('attachment; filename="2027-agreements_signed-')
        book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
        assert book.active.max_row == expected + 1
    assert client_of(None).get(f"{ROWS}agreements_signed.xlsx").status_code == 302
    assert client_of(boris).get(f"{ROWS}nothing.csv").status_code == 404


def test_editions_stand_side_by_side_with_what_was_published_above_what_was_logged(client, published, ledger, text_of):
    page = text_of(client.get("/editions/compare/?of=2026,2027"))
    assert re.search(
        r"Agreements signed</a></th><td><small>more than</small> 200</td><td><small>more than</small> 210</td>"
        r'<td class="is-change"><details.*?is no exact one.*?<tr class="is-second"><th scope="row">.*?logged here</th>'
        r'<td>–</td><td><b>7</b></td><td class="is-change"><details',
        page,
    )
    assert "is counted by another definition" in page


def test_a_change_is_one_between_figures_that_stand_there(client, published, ledger, exhibitor, text_of):
    # Two were published and one is logged: 515 to 620 is a change of what was published, and 515 to 1 one of what was logged.
    page = text_of(client.get("/editions/compare/?of=2026,2027"))
    assert re.search(r'Exhibitors</a></th><td>515</td><td>620</td><td class="is-change">\+20%', page)
    assert re.search(r'logged here</th><td>–</td><td><b>1</b></td><td class="is-change">−100%', page)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("1900,2027", "There is no edition “1900”."),
        ("%3Cscript%3E,2027", "There is no edition “&lt;script&gt;”."),
        ("2027", "One edition alone cannot be compared"),
    ],
)
def test_nonsense_to_compare_is_said_to_be_so(asked, sentence, client, before, text_of):
    answer = client.get(f"/editions/compare/?of={asked}")
    assert answer.status_code == 400
    assert sentence in text_of(answer)


def test_the_comparison_without_a_choice_offers_one(client, before, text_of):
    answer = client.get("/editions/compare/")
    assert answer.status_code == 200
    assert 'name="of" value="2026"' in text_of(answer)


def test_the_comparison_opens_with_the_last_editions_that_have_begun(client, edition, before, published, text_of):
    for found in (edition, before):
        found.status = "closed"
        found.save()
    builders.edition(slug="2028", ordinal=edition.ordinal + 1, status="announced")
    page = text_of(client.get("/editions/compare/"))
    assert 'value="2026" checked' in page
    assert 'value="2027" checked' in page
    assert 'value="2028">' in page
    assert "Exhibitors</a></th><td>515</td><td>620</td>" in page


def test_too_many_editions_are_refused(client, edition, text_of):
    slugs = [builders.edition(slug=f"x{number}").slug for number in range(5)]
    answer = client.get(f"/editions/compare/?of={','.join(slugs)}")
    assert answer.status_code == 400
    assert "At most 4 editions" in text_of(answer)


def test_a_figure_that_was_corrected_shows_the_staff_what_stood_before(client_of, boris, organiser, edition, text_of):
    Edition.objects.update(status="live")
    area = builders.metric("exhibition_area", unit="sqm", group="ground", name_en="Exhibition area")
    given = Measured(Decimal(100_000), source_note="Hall plan", measured_at=timezone.now())
    first = enter_statistic(edition, area, by=vouched(organiser), given=given)
    address = f"{FIGURE}exhibition_area/"
    assert "As it was entered" not in text_of(client_of(organiser).get(address))
    correct_statistic(first, by=vouched(organiser), given=replace(given, value=Decimal(120_000)), reason="Hall B was left out")
    page = text_of(client_of(organiser).get(address))
    assert re.search(r"As it was entered.*?<td>120,000</td>.*?<td>100,000</td>.*?Hall B was left out", page)
    for person in (boris, None):
        page = text_of(client_of(person).get(address))
        assert '<data value="120000">' in page
        assert "Hall B was left out" not in page
