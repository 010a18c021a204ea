import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from expo.editions.models import Edition, Source
from expo.foundation.models import Event, LoadedRow
from expo.venue.models import Booth
from matchmaking.participants.models import Company
from tests import builders

EXAMPLE = Path(__file__).resolve().parents[3] / "fixtures" / "example"
pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "broken"))


def problems_of(folder: Path) -> list[str]:
    """What the command says, line by line; nothing may have been stored."""
    with pytest.raises(CommandError) as refusal:
        call_command("load_expo", folder)
    assert not any(kind.objects.exists() for kind in (Source, Edition, Booth, Company, LoadedRow, Event))
    *problems, total = str(refusal.value).splitlines()
    assert total == f"{len(problems)} problem{'' if len(problems) == 1 else 's'}; nothing was loaded."
    return problems


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / f"{name}.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        (
            "sources",
            "publisher: The Harbour Post",
            "publischer: The Harbour Post",
            "sources.yaml, line 5, harbour-post-310612, publisher: is missing",
        ),
        ("sources", "  title: A full house on the last day\n", "", "sources.yaml, line 5, harbour-post-310612, title: is missing"),
        (
            "sources",
            "reliability: high ",
            "reliability: sure ",
            'sources.yaml, line 10, harbour-post-310612, reliability: expected one of high, medium, low; found "sure"',
        ),
        (
            "sources",
            "2031-06-12            #",
            "last week  #",
            "sources.yaml, line 8, harbour-post-310612, published_on: Write 2024, 2024-11 or 2024-11-30.",
        ),
        (
            "sources",
            "https://post.example/full-house",
            "javascript:alert(1)",
            "sources.yaml, line 9, harbour-post-310612, address: Enter a valid URL.",
        ),
        (
            "sources",
            "key: organiser-3107",
            "key: harbour-post-310612",
            'sources.yaml, line 12, harbour-post-310612, key: the key "harbour-post-310612" is taken already, in line 5',
        ),
        (
            "sources",
            "title: A full house on the last day",
            'title: "A full\\0 house"',
            "sources.yaml, line 6, harbour-post-310612, title: holds a character that cannot be stored, such as NUL",
        ),
        (
            "sources",
            "title: A full house",
            "title: A full: house",
            "sources.yaml, line 6: not YAML: mapping values are not allowed in this context",
        ),
        (
            "sources",
            "  reliability: high ",
            "  title: Again\n  reliability: high ",
            "sources.yaml, line 10: the field title stands here twice; the first time in line 6",
        ),
        (
            "chains",
            "code: CO ",
            "code: C0FFEE ",
            "chains.yaml, line 4, coffee, code: Two or three capital Latin letters, for example SV.",
        ),
        ("chains", "kind: services", "kind: zone", "chains.yaml, line 27, freight: breaks the rule zone_has_parent_chain"),
        (
            "chains",
            "stage: midstream",
            "stage: middle",
            'chains.yaml, line 21, coffee · roasting, stage: expected one of upstream, midstream, downstream, service; found "middle"',
        ),
        ("editions", "ordinal: 2", "ordinal: second", 'editions.yaml, line 26, 2032, ordinal: expected a whole number, found "second"'),
        ("editions", "ordinal: 2", "ordinal: 1", 'editions.yaml, line 26, 2032, ordinal: "1" is taken already, by 2031'),
        (
            "editions",
            "starts_on: 2031-06-10",
            "starts_on: 10 June",
            'editions.yaml, line 9, 2031, starts_on: expected a day such as 2026-06-22, found "10 June"',
        ),
        (
            "editions",
            "starts_on: 2031-06-10 ",
            "starts_on: 2031-06-31 ",
            "editions.yaml, line 9: 2031-06-31 cannot be: day is out of range for month",
        ),
        (
            "editions",
            "  ends_on: 2032-06-10\n",
            "",
            "editions.yaml, line 25, 2032: breaks the rule edition_has_both_dates_or_none",
        ),
        (
            "editions",
            "guest_country: BR ",
            "guest_country: NO ",
            'editions.yaml, line 17, 2031, guest_country: expected a country code of two capital letters, such as CN or "NO" in quotes; found "false"',
        ),
        (
            "editions",
            "guest_country: BR ",
            "guest_country: XQ ",
            'editions.yaml, line 17, 2031, guest_country: expected a country code of two capital letters, such as CN or "NO" in quotes; found "XQ"',
        ),
        (
            "editions",
            "time_zone: Europe/Lisbon",
            "time_zone: Europe/Lisboa",
            "editions.yaml, line 13, 2031, time_zone: “Europe/Lisboa” is not a time zone, for example Asia/Shanghai.",
        ),
        (
            "editions",
            "is_current: true",
            "is_current: yes please",
            'editions.yaml, line 38, 2032, is_current: expected true or false, found "yes please"',
        ),
        (
            "editions",
            "area_sqm: 2400",
            "area_sqm: 2400\n  is_current: true",
            "editions.yaml, line 39, 2032, is_current: only one edition is the current one; 2031 is it already",
        ),
        (
            "editions",
            "theme: {en: From the Bush to the Cup, zh: 从树到杯}",
            "theme: From the Bush to the Cup",
            "editions.yaml, line 8, 2031, theme: expected the text in two languages: en and zh under it",
        ),
        (
            "editions",
            "theme: {en: From the Bush to the Cup, zh: 从树到杯}",
            "theme: {en: From the Bush to the Cup, pt: Da planta}",
            "editions.yaml, line 8, 2031, theme.pt: no such language is known. Known are en, zh",
        ),
        (
            "links",
            "- supplier: coffee/growing\n  customer: coffee/roasting",
            "- supplier: coffee/growing\n  customer: coffee/rosting",
            'links.yaml, line 4, coffee/growing · coffee/rosting, customer: there is no segment "coffee/rosting"; did you mean coffee/roasting?',
        ),
        (
            "links",
            "- supplier: coffee/growing\n  customer: coffee/roasting",
            "- supplier: coffee/growing\n  customer: roasting",
            'links.yaml, line 4, entry 1, customer: expected a key of 2 parts with / between, found "roasting"',
        ),
        (
            "links",
            "- supplier: freight/shipping\n  customer: coffee/roasting",
            "- supplier: coffee/cafes\n  customer: coffee/growing",
            "links.yaml, line 9, coffee/cafes · coffee/growing, customer: this link closes a circle inside the chain",
        ),
        (
            "links",
            "- supplier: freight/shipping\n  customer: coffee/roasting",
            "- supplier: freight/shipping\n  customer: freight/shipping",
            "links.yaml, line 8, freight/shipping · freight/shipping: breaks the rule segment_does_not_supply_itself",
        ),
        ("figures", "- key: 2031-exhibitors-post\n  edition", "- edition", "figures.yaml, line 12, entry 2, key: is missing"),
        (
            "figures",
            "sources: [harbour-post-310612]",
            "sources: []",
            "figures.yaml, line 18, 2031-exhibitors-post, sources: is missing; expected at least one of the sources",
        ),
        (
            "figures",
            "sources: [harbour-post-310612]",
            "sources: harbour-post-310612",
            "figures.yaml, line 18, 2031-exhibitors-post, sources: expected a list such as [harbour-post-310612]",
        ),
        (
            "figures",
            "sources: [harbour-post-310612]",
            "sources: [harbor-post-310612]",
            'figures.yaml, line 18, 2031-exhibitors-post, sources: there is no source "harbor-post-310612"; did you mean harbour-post-310612?',
        ),
        (
            "figures",
            "value: 70",
            "value: seventy",
            'figures.yaml, line 16, 2031-exhibitors-post, value: expected a number, found "seventy"',
        ),
        ("figures", "value: 70", "value: .inf", 'figures.yaml, line 16, 2031-exhibitors-post, value: expected a number, found "inf"'),
        (
            "figures",
            "value: 70",
            "value: -70",
            "figures.yaml, line 16, 2031-exhibitors-post, value: Ensure this value is greater than or equal to 0.",
        ),
        (
            "figures",
            "value: 70",
            "value: 70\n  is_preferred: true\n  preferred_reason: {en: Because.}",
            "figures.yaml, line 17, 2031-exhibitors-post, is_preferred: only one figure of a metric is preferred; 2031-exhibitors-office is it already",
        ),
        (
            "figures",
            "  preferred_reason: {en: The office counted contracts., zh: 办公室按合同统计。}\n",
            "",
            "figures.yaml, line 3, 2031-exhibitors-office: breaks the rule preferred_figure_has_reason",
        ),
        (
            "halls",
            "stage: midstream, segment: coffee/roasting, x: 7",
            "stage: midstream, segment: coffee/roasting, x: 6.5",
            "halls.yaml, line 13, 2032 · CO 201: overlaps booth CO 101",
        ),
        ("halls", "width: 9, depth: 6", "width: 9, depth: 11", "halls.yaml, line 15, 2032 · FR 401: reaches beyond the walls of its hall"),
        (
            "halls",
            "area: freight",
            "area: coffe",
            'halls.yaml, line 15, 2032 · FR 401, area: there is no chain area "2032/coffe"; did you mean 2032/coffee?',
        ),
        (
            "forums",
            "starts_at: 2032-06-08 09:30         #",
            "starts_at: half past nine         #",
            'forums.yaml, line 16, fair-coffee-2032, starts_at: expected a day and hour such as 2026-06-22 09:30, found "half past nine"',
        ),
        (
            "forums",
            "ends_at: 2032-06-08 12:00\n  place",
            "ends_at: 2032-06-08 08:00\n  place",
            "forums.yaml, line 11, fair-coffee-2032: breaks the rule forum_ends_after_it_starts",
        ),
        (
            "forums",
            "  starts_at: 2032-06-08 09:30         #",
            "  on: 2032-06-09\n  starts_at: 2032-06-08 09:30  #",
            "forums.yaml, line 16, fair-coffee-2032, on: expected the day of starts_at, 2032-06-08, or nothing",
        ),
        (
            "companies",
            "country: BR",
            "country: Brazil",
            (
                "companies.yaml, line 6, high-hill-farms, country: "
                'expected a country code of two capital letters, such as CN or "NO" in quotes; found "Brazil"'
            ),
        ),
        (
            "companies",
            "name: Quay Roasters Lda",
            "name: HARBOUR  LINES Ltd.",
            'companies.yaml, line 39, harbour-lines, name: "Harbour Lines, PT" is taken already, by quay-roasters',
        ),
        (
            "companies",
            "name: Quay Roasters Lda",
            "name: «!»",
            "companies.yaml, line 28, quay-roasters, name: expected a name with letters or digits in it",
        ),
        (
            "companies",
            'is_demo: true\n  editions:\n    - edition: "2032"',
            'is_demo: true\n  website: http://www.high-hill.example\n  editions:\n    - edition: "2032"',
            'companies.yaml, line 42, harbour-lines, website: "high-hill.example" is taken already, by high-hill-farms',
        ),
        (
            "companies",
            "      evidence: announced\n",
            "",
            "companies.yaml, line 43, harbour-lines · 2032 · exhibitor, evidence: is missing: say how it is known, for example exhibited",
        ),
    ],
)
def test_a_broken_file_says_where_and_what_and_loads_nothing(folder: Path, name: str, old: str, new: str, problem: str | None) -> None:
    edit(folder, name, old, new)
    assert problem in problems_of(folder)


