"""Terms on the desk: who may change them, what an organiser's change outlives, and what the matcher reads of them."""

import csv
import io
import shutil

import pytest
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.management import call_command

from expo.foundation.errors import Invalid, NotAllowed
from expo.foundation.models import Event, SheetImport
from expo.foundation.sheets.actions import confirm_sheet, upload_sheet
from expo.foundation.sheets.kinds import kinds
from matchmaking.desk.roles import set_up_roles
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

LIST = "/admin/matching/term/"
CELL = {"kind": "good", "english": "lithium titanate cell|LTO cell", "chinese": "钛酸锂电芯"}


@pytest.fixture
def shipped(chain):
    """The terms of smart vehicles, as they come with the site."""
    load_terms()
    return Term.objects.get(key="lidar")


@pytest.fixture
def staff(db):
    set_up_roles()

    def made(role):
        person = builders.person(is_staff=True)
        person.groups.add(Group.objects.get(name=role))
        return person

    return made


def as_form(term, **fields):
    return {"kind": term.kind, "broader": term.broader, "english": term.english, "chinese": term.chinese, "is_active": "on", **fields}


def errors_of(answer):
    return {field: list(texts) for field, texts in answer.context["adminform"].form.errors.items()}


def logged():
    return list(Event.objects.filter(verb__endswith="_term").order_by("pk").values_list("verb", "data"))


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


# The desk


def test_an_organiser_adds_and_changes_a_term(shipped, staff, client_of):
    client = client_of(staff("Organiser"))
    answer = client.post(f"{LIST}add/", {**CELL, "chain": shipped.chain_id, "key": "", "broader": "", "is_active": "on"})
    assert answer.status_code == 302
    made = Term.objects.get(key="lithium-titanate-cell")
    assert client.post(f"{LIST}{made.pk}/change/", as_form(made, chinese="钛酸锂电池")).status_code == 302
    made.refresh_from_db()
    assert (made.chinese, made.is_own, made.chain) == ("钛酸锂电池", True, shipped.chain)
    assert [verb for verb, _data in logged()] == ["add_term", "edit_term"]


def test_the_form_says_what_cannot_stand(shipped, staff, client_of):
    client = client_of(staff("Organiser"))
    answer = client.post(f"{LIST}add/", {**CELL, "chain": shipped.chain_id, "key": "lidar", "broader": "", "is_active": "on"})
    assert list(errors_of(answer)) == ["key"]
    answer = client.post(f"{LIST}{shipped.pk}/change/", as_form(shipped, english="激光雷达"))
    assert errors_of(answer) == {"english": ["“激光雷达” is written in Chinese. Expected: it stands among the Chinese names."]}
    shipped.refresh_from_db()
    assert shipped.is_own is False


def test_a_shared_name_is_said_after_saving(shipped, staff, client_of):
    form = {
        "kind": "good",
        "english": "light radar",
        "chinese": "激光雷达",
        "chain": shipped.chain_id,
        "key": "",
        "broader": "",
        "is_active": "on",
    }
    answer = client_of(staff("Organiser")).post(f"{LIST}add/", form, follow=True)
    assert "Other terms of the chain have the same names: “激光雷达” (lidar)." in answer.content.decode()


def test_the_page_of_a_term_shows_what_was_shipped_and_offers_no_removal(shipped, staff, client_of):
    client = client_of(staff("Organiser"))
    save_term(shipped, by=staff("Organiser"), fields={"chinese": "光达"})
    page = client.get(f"{LIST}{shipped.pk}/change/").content.decode()
    assert "laser radar – 激光雷达" in page
    assert "deletelink" not in page
    own = Term.objects.create(key="own", kind="good", english="own", is_own=True)
    page = client.get(f"{LIST}{own.pk}/change/").content.decode()
    assert "not among the shipped terms" in page
    assert "deletelink" in page
    assert client.post(f"{LIST}{own.pk}/delete/", {"post": "yes"}).status_code == 302
    assert client.post(f"{LIST}{shipped.pk}/delete/", {"post": "yes"}).status_code == 403
    assert set(Term.objects.filter(pk__in=[own.pk, shipped.pk])) == {shipped}


