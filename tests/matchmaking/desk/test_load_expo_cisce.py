import re
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.db import transaction
from django.db.models import Count
from pytest_django.plugin import DjangoDbBlocker

from expo.editions.models import Chain, ChainArea, Disagreement, Edition, Metric, Publication, ReportedFigure, Segment, SegmentLink, Source
from expo.programme.models import Forum
from expo.venue.models import Booth, Hall, Pavilion
from matchmaking.participants.models import Company, Registration, SupplyLink

CISCE = Path(__file__).resolve().parents[3] / "fixtures" / "cisce"
TWO_LANGUAGES = {"en", "zh"}
ONE_LANGUAGE_SIGNS = re.compile(r"[\u4e00-\u9fff][,;:!?]|[,;:!?][\u4e00-\u9fff]|[()]")


def texts_of(value: Any) -> Iterator[dict[str, Any]]:
    """Every text that a file gives by language, however deep it stands."""
    if isinstance(value, dict):
        if TWO_LANGUAGES & set(value):
            yield value
        else:
            for part in value.values():
                yield from texts_of(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts_of(part)


@pytest.mark.parametrize("path", sorted(CISCE.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_text_is_in_both_languages_with_their_own_punctuation(path: Path) -> None:
    texts = list(texts_of(yaml.safe_load(path.read_text())))
    assert [text for text in texts if set(text) != TWO_LANGUAGES] == []
    chinese = [text["zh"] for text in texts if isinstance(text["zh"], str)]
    assert [text for text in chinese if ONE_LANGUAGE_SIGNS.search(text)] == []


@pytest.fixture(scope="module")
def real_expo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The whole expo, loaded once for all tests of this module and rolled back after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_expo", CISCE, stdout=StringIO())
        yield
        transaction.set_rollback(True)


@pytest.mark.usefixtures("real_expo", "db")
def test_the_real_expo_loads_in_full() -> None:
    assert Source.objects.count() == 147
    assert list(Edition.objects.order_by("ordinal").values_list("slug", "status", "is_current")) == [
        ("2023", "closed", False),
        ("2024", "closed", False),
        ("2025", "closed", False),
        ("2026", "closed", False),
        ("fifth", "registration", True),
    ]
    assert (Chain.objects.count(), Segment.objects.count(), ChainArea.objects.count()) == (10, 58, 39)
    assert (Metric.objects.count(), ReportedFigure.objects.count(), Disagreement.objects.count()) == (82, 159, 33)
    assert (Forum.objects.count(), Pavilion.objects.count(), Publication.objects.count()) == (26, 28, 21)
    assert (Company.objects.count(), Registration.objects.count()) == (110, 150)
    assert (SupplyLink.objects.count(), SupplyLink.objects.filter(supplier=None).count()) == (23, 6)
    assert (Hall.objects.count(), Booth.objects.count()) == (0, 0), "the real halls were never published"


@pytest.mark.usefixtures("real_expo", "db")
def test_the_real_expo_says_only_what_a_source_says() -> None:
    for kind in (ReportedFigure, Publication, Pavilion, Forum, Company, SupplyLink):
        assert not kind.objects.annotate(count=Count("sources")).filter(count=0).exists(), kind
    assert Source.objects.filter(link_ok=True).count() == 118
    assert not Source.objects.filter(link_ok=False).exclude(address="").exists()
    assert not Company.objects.filter(is_demo=True).exists()
    assert not Company.objects.filter(name__icontains="Lens Technology").exists()
    assert Counter(Registration.objects.values_list("evidence", flat=True)) == {
        "exhibited": 77,
        "announced": 30,
        "co_exhibited": 22,
        "signed": 21,
    }
    assert not Registration.objects.filter(edition__slug="fifth").exists()
    assert Registration.objects.filter(evidence="co_exhibited", led_by=None).count() == 0
    upcoming = Edition.objects.get(slug="fifth")
    assert (upcoming.year, upcoming.starts_on, upcoming.venue_en, upcoming.theme_en) == (None, None, "", "")


@pytest.mark.usefixtures("real_expo", "db")
def test_the_chains_of_the_real_expo_stand_in_their_order_under_the_names_of_their_time() -> None:
    codes = {slug: [chain.code for chain in Chain.objects.in_edition(Edition.objects.get(slug=slug))] for slug in ("2023", "2026", "fifth")}
    assert codes == {
        "2023": ["DT", "GA", "HL", "SV", "CE", "SS"],
        "2026": ["DT", "AM", "GA", "HL", "SV", "CE", "SS", "AI", "LA"],
        "fifth": ["DT", "AM", "GA", "HL", "SV", "CE", "SS", "AI", "LA"],
    }
    digital = ChainArea.objects.filter(chain__code="DT").select_related("chain", "edition").order_by("edition__ordinal")
    assert [area.name for area in digital] == ["Digital Technology Chain"] * 3 + ["Digital and Intelligent Technology Chain"] * 2
    lonely = Segment.objects.filter(links_in=None, links_out=None)
    assert set(lonely.values_list("slug", flat=True)) == {"cultural-tourism", "creative-design"}
    assert SegmentLink.objects.filter(supplier__slug="batteries", customer__slug="energy-storage").exists()
