"""Former versions of rows: each row's own, by a class that is made once."""

from tests import builders


def test_a_row_has_its_own_versions_and_the_class_of_them_is_made_once(aurora, borealis):
    aurora.about_en = "Vans"
    aurora.save()
    assert [version.about_en for version in aurora.history.all()] == ["Vans", ""]
    assert [version.about_en for version in borealis.history.all()] == [""]
    assert type(aurora.history) is type(borealis.history) is type(builders.company().history)
