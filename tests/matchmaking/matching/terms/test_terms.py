"""Terms: who may change them, what an organiser's change outlives, and what the matcher reads of them."""

import pytest

from expo.foundation.errors import Invalid, NotAllowed
from matchmaking.matching.glossary.actions import (
    IsShipped,
    remove_term,
    restore_terms,
    save_term,
    shared_names,
    switch_terms,
)
from matchmaking.matching.glossary.files import read_folder, shipped_folder
from matchmaking.matching.glossary.loading import load_terms
from matchmaking.matching.glossary.reading import glossary, known_of
from matchmaking.matching.models import Term
from tests import builders
from tests.matchmaking.matching.terms.asked import CELL, logged

# The verbs


def test_a_new_term_is_known_by_its_first_name_and_counts_as_changed_here(chain, organiser):
    made = save_term(None, by=organiser, fields={**CELL, "chain": chain, "english": " LTO  cell | lithium titanate cell|lto cell"})
    assert (made.key, made.english, made.is_own, made.is_active) == ("lto-cell", "LTO cell|lithium titanate cell", True, True)
    assert logged()[0][0] == "add_term"


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"kind": "thing"}, "kind", "“thing” is no kind of term."),
        ({"english": "", "chinese": " | "}, "english", "Expected: at least one name, in English or in Chinese."),
        ({"english": "x" * 121}, "english", "has 121 signs"),
        ({"english": "电芯"}, "english", "It stands among the Chinese names."),
        ({"chinese": "*"}, "chinese", "a star may stand at the end of a name only"),
        ({"broader": "flux capacitor"}, "broader", "There is no term “flux capacitor”."),
        ({"key": "lidar"}, "key", "The key “lidar” is taken by the term"),
    ],
)
def test_what_cannot_stand_is_refused_by_field_and_nothing_is_written(fields, field, says, shipped, organiser):
    before = Term.objects.count()
    with pytest.raises(Invalid) as refused:
        save_term(None, by=organiser, fields={**CELL, "chain": shipped.chain, **fields})
    assert says.casefold() in refused.value.fields[field][0].casefold()
    assert Term.objects.count() == before
    assert logged() == []


def test_a_term_keeps_its_chain_and_key_and_never_lies_below_itself(shipped, organiser):
    for fields in ({"key": "laser-radar"}, {"chain": None}):
        with pytest.raises(Invalid) as refused:
            save_term(shipped, by=organiser, fields=fields)
        assert list(refused.value.fields) == ["key"]
    below = save_term(None, by=organiser, fields={**CELL, "chain": shipped.chain, "broader": "lidar"})
    with pytest.raises(Invalid) as refused:
        save_term(shipped, by=organiser, fields={"broader": below.key})
    assert refused.value.fields == {"broader": ["“lithium-titanate-cell” is this term, or lies below it."]}
    shipped.refresh_from_db()
    assert (shipped.key, shipped.broader, shipped.is_own) == ("lidar", "", False)


def test_the_family_of_a_property_may_be_any_word(chain, organiser):
    made = save_term(None, by=organiser, fields={"kind": "property", "broader": "drive  layout", "english": "rear drive", "chain": chain})
    assert made.broader == "drive layout"


def test_saving_what_is_there_writes_nothing(shipped, organiser):
    save_term(shipped, by=organiser, fields={"english": shipped.english, "is_active": True})
    shipped.refresh_from_db()
    assert shipped.is_own is False
    assert logged() == []


def test_a_change_here_outlives_the_next_load_until_it_is_restored(shipped, organiser):
    as_shipped = shipped.chinese
    save_term(shipped, by=organiser, fields={"chinese": "光达"})
    assert load_terms()[0].kept == 1
    shipped.refresh_from_db()
    assert (shipped.chinese, shipped.is_own) == ("光达", True)
    assert restore_terms([shipped], by=organiser) == (1, [])
    assert restore_terms([shipped], by=organiser) == (0, [])
    shipped.refresh_from_db()
    assert (shipped.chinese, shipped.is_own) == (as_shipped, False)
    assert logged() == [("edit_term", {"changed": ["chinese"]}), ("restore_term", {})]