def test_all_problems_of_the_folder_are_named_at_once(folder: Path) -> None:
    edit(folder, "editions", "ordinal: 2", "ordinal: second\n  colour: blue")
    edit(folder, "figures", "sources: [harbour-post-310612]", "sources: [nobody]")
    edit(folder, "halls", "width: 9, depth: 6", "width: 9, depth: 11")
    edit(folder, "companies", "  country: BR\n", "")
    assert problems_of(folder) == [
        "companies.yaml, line 3, high-hill-farms, country: is missing",
        'editions.yaml, line 26, 2032, ordinal: expected a whole number, found "second"',
        (
            "editions.yaml, line 27, 2032, colour: no such field is known. Known are slug, ordinal, year, name, short_name, theme, starts_on, "
            "ends_on, venue, city, time_zone, host, note, status, area_sqm, guest_country, currency, is_current, reviews_postings, sources, areas"
        ),
        'figures.yaml, line 18, 2031-exhibitors-post, sources: there is no source "nobody"',
        "halls.yaml, line 15, 2032 · FR 401: reaches beyond the walls of its hall",
    ]


def test_a_file_that_cannot_be_read_hides_no_other_problem_and_causes_none(folder: Path) -> None:
    (folder / "sources.yaml").write_bytes(b"- key: caf\xe9\n")
    (folder / "metrics.yaml").write_text("exhibitors: 12\n")
    (folder / "rates.yaml").write_text("- - EUR\n")
    edit(folder, "chains", "kind: services", "kind: service")
    assert problems_of(folder) == [
        'chains.yaml, line 32, freight, kind: expected one of chain, services, zone; found "service"',
        'metrics.yaml, line 1: expected a list: entries that start with "- "',
        "rates.yaml, entry 1: expected fields with their values",
        "sources.yaml: expected text in UTF-8; byte 11 is something else",
    ]


