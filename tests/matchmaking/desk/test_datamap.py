"""The data map speaks of every table and field; what it forgets is found."""

from dataclasses import replace

from django.apps import apps

from matchmaking.desk.privacy.completeness import WITHOUT_PEOPLE, gaps_in
from matchmaking.desk.privacy.datamap import DATA_MAP, Kept, of


def every_model():
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label != "tests"]


def test_every_table_and_every_personal_field_is_in_the_map():
    assert gaps_in(every_model()) == []


def test_the_map_names_nothing_that_is_not_there():
    for kept in DATA_MAP:
        fields = {field.name for field in kept.model._meta.local_fields}
        assert kept.named <= fields | {"id"}, kept.label
    for label in WITHOUT_PEOPLE:
        apps.get_model(label)


def test_a_forgotten_field_and_a_forgotten_table_are_found():
    less = [replace(kept, told=tuple(name for name in kept.told if name != "phone")) for kept in DATA_MAP]
    assert gaps_in([of("accounts.User").model], less) == ["accounts.User.phone is not in the data map"]
    without = [kept for kept in DATA_MAP if kept.label != "programme.Seat"]
    (problem,) = gaps_in([of("programme.Seat").model], without)
    assert "programme.Seat" in problem


def test_a_pointer_to_a_person_in_a_table_said_to_hold_none_is_found():
    without = [kept for kept in DATA_MAP if kept.label != "participants.Block"]
    (problem,) = gaps_in([of("participants.Block").model], without)
    assert "participants.Block" in problem


def test_each_line_has_words_for_purpose_and_period(settings):
    for months in (0, 12):
        settings.RETENTION = {**settings.RETENTION, "people_months": months, "log_months": months, "notice_days": months}
        assert all(str(kept.what) and str(kept.purpose) and kept.period.words for kept in DATA_MAP)
    assert isinstance(DATA_MAP[0], Kept)