def test_what_was_switched_off_stays_off_after_a_load(shipped, organiser):
    assert switch_terms([shipped], on=False, by=organiser) == 1
    assert switch_terms([Term.objects.get(pk=shipped.pk)], on=False, by=organiser) == 0
    load_terms()
    assert Term.objects.get(pk=shipped.pk).is_active is False
    assert restore_terms([shipped], by=organiser) == (1, [])
    assert Term.objects.get(pk=shipped.pk).is_active is True


def test_a_term_of_ones_own_is_not_restored_but_removed(shipped, organiser):
    own = save_term(None, by=organiser, fields={**CELL, "chain": shipped.chain})
    assert restore_terms([own], by=organiser) == (0, [own])
    remove_term(own, by=organiser)
    assert not Term.objects.filter(key=own.key).exists()
    assert logged()[-1] == ("remove_term", {"key": own.key, "english": own.english, "chinese": own.chinese})


def test_a_shipped_term_is_not_removed_for_it_would_come_back(shipped, organiser):
    with pytest.raises(IsShipped):
        remove_term(shipped, by=organiser)
    assert Term.objects.filter(pk=shipped.pk).exists()


@pytest.mark.parametrize("who", ["carla", "boris", "reader"])
def test_others_change_nothing(who, shipped, request, staff):
    person = staff("Read-only") if who == "reader" else request.getfixturevalue(who)
    own = Term.objects.create(key="own", kind="good", english="own", is_own=True)
    before = list(Term.objects.order_by("pk").values())
    for refused in (
        lambda: save_term(None, by=person, fields=CELL),
        lambda: save_term(shipped, by=person, fields={"chinese": "光达"}),
        lambda: switch_terms([shipped], on=False, by=person),
        lambda: restore_terms([own], by=person),
        lambda: remove_term(own, by=person),
    ):
        with pytest.raises(NotAllowed):
            refused()
    assert list(Term.objects.order_by("pk").values()) == before
    assert logged() == []


def test_the_second_factor_is_asked_for(shipped, organiser, settings):
    settings.STAFF_SECOND_FACTOR = True
    with pytest.raises(NotAllowed):
        save_term(shipped, by=organiser, fields={"chinese": "光达"})


def test_a_name_that_two_terms_of_a_chain_share_is_told(shipped, organiser):
    twin = save_term(None, by=organiser, fields={"kind": "good", "english": "light radar", "chinese": "激光雷达", "chain": shipped.chain})
    assert shared_names(twin) == [("激光雷达", shipped)]
    switch_terms([shipped], on=False, by=organiser)
    assert shared_names(twin) == []


# What the matcher reads


def test_without_rows_the_shipped_files_are_read(db):
    assert glossary() == known_of(
        (one.chain, one.key, one.kind, one.broader, one.english, one.chinese) for one in read_folder(shipped_folder())
    )


def test_the_table_as_it_was_loaded_has_the_digest_of_the_files(edition):
    before = glossary().digest
    for path in shipped_folder().glob("*.csv"):
        builders.chain(edition, slug=path.stem)
    load_terms()
    assert glossary().digest == before


def test_only_what_is_in_use_is_read_and_every_change_is_seen_at_once(shipped, organiser):
    before = glossary()
    assert "lidar" in {one.key for one in before.concepts}
    switch_terms([shipped], on=False, by=organiser)
    after = glossary()
    assert {one.key for one in before.concepts} - {one.key for one in after.concepts} == {"lidar"}
    assert after.digest != before.digest
    restore_terms([shipped], by=organiser)
    assert glossary() == before
    save_term(shipped, by=organiser, fields={"chinese": "光达"})
    assert next(one.zh for one in glossary().concepts if one.key == "lidar") == ("光达",)


def test_it_is_read_with_one_query_while_nothing_changed(shipped, count_queries):
    glossary()
    assert count_queries(glossary) == 1


def test_a_key_of_several_chains_is_one_concept_with_all_names(chain, edition):
    other = builders.chain(edition, slug="clean-energy")
    for of, chinese in ((chain, "电芯"), (other, "电芯|储能电芯")):
        Term.objects.create(chain=of, key="cell", kind="good", english="cell", chinese=chinese)
    (found,) = glossary().concepts
    assert (found.chain, set(found.zh)) == ("clean-energy", {"电芯", "储能电芯"})
