"""The registry: complete in both languages, true to the vocabulary, and versioned."""

import hashlib
from pathlib import Path

import pytest
import yaml
from django_countries import countries

from matchmaking.agreements.queries.report import changes, said
from matchmaking.agreements.queries.report.measures import Counted, Share
from matchmaking.agreements.queries.report.metrics import DEFINITIONS, GROUPS, REGISTRY
from matchmaking.agreements.queries.report.regions import AMERICAS, EUROPE
from matchmaking.agreements.queries.report.shapes import Both

VOCABULARY = {one["key"]: one for one in yaml.safe_load((Path(__file__).parents[4] / "fixtures/cisce/metrics.yaml").read_text())}
# Whoever changes a definition or what is counted raises its version and DEFINITIONS, and writes the new print here.
PRINTS = {"1": "304e9e3bddaac461"}
NAMED_IN_THE_REPORT = {
    "exhibitors", "exhibitors_with_partners", "countries_regions_organisations", "overseas_share", "americas_europe_share_of_overseas",
    "us_share_of_overseas", "belt_and_road_share_of_overseas", "fortune_global_500", "exhibition_area", "audience_offline", "audience_online",
    "audience_total", "thematic_forums", "events", "matchmaking_sessions", "matches_made", "meetings_held", "suppliers_connected", "key_clients",
    "debuts", "agreements_signed", "cooperation_intentions", "agreements_and_intentions", "agreements_value_cny", "agreements_value_usd",
    "next_edition_signups",
}  # fmt: skip


def test_every_metric_of_the_report_is_counted_or_says_why_not():
    assert set(REGISTRY) >= NAMED_IN_THE_REPORT


@pytest.mark.parametrize("one", REGISTRY.values(), ids=REGISTRY)
def test_every_metric_has_name_unit_and_definition_in_both_languages(one):
    for text in (one.name, one.unit_name, one.definition):
        assert text.en
        assert any("\u4e00" <= sign <= "\u9fff" or sign == "%" for sign in text.zh)
    assert one.group in GROUPS


@pytest.mark.parametrize("key", [key for key, one in REGISTRY.items() if not one.has_own_definition])
def test_a_metric_without_words_of_its_own_has_those_of_the_vocabulary(key):
    one, known = REGISTRY[key], VOCABULARY[key]
    assert (one.definition.en, one.definition.zh) == (known["definition"]["en"], known["definition"]["zh"])
    assert (one.name.en, one.name.zh, one.unit, one.group) == (known["name"]["en"], known["name"]["zh"], known["unit"], known["group"])


def test_a_change_of_what_is_counted_is_a_new_version():
    text = "\n".join(
        f"{key} {one.version} {one.definition.en} {one.definition.zh} {counted(one.how)}" for key, one in sorted(REGISTRY.items())
    )
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == PRINTS[DEFINITIONS]


def counted(how):
    if isinstance(how, Share):
        return f"{counted(how.part)} of {counted(how.whole)}"
    if not isinstance(how, Counted):
        return type(how).__name__
    which = repr(how.which)
    return f"{how.base.name} {how.by_origin} {'a query' if ' object at ' in which else which}"


def test_every_reason_is_said_in_both_languages():
    reasons = [value for module in (said, changes) for value in vars(module).values() if isinstance(value, Both) and value]
    assert len(reasons) > 10
    assert all(reason.en and reason.zh for reason in reasons)


def test_americas_and_europe_do_not_overlap_and_are_codes_that_there_are():
    assert not AMERICAS & EUROPE
    assert {*AMERICAS, *EUROPE} <= {code for code, _name in countries}
    assert "CN" not in AMERICAS | EUROPE
    assert {"US", "BR", "CA"} <= AMERICAS
    assert {"DE", "RU", "GB"} <= EUROPE
    assert not {"TR", "CY", "KZ", "GE"} & EUROPE