def test_chosen_terms_are_switched_off_and_on_and_restored(shipped, staff, client_of):
    client = client_of(staff("Organiser"))
    own = Term.objects.create(key="own", kind="good", english="own", is_own=True)
    chosen = {"_selected_action": [shipped.pk, own.pk]}
    assert "2 terms changed." in client.post(LIST, {"action": "switch_off", **chosen}, follow=True).content.decode()
    assert not Term.objects.filter(pk__in=chosen["_selected_action"], is_active=True).exists()
    assert "1 term changed." in client.post(LIST, {"action": "switch_on", "_selected_action": [own.pk]}, follow=True).content.decode()
    page = client.post(LIST, {"action": "restore", **chosen}, follow=True).content.decode()
    assert "1 term restored." in page
    assert "Not among the shipped terms, left as they are: own." in page


@pytest.mark.parametrize("asked", ["激光雷达", "laser radar", "LIDAR"])
def test_the_list_finds_a_term_by_a_name_in_either_language(asked, shipped, staff, client_of):
    found = client_of(staff("Organiser")).get(LIST, {"q": asked}).context["cl"].result_list
    assert shipped in found
    assert len(found) < 5


def test_the_list_takes_as_many_queries_for_three_terms_as_for_one(chain, staff, client_of, count_queries):
    client = client_of(staff("Organiser"))
    Term.objects.create(key="one", kind="good", english="one", chain=chain)
    client.get(LIST)
    one = count_queries(lambda: client.get(LIST))
    for name in ("two", "three"):
        Term.objects.create(key=name, kind="good", english=name, chain=chain)
    assert count_queries(lambda: client.get(LIST)) == one


@pytest.mark.parametrize(("role", "sees"), [("Organiser", 200), ("Read-only", 200), ("Verifier", 200), ("Reporter", 200)])
def test_staff_see_the_terms_and_only_organisers_change_them(role, sees, shipped, staff, client_of):
    client = client_of(staff(role))
    assert client.get(LIST).status_code == sees
    may = role == "Organiser"
    assert client.get(f"{LIST}add/").status_code == (200 if may else 403)
    assert client.post(f"{LIST}{shipped.pk}/change/", as_form(shipped, chinese="光达")).status_code == (302 if may else 403)
    assert (b'value="restore"' in client.get(LIST).content) == may
    shipped.refresh_from_db()
    assert shipped.is_own == may


@pytest.mark.parametrize("who", ["carla", "boris"])
def test_for_others_there_is_no_list(who, shipped, request, client_of):
    client = client_of(request.getfixturevalue(who))
    assert client.get(LIST).status_code in {302, 403}
    assert client.post(f"{LIST}{shipped.pk}/change/", as_form(shipped, chinese="光达")).status_code in {302, 403}
    shipped.refresh_from_db()
    assert shipped.is_own is False


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


# Setting up


@pytest.fixture
def set_up(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATICFILES_DIRS = []
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]

    def done(**options):
        call_command("setup", stdout=io.StringIO(), **options)
        return Event.objects.filter(verb="terms_loaded").count()

    return done


def test_setting_up_loads_the_terms_once_and_again_when_the_files_changed(chain, set_up, tmp_path, monkeypatch):
    folder = shutil.copytree(shipped_folder(), tmp_path / "glossary")
    monkeypatch.setattr("expo.foundation.management.commands.setup.GLOSSARY", folder)
    monkeypatch.setattr("matchmaking.matching.glossary.loading.shipped_folder", lambda: folder)
    assert set_up() == 1
    Term.objects.filter(key="lidar").delete()
    assert set_up() == 1
    with (folder / "smart-vehicle.csv").open("a", encoding="utf-8") as file:
        file.write("good,,one more thing,又一物\n")
    assert set_up() == 2
    assert Term.objects.filter(key__in=["lidar", "one-more-thing"]).count() == 2


