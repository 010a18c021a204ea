import csv
import io
import json
import re
from decimal import Decimal
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command

from expo.editions.models import Edition, Metric
from matchmaking.agreements.actions.report import freeze_report
from matchmaking.agreements.models import Agreement, FrozenReport
from matchmaking.agreements.pictures import by_day, pictures_of
from matchmaking.agreements.queries.report import closing_report
from matchmaking.agreements.queries.report.breakdowns import REST
from matchmaking.agreements.queries.report.keeping import exact
from matchmaking.agreements.queries.report.shapes import Both, Breakdown, Cell
from tests import builders
from tests.matchmaking.agreements.pages.test_report_page import RESULTS

PRESS = f"{RESULTS}press/"
FIGURES = {
    "agreements_signed": "7",
    "cooperation_intentions": "12",
    "agreements_and_intentions": "19",
    "agreements_value_cny": "152310000000",
}


def test_the_text_is_there_in_both_languages_on_a_page_of_either(client, published, ledger, text_of):
    for prefix in ("", "/zh"):
        page = text_of(client.get(f"{prefix}{PRESS}"))
        assert '<section class="pressrelease" lang="en"' in page
        assert "Agreements and intentions together: 19 cooperation agreements and intentions." in page
        assert '<section class="pressrelease" lang="zh-Hans"' in page
        assert "协议与意向合计：19项合作协议和意向。" in page


def test_the_text_can_be_taken_as_plain_text(client, ledger):
    english, chinese = client.get(f"{PRESS}text-en.txt"), client.get(f"/zh{PRESS}text-zh.txt")
    assert english["Content-Type"] == "text/plain; charset=utf-8"
    assert "Agreements signed: 7 cooperation agreements.\n" in english.text
    assert "<" not in english.text
    assert "签署协议：7项合作协议。\n" in chinese.text
    assert "。 " not in chinese.text


def test_spreadsheet_csv_and_json_say_the_figures_of_the_page(client, published, ledger, text_of):
    page = text_of(client.get(RESULTS))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(client.get(f"{PRESS}report.xlsx").streaming_content)))
    sheet = {row[1]: row[3] for row in book["Figures"].iter_rows(values_only=True)}
    lines = list(csv.reader(io.StringIO(client.get(f"{PRESS}report.csv").content.decode("utf-8-sig"))))
    table = {line[1]: line[3] for line in lines if len(line) > 5}
    data = {
        line["key"]: line["logged"] for group in json.loads(client.get(f"{PRESS}report.json").text)["groups"] for line in group["lines"]
    }
    for key, figure in FIGURES.items():
        assert str(sheet[key]) == table[key] == data[key] == figure
        assert f'<data value="{figure}">' in page


@pytest.mark.parametrize(("language", "prefix"), [("en", ""), ("zh", "/zh")])
def test_every_figure_and_its_words_are_the_same_wherever_it_is_asked(
    language, prefix, client, edition, published, ledger, exhibitor, text_of
):
    lines = [line for line in closing_report(edition, visitor=AnonymousUser()).lines if line.is_logged]
    assert len(lines) > len(FIGURES)
    page, out = text_of(client.get(f"{prefix}{RESULTS}")), {name: io.StringIO() for name in ("text", "csv")}
    for name, kept in out.items():
        call_command("closing_report", edition.slug, "--format", name, "--language", language, stdout=kept)
    rows = {row["key"]: row for row in csv.DictReader(io.StringIO(out["csv"].getvalue()))}
    told = client.get(f"{PRESS}text-{language}.txt").text
    book = openpyxl.load_workbook(io.BytesIO(b"".join(client.get(f"{prefix}{PRESS}report.xlsx").streaming_content)))
    sheet = {row[1]: row for row in book.worksheets[0].iter_rows(values_only=True)}
    for line in lines:
        figure, words = exact(line.logged), line.text.of(language)
        block = page[page.index(f'<div class="said-row is-three" id="{line.key}">') :]
        assert re.search(r'<div class="said-log"><p><b><data value="([^"]+)">', block)[1] == figure
        assert re.search(r'<p class="said-press">(.*?)</p>', block)[1] == words
        asked = text_of(client.get(f"{prefix}{RESULTS}figures/{line.key}/"))
        assert f'<data value="{figure}">' in asked
        assert words in asked
        assert (rows[line.key]["logged"], rows[line.key]["wording"]) == (figure, words)
        assert (exact(Decimal(str(sheet[line.key][3]))), sheet[line.key][5]) == (figure, words)
        assert f"{words} [{figure}]" in out["text"].getvalue()
        assert words in told
        counted = client.get(f"/api/v1/closing-reports/{edition.slug}/rows/?metric={line.key}").json()
        assert (
            counted["shown"] + counted["hidden"]
            == counted["total"]
            == (line.part if line.whole else len(ledger) if line.unit in {"CNY", "USD"} else line.logged)
        )


