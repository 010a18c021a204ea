import re
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from expo.editions.models import Chain, ChainArea, Edition, ExchangeRate, ReportedFigure, Segment, SegmentLink, Source
from expo.foundation.loading import Sheet
from expo.foundation.models import Event, LoadedRow
from expo.foundation.proving import Finding
from expo.programme.models import Forum, Session, Speaker
from expo.venue.models import Booth
from matchmaking.agreements.queries.checking import prove_ledger
from matchmaking.desk.loading import SHEETS
from matchmaking.participants.models import Company, Registration
from tests import builders

EXAMPLE = Path(__file__).resolve().parents[3] / "fixtures" / "example"
GUIDE = EXAMPLE.parents[1] / "docs" / "fixtures.md"
pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example, loaded once, ready to be edited."""
    copy = Path(shutil.copytree(EXAMPLE, tmp_path / "expo"))
    load(copy)
    return copy


def load(folder: Path, **options: Any) -> dict[str, tuple[int, int, int]]:
    """Created, updated and unchanged by kind, as the command prints them; kinds without any change are left out."""
    out = StringIO()
    call_command("load_expo", folder, stdout=out, **options)
    rows = [line.rsplit(maxsplit=3) for line in out.getvalue().splitlines()[1:] if line[-1].isdigit()]
    counts = {title.strip(): (int(created), int(updated), int(left)) for title, created, updated, left in rows}
    return {title: count for title, count in counts.items() if title == "all" or count[:2] != (0, 0)}


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / f"{name}.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_example_loads_every_kind_of_row(tmp_path: Path) -> None:
    assert load(EXAMPLE) == {
        "sources": (2, 0, 0),
        "chains": (2, 0, 0),
        "segments": (5, 0, 0),
        "editions": (2, 0, 0),
        "chain areas": (3, 0, 0),
        "segment links": (3, 0, 0),
        "metrics": (1, 0, 0),
        "reported figures": (2, 0, 0),
        "disagreements between sources": (1, 0, 0),
        "publications": (1, 0, 0),
        "exchange rates": (1, 0, 0),
        "halls": (1, 0, 0),
        "booths": (4, 0, 0),
        "pavilions": (1, 0, 0),
        "forums": (2, 0, 0),
        "sessions": (2, 0, 0),
        "speakers": (3, 0, 0),
        "companies": (3, 0, 0),
        "registrations": (4, 0, 0),
        "supply links": (2, 0, 0),
        "all": (45, 0, 0),
    }


def test_a_second_load_changes_nothing(folder: Path) -> None:
    assert load(folder) == {"all": (0, 0, 45)}
    assert Event.objects.filter(verb="expo_loaded").count() == 1


def test_a_dry_run_counts_and_keeps_nothing(folder: Path) -> None:
    edit(folder, "editions", "area_sqm: 2400", "area_sqm: 2500")
    assert load(folder, dry_run=True) == {"editions": (0, 1, 1), "all": (0, 1, 44)}
    assert Edition.objects.get(slug="2031").area_sqm == 2400
    assert load(folder) == {"editions": (0, 1, 1), "all": (0, 1, 44)}


def test_hours_are_those_of_the_place(folder: Path) -> None:
    forum = Forum.objects.get(key="fair-coffee-2032")
    assert (forum.starts_at, forum.on) == (datetime(2032, 6, 8, 8, 30, tzinfo=UTC), date(2032, 6, 8))
    assert Session.objects.get(title_en="What a roaster pays").starts_at == datetime(2032, 6, 8, 10, 0, tzinfo=UTC)


def test_references_order_and_what_follows_from_a_value_are_filled_in(folder: Path) -> None:
    farms = Company.objects.get(slug="high-hill-farms")
    assert (farms.name_key, farms.domain, farms.is_demo) == ("highhillfarms", "high-hill.example", True)
    assert Source.objects.get(key="harbour-post-310612").link_ok
    assert not Source.objects.get(key="organiser-3107").link_ok
    assert list(Segment.objects.filter(chain__slug="coffee").values_list("slug", "order")) == [
        ("growing", 1),
        ("roasting", 2),
        ("cafes", 3),
    ]
    assert list(Speaker.objects.filter(session__title_en="What a roaster pays").values_list("name_en", flat=True)) == [
        "Rui Roaster",
        "Sam Shipper",
    ]
    later = Registration.objects.get(company=farms, edition__slug="2032")
    assert (later.booth.code, later.booth.status, later.status, later.role) == ("CO 101", "assigned", "verified", "exhibitor")
    assert Registration.objects.get(company__slug="quay-roasters").led_by == farms.registrations.get(edition__slug="2031")
    assert Booth.objects.get(code="FR 401").area == ChainArea.objects.get(edition__slug="2032", chain__slug="freight")


def test_what_a_file_brings_has_a_history(folder: Path) -> None:
    assert Company.history.count() == 3
    edit(folder, "companies", "Coffee from forty farms.", "Coffee from fifty farms.")
    load(folder)
    assert [row.about_en for row in Company.history.filter(slug="high-hill-farms")] == [
        "Coffee from fifty farms.",
        "Coffee from forty farms.",
    ]


@pytest.mark.parametrize(
    ("name", "old", "new", "kind", "value_of", "value"),
    [
        ("editions", "area_sqm: 2400", "area_sqm: 2500", "editions", lambda: Edition.objects.get(slug="2031").area_sqm, 2500),
        (
            "editions",
            "zh: 首届港湾博览会",
            "zh: 港湾博览会",
            "editions",
            lambda: Edition.objects.get(slug="2031").short_name_zh,
            "港湾博览会",
        ),
        ("chains", "zh: 烘焙", "zh: 咖啡烘焙", "segments", lambda: Segment.objects.get(slug="roasting").name_zh, "咖啡烘焙"),
        (
            "figures",
            "value: 70",
            "value: 72.5",
            "reported figures",
            lambda: ReportedFigure.objects.get(is_preferred=False).value,
            Decimal("72.5"),
        ),
        ("forums", "capacity: 40 ", "capacity: 60 ", "forums", lambda: Forum.objects.get(key="fair-coffee-2032").capacity, 60),
        (
            "forums",
            "  ends_at: 2032-06-08 12:00\n  place",
            "  place",
            "forums",
            lambda: Forum.objects.get(key="fair-coffee-2032").ends_at,
            None,
        ),
        (
            "forums",
            "role: {en: Grower, zh: 种植户}",
            "role: {en: Farmer}",
            "speakers",
            lambda: Speaker.objects.get(name_en="Ines Invented").role_en,
            "Farmer",
        ),
        ("halls", "x: 13, y: 1", "x: 14, y: 1", "booths", lambda: Booth.objects.get(code="CO 301").x, 14),
        (
            "links",
            "en: Green beans,",
            "en: Raw beans,",
            "segment links",
            lambda: SegmentLink.objects.get(note_zh="生豆").note_en,
            "Raw beans",
        ),
        (
            "figures",
            "sources: [harbour-post-310612]",
            "sources: [organiser-3107, harbour-post-310612]",
            "reported figures",
            lambda: set(ReportedFigure.objects.get(value=70).sources.values_list("key", flat=True)),
            {"organiser-3107", "harbour-post-310612"},
        ),
        (
            "companies",
            "main_segment: coffee/roasting",
            "main_segment: coffee/cafes",
            "registrations",
            lambda: Registration.objects.get(company__slug="quay-roasters").main_segment.slug,
            "cafes",
        ),
    ],
)
def test_an_edited_value_updates_exactly_its_row(
    folder: Path, name: str, old: str, new: str, kind: str, value_of: Callable[[], Any], value: Any
) -> None:
    edit(folder, name, old, new)
    changed = load(folder)
    assert changed.pop("all") == (0, 1, 44)
    assert {title: count[:2] for title, count in changed.items()} == {kind: (0, 1)}
    assert value_of() == value
    assert load(folder) == {"all": (0, 0, 45)}


def test_a_new_entry_is_created_beside_the_others(folder: Path) -> None:
    with (folder / "links.yaml").open("a") as links:
        links.write("- {supplier: freight/warehousing, customer: coffee/cafes}\n")
    assert load(folder) == {"segment links": (1, 0, 3), "all": (1, 0, 45)}


def test_rows_that_are_absent_from_the_files_stay(folder: Path) -> None:
    (folder / "forums.yaml").unlink()
    (folder / "links.yaml").write_text("# nothing\n")
    load(folder)
    assert (Forum.objects.count(), SegmentLink.objects.count()) == (2, 3)


def test_the_preferred_figure_and_the_current_edition_can_be_handed_over(folder: Path) -> None:
    edit(folder, "figures", "  is_preferred: true\n  preferred_reason: {en: The office counted contracts., zh: 办公室按合同统计。}\n", "")
    edit(folder, "figures", "value: 70\n", "value: 70\n  is_preferred: true\n  preferred_reason: {en: Newer., zh: 较新。}\n")
    edit(folder, "editions", "  is_current: true\n", "")
    edit(folder, "editions", "area_sqm: 2400\n", "area_sqm: 2400\n  is_current: true\n")
    assert load(folder) == {"editions": (0, 2, 0), "reported figures": (0, 2, 0), "all": (0, 4, 41)}
    assert ReportedFigure.objects.get(is_preferred=True).value == 70
    assert Edition.objects.get(is_current=True).slug == "2031"


def test_a_new_current_edition_takes_over_from_one_made_here(tmp_path: Path) -> None:
    builders.current_edition(slug="2027")
    load(EXAMPLE)
    assert Edition.objects.get(is_current=True).slug == "2032"


def test_what_people_changed_here_stays_until_the_file_changes_it(folder: Path) -> None:
    Forum.objects.filter(key="fair-coffee-2032").update(place_en="Room 9", capacity=30)
    Edition.objects.filter(slug="2032").update(status="live")
    Registration.objects.filter(company__slug="quay-roasters").update(status="withdrawn")
    Booth.objects.filter(code="CO 201").update(status="reserved")
    edit(folder, "forums", "capacity: 40 ", "capacity: 50 ")
    assert load(folder) == {"forums": (0, 1, 1), "all": (0, 1, 44)}
    forum = Forum.objects.get(key="fair-coffee-2032")
    assert (forum.place_en, forum.capacity) == ("Room 9", 50)
    assert Edition.objects.get(slug="2032").status == "live"
    assert Registration.objects.get(company__slug="quay-roasters").status == "withdrawn"
    assert Booth.objects.get(code="CO 201").status == "reserved"


def test_a_claimed_company_keeps_its_words_and_gets_only_what_is_empty(folder: Path) -> None:
    lines = Company.objects.get(slug="harbour-lines")
    builders.member(lines, builders.person("boris@example.com"))
    builders.member(lines, builders.person("gone@example.com"), status="left")
    Company.objects.filter(pk=lines.pk).update(about_en="We ship.")
    Registration.objects.filter(company=lines).update(main_segment=Segment.objects.get(slug="warehousing"))
    edit(
        folder,
        "companies",
        "  name: Harbour Lines\n",
        "  name: Harbour Lines Ltd\n  name_zh: 港湾航运\n  about: {en: Ships., zh: 航运。}\n",
    )
    edit(folder, "companies", "main_segment: freight/shipping", "shown: {en: Containers.}")
    assert load(folder) == {"companies": (0, 1, 2), "registrations": (0, 1, 3), "all": (0, 2, 43)}
    lines.refresh_from_db()
    assert (lines.name, lines.name_zh, lines.about_en, lines.about_zh) == ("Harbour Lines", "港湾航运", "We ship.", "航运。")
    registration = lines.registrations.get()
    assert (registration.main_segment.slug, registration.shown_en) == ("warehousing", "Containers.")


def test_a_company_that_somebody_only_asked_to_join_follows_the_files(folder: Path) -> None:
    lines = Company.objects.get(slug="harbour-lines")
    builders.member(lines, builders.person("carla@example.com"), status="asked")
    edit(folder, "companies", "  name: Harbour Lines\n", "  name: Harbour Lines of Port Example\n")
    assert load(folder) == {"companies": (0, 1, 2), "all": (0, 1, 44)}
    lines.refresh_from_db()
    assert (lines.name, lines.name_key) == ("Harbour Lines of Port Example", "harbourlinesofportexample")


def test_a_company_that_people_registered_is_recognised_and_its_registration_is_not_touched(tmp_path: Path) -> None:
    edition = builders.edition(slug="2032", ordinal=2, name_en="Made here")
    mine = builders.company("HARBOUR LINES, Ltd.", country="PT", website="https://mine.example/")
    builders.member(mine, builders.person("boris@example.com"))
    registration = builders.registration(mine, edition, role="exhibitor", status="draft")
    load(EXAMPLE)
    mine.refresh_from_db()
    registration.refresh_from_db()
    assert (mine.name, mine.website, mine.is_demo) == ("HARBOUR LINES, Ltd.", "https://mine.example/", False)
    assert (registration.status, registration.evidence, registration.main_segment) == ("draft", "", None)
    assert (Company.objects.count(), Registration.objects.filter(company=mine).count()) == (3, 1)
    assert load(EXAMPLE) == {"all": (0, 0, 45)}


def test_a_row_deleted_by_hand_comes_back(folder: Path) -> None:
    SegmentLink.objects.all().delete()
    assert load(folder) == {"segment links": (3, 0, 0), "all": (3, 0, 42)}
    assert LoadedRow.objects.count() == 45


def test_loading_takes_few_queries_however_many_rows_there_are(folder: Path, count_queries: Callable[[Callable[[], Any]], int]) -> None:
    before = count_queries(lambda: load(folder))
    add_segments(folder, "few", 2)
    few = count_queries(lambda: load(folder))
    add_segments(folder, "many", 20)
    many, again = count_queries(lambda: load(folder)), count_queries(lambda: load(folder))
    assert Segment.objects.count() == 49
    assert before == again <= 50
    assert before < many <= few  # Of new words the index keeps the spellings once.


def add_segments(folder: Path, name: str, number: int) -> None:
    for chain in Chain.objects.all():
        for one in range(number):
            with (folder / "chains.yaml").open("a") as chains:
                chains.write(f"    - {{slug: {name}-{chain.code.lower()}-{one}, stage: service, name: {{en: More}}}}\n")


@pytest.mark.parametrize("sheet", [member for sheet in SHEETS for member in sheet.family()], ids=lambda sheet: sheet.kind)
def test_the_guide_and_the_example_name_every_field(sheet: Sheet) -> None:
    example = "\n".join(path.read_text() for path in EXAMPLE.glob("*.yaml")).replace('"', "")
    guide = set(re.findall(r"\w+", GUIDE.read_text()))
    assert [name for name in sheet.fields if name not in guide or f"{name}:" not in example] == []


def test_a_rate_that_somebody_forged_is_not_stated_by_loading_the_files_again(folder: Path) -> None:
    rates = Event.objects.filter(verb="state_rate")
    assert rates.count() == 1
    ExchangeRate.objects.exclude(currency="CNY").update(cny_per_unit=9)
    load(folder)
    found: list[Finding] = []
    prove_ledger(found.append)
    assert ([one.code for one in found], rates.count()) == (["rate_changed"], 1)
    edit(folder, "rates", "as_of: ", "as_of: 2026-01-01 # ")
    load(folder)
    assert rates.count() == 2