def test_without_a_chain_there_is_nothing_to_load_yet(db, set_up):
    assert set_up() == 0
    assert not Term.objects.exists()
    assert not Event.objects.filter(verb="setup.loaded").exists()


# Spreadsheets


@pytest.fixture
def bring(edition, organiser, django_capture_on_commit_callbacks):
    def brought(*rows):
        out = io.StringIO()
        csv.writer(out).writerows(rows)
        with django_capture_on_commit_callbacks(execute=True):
            row = upload_sheet(kinds()["terms"], ContentFile(out.getvalue().encode()), by=organiser, scope_id=edition.pk, options={})
        row.refresh_from_db()
        if row.status == SheetImport.Status.READY and row.new + row.changed:
            with django_capture_on_commit_callbacks(execute=True):
                confirm_sheet(row, by=organiser)
            row.refresh_from_db()
        return row

    return brought


HEAD = ["Key", "Chain", "Kind", "Belongs to", "English names", "Chinese names", "In use"]


def test_a_sheet_brings_new_terms_and_changes_others(shipped, bring):
    row = bring(
        HEAD,
        ["", "SV", "good", "titanate battery", "LTO cell", "钛酸锂电芯", ""],
        ["", "智能汽车", "good", "", "titanate battery", "钛酸锂电池", "yes"],
        ["", "", "process", "", "", "焊接", ""],
        ["lidar", "smart-vehicle", "good", "", "lidar|laser radar", "激光雷达", "no"],
    )
    assert (row.faults, row.status, row.new, row.changed) == ([], "stored", 3, 1)
    assert Term.objects.get(key="焊接").chain is None
    assert Term.objects.get(key="lto-cell").broader == "titanate battery"
    shipped.refresh_from_db()
    assert (shipped.is_active, shipped.is_own) == (False, True)


def test_each_bad_row_is_named_and_nothing_is_stored(shipped, bring):
    before = Term.objects.count()
    row = bring(
        HEAD,
        ["", "SV", "gadget", "", "LTO cell", "", ""],
        ["", "XX", "good", "", "LTO pack", "", ""],
        ["", "SV", "good", "flux capacitor", "LTO module", "", ""],
        ["", "SV", "good", "", "", "", ""],
        ["", "SV", "good", "", "x" * 121, "", ""],
        ["", "SV", "good", "", "LTO box", "", ""],
        ["", "SV", "good", "", "lto  box", "", ""],
    )
    assert row.status == "refused"
    said = [(fault["row"], fault["column"], fault["says"]["en"]) for fault in row.faults]
    assert [(number, column) for number, column, _text in said] == [(2, "C"), (3, "B"), (4, "D"), (5, "E"), (6, "E"), (8, "A")]
    assert said[2][2] == "There is no term “flux capacitor”. Expected: the key or the first English name of another term."
    assert said[-1][2] == "Row 7 is about the same."
    assert Term.objects.count() == before


def test_staff_take_the_list_and_others_do_not(shipped, staff, client_of, carla):
    rows = list(csv.reader(io.StringIO(b"".join(client_of(staff("Organiser")).get("/lists/terms.csv?q=lidar")).decode("utf-8-sig"))))
    assert [row[:3] for row in rows] == [["Key", "Chain", "Kind *"], ["lidar", "SV", "good"], ["solid-state-lidar", "SV", "good"]]
    assert client_of(carla).get("/lists/terms.csv").status_code == 404


def test_columns_that_a_file_leaves_out_stay(shipped, bring):
    row = bring(["Key", "Chain", "Kind", "Chinese names"], ["lidar", "SV", "good", "光达"])
    assert (row.faults, row.status, row.changed) == ([], "stored", 1)
    english = shipped.english
    shipped.refresh_from_db()
    assert (shipped.english, shipped.chinese) == (english, "光达")