def test_the_spreadsheet_names_other_figures_and_sources_and_says_nothing_of_later_editions(client, published, ledger, edition):
    after = builders.edition(slug="2028", ordinal=edition.ordinal + 1)
    builders.figure(after, Metric.objects.get(key="exhibitors"), 700)
    book = openpyxl.load_workbook(io.BytesIO(b"".join(client.get(f"{PRESS}report.xlsx").streaming_content)))
    head, *rows = book["Figures"].iter_rows(values_only=True)
    exhibitors = dict(zip(head, next(row for row in rows if row[1] == "exhibitors"), strict=True))
    assert (exhibitors["Announced"], exhibitors["Also announced"], exhibitors["Unit"]) == (620, "nearly 700", "exhibitors")
    assert exhibitors["Sources"] == "1, 2, 3, 4"
    assert {row[1] for row in book["Year on year"].iter_rows(min_row=2, values_only=True)} == {"2026", "2027"}
    report = json.loads(client.get(f"{PRESS}report.json").text)
    assert {point["edition"] for series in report["series"] for point in series["points"]} == {"2026", "2027"}


def test_every_breakdown_is_a_sheet_whose_parts_add_up(client, ledger):
    book = openpyxl.load_workbook(io.BytesIO(b"".join(client.get(f"{PRESS}report.xlsx").streaming_content)))
    for name in ("By kind", "By day", "By chain"):
        rows = list(book[name].iter_rows(min_row=2, values_only=True))
        assert sum(row[1] for row in rows) == 19, name
    amounts = list(book["Amount by chain"].iter_rows(min_row=2, values_only=True))
    assert sum(row[5] for row in amounts) == 152_310_000_000


def test_every_chart_is_a_file_of_its_own_with_title_and_description(client, published, ledger, edition):
    report = closing_report(edition, visitor=AnonymousUser())
    keys = [picture.key for picture in pictures_of(report)]
    assert {"by-day", "by-chain", "by-country", "amount-by-chain", "flows", "exhibitors", "line-smart-vehicle"} <= set(keys)
    assert {key for key in keys if key.startswith("line-")} == {f"line-{line.key}" for line in report.breakdowns.chain_lines if line.total}
    for key in keys:
        answer = client.get(f"{PRESS}charts/{key}.svg")
        assert answer["Content-Type"].startswith("image/svg+xml")
        root = ET.fromstring(answer.text)
        title, description = (root.find(f"{{http://www.w3.org/2000/svg}}{name}").text for name in ("title", "desc"))
        assert title
        assert description
        assert " class=" not in answer.text
        assert "http" not in answer.text.replace("http://www.w3.org/2000/svg", "")
    assert client.get(f"{PRESS}charts/nothing.svg").status_code == 404


def test_a_kit_is_what_everyone_may_read_whoever_takes_it(client_of, organiser, edition, chain, aurora, borealis):
    for _ in range(3):
        builders.agreement(edition, chain, aurora, borealis)
    kits = [client_of(person).get(f"{PRESS}report.json").content for person in (None, organiser)]
    assert kits[0] == kits[1]
    assert b'"view": "public"' in kits[0]


def test_a_kit_of_nothing_says_so(client, edition, text_of):
    page = text_of(client.get(PRESS))
    assert "Nothing of this edition was logged on this site." in page
    assert '<svg class="chart' not in page


@pytest.fixture
def frozen(edition, published, ledger, organiser):
    Edition.objects.filter(pk=edition.pk).update(status="closed")
    edition.refresh_from_db()
    return freeze_report(edition, by=organiser, note="Read out")


def test_a_frozen_report_stays_as_it_was(client, frozen, ledger, text_of):
    address = f"{RESULTS}frozen/1/"
    first = text_of(client.get(address))
    for words in ("Frozen report 1", frozen.sha256, "Read out", '<data value="7">7</data>'):
        assert words in first
    Agreement.objects.filter(pk__in=[row.pk for row in ledger[:3]]).update(status="void", void_reason="Twice")
    assert text_of(client.get(address)) == first
    assert '<data value="4">4</data>' in text_of(client.get(RESULTS))
    assert client.get(f"{RESULTS}frozen/2/").status_code == 404


def test_the_live_report_and_a_figure_lead_to_the_frozen_one(client, frozen, text_of):
    assert f'href="{RESULTS}frozen/1/"' in text_of(client.get(RESULTS))
    figure = text_of(client.get(f"{RESULTS}figures/agreements_signed/"))
    assert f'<a href="{RESULTS}frozen/1/">Report 1</a>' in figure


def test_a_frozen_report_can_be_taken_byte_for_byte(client, frozen):
    import hashlib

    assert hashlib.sha256(client.get(f"{RESULTS}frozen/1.json").content).hexdigest() == FrozenReport.objects.get().sha256


def test_the_days_that_are_too_small_to_stand_alone_have_a_word_as_short_as_a_column():
    rest = Cell("", REST, 7, 3, 4, merged=2)
    found = Breakdown("day", Both("By day"), Both(), 12, True, (Cell("2024-11-27", Both("Wed 27 Nov"), 5, 0, 5), rest))
    drawn = by_day(found)
    assert re.findall(r"<text[^>]*class=\"dim\"[^>]*>([^<]+)<", drawn.drawn) == ["27 Nov", "Others"]
    assert "Others, too small to stand alone" in drawn.description