def test_a_list_inside_an_entry_must_be_a_list(folder: Path) -> None:
    edit(folder, "halls", "  booths:\n", "  booths: none\n  is_big:\n")
    assert 'halls.yaml, line 11, 2032 · A, booths: expected a list: entries that start with "- "' in problems_of(folder)


def test_a_misspelt_file_is_not_passed_over(folder: Path) -> None:
    (folder / "forums.yaml").rename(folder / "forum.yaml")
    assert problems_of(folder) == [
        (
            "forum.yaml: no such file is known; did you mean forums.yaml? Known are sources.yaml, chains.yaml, editions.yaml, links.yaml, "
            "metrics.yaml, figures.yaml, disagreements.yaml, publications.yaml, rates.yaml, halls.yaml, pavilions.yaml, forums.yaml, companies.yaml, "
            "supply_links.yaml"
        )
    ]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert problems_of(tmp_path / "nowhere") == [f"{tmp_path / 'nowhere'}: there is no such folder"]


def test_an_expo_does_not_take_the_places_of_another(folder: Path) -> None:
    builders.edition(slug="1999", ordinal=2)
    with pytest.raises(CommandError) as refusal:
        call_command("load_expo", folder)
    assert str(refusal.value) == 'editions.yaml, line 26, 2032, ordinal: "2" is taken already, by 1999\n1 problem; nothing was loaded.'
    assert list(Edition.objects.values_list("slug", flat=True)) == ["1999"]


def test_a_booth_does_not_overlap_one_that_stands_there_already(folder: Path) -> None:
    call_command("load_expo", folder, verbosity=0)
    hall = Edition.objects.get(slug="2032").halls.get()
    Booth.objects.create(edition=hall.edition, hall=hall, code="X 1", x=20, y=10, width=3, depth=3)
    edit(folder, "halls", "width: 9, depth: 6", "width: 29, depth: 6")
    with pytest.raises(CommandError, match=r"^halls\.yaml, line 15, 2032 · FR 401: overlaps booth X 1"):
        call_command("load_expo", folder)
    assert Booth.objects.get(code="FR 401").width == 9
