from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from expo.venue.models import Booth, Hall
from tests import builders


@pytest.fixture
def hall(edition):
    """60 by 40 metres, with a booth of 3 by 3 at 10, 10."""
    made = builders.hall(edition)
    builders.booth(made, code="SV 101", x=Decimal(10), y=Decimal(10))
    return made


def booth_at(hall, x, y, width=3, depth=3, **fields):
    place = {"x": Decimal(str(x)), "y": Decimal(str(y)), "width": Decimal(str(width)), "depth": Decimal(str(depth))}
    return Booth(**{"edition": hall.edition, "hall": hall, "code": "SV 102", **place, **fields})


@pytest.mark.parametrize("place", [(10, 10), (12.99, 10), (7.01, 10), (10, 12.99), (11, 11, 1, 1), (9, 9, 10, 10)], ids=str)
def test_no_booth_stands_on_another(hall, place):
    with pytest.raises(ValidationError, match="Booth SV 102 overlaps booth SV 101"):
        booth_at(hall, *place).full_clean()


@pytest.mark.parametrize("place", [(13, 10), (7, 10), (10, 13), (10, 7), (0, 0)], ids=str)
def test_booths_may_touch(hall, place):
    booth_at(hall, *place).full_clean()


@pytest.mark.parametrize("place", [(58, 0), (0, 38), (0, 0, 61, 3)], ids=str)
def test_no_booth_reaches_beyond_the_walls(hall, place):
    with pytest.raises(ValidationError, match="beyond the walls"):
        booth_at(hall, *place).full_clean()


def test_a_booth_moved_onto_itself_is_no_overlap(hall):
    Booth.objects.get().full_clean()


def test_the_same_ground_in_another_hall_is_free(hall):
    booth_at(builders.hall(hall.edition), 10, 10).full_clean()


def test_a_hall_of_another_edition_is_refused(hall):
    with pytest.raises(ValidationError, match="another edition"):
        booth_at(hall, 0, 0, edition=builders.edition()).full_clean()


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"width": 0}, "booth_has_room"),
        ({"x": -1}, "booth_starts_inside_its_hall"),
        ({"status": "sold"}, "booth_status_is_known"),
    ],
    ids=str,
)
def test_the_database_refuses_impossible_booths(hall, fields, rule):
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        Booth.objects.update(**fields)


def test_the_database_refuses_a_hall_without_room_and_codes_that_are_taken(hall):
    with pytest.raises(IntegrityError, match="hall_has_room"), transaction.atomic():
        Hall.objects.update(depth=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        booth_at(hall, 0, 0, code="SV 101").save()
    assert Booth.objects.count() == 1
