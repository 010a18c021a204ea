"""What rows cannot count is entered with its source, corrected with a reason, and never lost."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.utils import timezone

from expo.editions import errors, measured
from expo.editions.actions import Measured, correct_statistic, end_statistic, enter_statistic
from expo.editions.models import Edition, Statistic
from expo.editions.queries import standing_by_edition, standing_statistics, statistic_history, statistic_rows
from expo.foundation.errors import NotAllowed, Refused
from expo.foundation.models import Event
from tests import builders

NOON = datetime(2024, 11, 30, 4, tzinfo=UTC)
FIRST, LAST = date(2024, 11, 26), date(2024, 11, 30)


@pytest.fixture
def held(db):
    """The edition of 2024, which is over."""
    return builders.edition(slug="2024", year=2024, starts_on=FIRST, ends_on=LAST)


@pytest.fixture
def metrics(db):
    keys = {"audience_offline": "visits", "audience_online": "visits", "audience_total": "visits", "exhibition_area": "sqm"}
    keys |= {"satisfaction": "percent", "exhibitors": "exhibitors", "opening_guests": "people"}
    return {key: builders.metric(key, unit=unit, order=order) for order, (key, unit) in enumerate(keys.items())}


def said(value="200000", **fields):
    return Measured(**{"value": Decimal(value), "source_note": "Gates of halls W1 to W4", "measured_at": NOON, **fields})


@pytest.fixture
def enter(held, metrics, organiser):
    def entered(key, value="200000", *, by=organiser, day=None, beside=False, **fields):
        return enter_statistic(held, metrics[key], by=by, given=said(value, **fields), day=day, beside=beside)

    return entered


def test_a_figure_is_entered_with_who_when_and_from_where(held, enter, organiser):
    row = enter("audience_offline", "200000", source_note="  Gates of\nhalls W1  to W4 ")
    assert (row.value, row.qualifier, row.source_note, row.entered_by) == (200_000, "exact", "Gates of halls W1 to W4", organiser)
    line = Event.objects.get(thing="editions.Statistic")
    assert (line.verb, line.actor, line.data["value"]) == ("enter", organiser, "200000.00")
    stands = standing_statistics(held)["audience_offline"]
    assert (stands.value, stands.source_notes, stands.is_whole, stands.days) == (200_000, ["Gates of halls W1 to W4"], True, ())


@pytest.mark.parametrize(
    ("key", "fields", "refusal"),
    [
        ("audience_offline", {"value": "-1"}, errors.NoNumber),
        ("audience_offline", {"value": "NaN"}, errors.NoNumber),
        ("audience_offline", {"value": "Infinity"}, errors.NoNumber),
        ("audience_offline", {"value": "1e30"}, errors.NoNumber),
        ("exhibition_area", {"value": "1.001"}, errors.NoNumber),
        ("audience_offline", {"value": "10.5"}, errors.Fractional),
        ("satisfaction", {"value": "100.01"}, errors.TooManyPercent),
        ("audience_offline", {"qualifier": "derived"}, errors.UnknownQualifier),
        ("audience_offline", {"qualifier": "roughly"}, errors.UnknownQualifier),
        ("audience_offline", {"source_note": "  "}, errors.SourceMissing),
        ("audience_offline", {"source_note": "x" * 201}, errors.SourceMissing),
        ("audience_offline", {"measured_at": timezone.now() + timedelta(hours=1)}, errors.MeasuredLater),
        ("audience_offline", {"measured_at": datetime(2004, 11, 30, tzinfo=UTC)}, errors.MeasuredTooEarly),
        ("exhibitors", {}, errors.NotEntered),
        ("satisfaction", {"value": "98", "day": FIRST}, errors.NotByDay),
        ("audience_offline", {"day": FIRST - timedelta(days=1)}, errors.DayElsewhere),
        ("audience_offline", {"day": LAST, "measured_at": NOON - timedelta(days=2)}, errors.DayElsewhere),
    ],
)
def test_what_cannot_be_a_figure_is_refused_in_a_sentence_at_its_field(enter, key, fields, refusal):
    with pytest.raises(refusal) as caught:
        enter(key, fields.pop("value", "5"), **fields)
    assert list(caught.value.fields.values()) == [[str(refusal.detail)]]
    assert not Statistic.objects.exists()
    assert not Event.objects.exists()


def test_nought_is_a_figure_and_half_a_square_metre_too(enter):
    assert enter("audience_online", "-0").value == 0
    assert str(enter("exhibition_area", "100000.5").value) == "100000.50"


def test_carla_and_readers_enter_correct_and_end_nothing(enter, carla):
    reader = builders.person("reader@example.com", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_statistic"))
    row = enter("audience_offline")
    for person in (carla, reader):
        with pytest.raises(NotAllowed):
            enter("audience_online", by=person)
        with pytest.raises(NotAllowed):
            correct_statistic(row, by=person, given=said("7"), reason="Because")
        with pytest.raises(NotAllowed):
            end_statistic(row, by=person, reason="Because")
    assert Statistic.objects.standing().get() == row


def test_a_correction_is_a_new_row_and_keeps_the_old_value_with_the_reason(held, enter, organiser):
    old = enter("audience_offline", "210000")
    new = correct_statistic(old, by=organiser, given=said("200000"), reason=" Gate 3 counted twice ")
    old.refresh_from_db()
    assert (old.value, old.reason, old.is_standing) == (210_000, "Gate 3 counted twice", False)
    assert (new.replaces, new.value, new.is_standing) == (old, 200_000, True)
    assert standing_statistics(held)["audience_offline"].value == 200_000
    assert list(statistic_history(held, "audience_offline")) == [new, old]


def test_of_two_corrections_the_second_is_told(enter, organiser):
    old = enter("audience_offline", "210000")
    correct_statistic(old, by=organiser, given=said("200000"), reason="Gate 3 counted twice")
    with pytest.raises(errors.HoldsNoMore):
        correct_statistic(old, by=organiser, given=said("190000"), reason="Gate 4 counted twice")
    with pytest.raises(errors.HoldsNoMore):
        end_statistic(old, by=organiser, reason="Wrong")
    assert sorted(Statistic.objects.values_list("value", flat=True)) == [200_000, 210_000]


def test_a_correction_needs_a_reason_and_something_to_correct(enter, organiser):
    row = enter("audience_offline")
    for given, reason, refusal in (
        (said("7"), " ", errors.StatisticReasonMissing),
        (said("7"), "x" * 501, errors.StatisticReasonMissing),
        (said(), "The same", errors.NothingCorrected),
        (said("7.5"), "Half", errors.Fractional),
    ):
        with pytest.raises(refusal):
            correct_statistic(row, by=organiser, given=given, reason=reason)
    assert Statistic.objects.standing().get() == row


def test_what_was_ended_stands_no_more_and_may_be_entered_anew(held, enter, organiser):
    row = enter("audience_offline")
    with pytest.raises(errors.StandsAlready):
        enter("audience_offline", "5")
    with pytest.raises(errors.StatisticReasonMissing):
        end_statistic(row, by=organiser, reason="")
    end_statistic(row, by=organiser, reason="Of another expo")
    assert standing_statistics(held) == {}
    assert enter("audience_offline", "5").replaces is None


def test_days_are_added_up_and_say_how_many_of_them_are_in(held, enter):
    enter("audience_offline", "40000", day=FIRST)
    enter("audience_offline", "50000", day=FIRST + timedelta(days=1), qualifier="more_than", source_note="Hand count")
    stands = standing_statistics(held)["audience_offline"]
    assert (stands.value, stands.qualifier, len(stands.days), stands.is_whole) == (90_000, "more_than", 2, False)
    assert stands.source_notes == ["Gates of halls W1 to W4", "Hand count"]
    with pytest.raises(errors.StandsAlready):
        enter("audience_offline", "1", day=FIRST)
    with pytest.raises(errors.DaysOrWhole):
        enter("audience_offline", "90000")
    for number in (2, 3, 4):
        enter("audience_offline", "1", day=FIRST + timedelta(days=number))
    assert standing_statistics(held)["audience_offline"].is_whole


def test_where_the_whole_stands_no_day_is_entered_beside_it(held, enter):
    enter("audience_offline", "90000")
    with pytest.raises(errors.DaysOrWhole):
        enter("audience_offline", "1", day=FIRST)
    assert standing_statistics(held)["audience_offline"].value == 90_000


def test_the_audience_in_all_is_the_sum_only_where_both_parts_stand(held, enter):
    enter("audience_offline", "200000", qualifier="more_than")
    assert "audience_total" not in standing_statistics(held)
    enter("audience_online", "1000000")
    total = standing_statistics(held)["audience_total"]
    assert (total.value, total.qualifier, total.parts) == (1_200_000, "more_than", ("audience_offline", "audience_online"))
    assert list(statistic_rows(held, "audience_total")) == list(total.rows)
    assert sum(row.value for row in total.rows) == total.value


def test_parts_that_cover_other_days_make_no_sum(held, enter):
    enter("audience_offline", "40000", day=FIRST)
    enter("audience_online", "1000000")
    assert "audience_total" not in standing_statistics(held)


def test_a_total_stands_beside_its_parts_only_where_that_was_said(held, enter, organiser):
    enter("audience_offline", "200000")
    with pytest.raises(errors.TotalBesideParts):
        enter("audience_total", "1500000")
    enter("audience_online", "1000000")
    row = enter("audience_total", "1500000", beside=True)
    total = standing_statistics(held)["audience_total"]
    assert (total.value, total.beside, total.parts, list(statistic_rows(held, "audience_total"))) == (1_500_000, 1_200_000, (), [row])
    for other in Statistic.objects.exclude(pk=row.pk):
        end_statistic(other, by=organiser, reason="To be entered anew")
    with pytest.raises(errors.TotalBesideParts):
        enter("audience_offline", "1")


@pytest.mark.parametrize(
    ("qualifiers", "together"),
    [
        (["exact", "exact"], "exact"),
        (["nearly", "nearly"], "nearly"),
        (["exact", "at_least"], "at_least"),
        (["exact", "more_than", "at_least"], "more_than"),
        (["exact", "nearly"], "about"),
        (["about", "more_than"], "about"),
    ],
)
def test_a_sum_is_as_exact_as_its_parts(qualifiers, together):
    assert measured.qualifier_of_sum(qualifiers) == together


def test_everybody_sees_what_stands_in_an_edition_that_began_and_staff_see_it_all(held, enter, organiser, anna):
    old = enter("audience_offline", "210000")
    new = correct_statistic(old, by=organiser, given=said("200000"), reason="Gate 3 counted twice")
    assert list(Statistic.objects.visible_to(anna)) == [new]
    assert set(Statistic.objects.visible_to(organiser)) == {old, new}
    Edition.objects.filter(pk=held.pk).update(status="registration")
    assert not Statistic.objects.visible_to(anna).exists()


def test_what_stands_takes_one_query_for_any_number_of_editions(held, enter, count_queries):
    enter("audience_offline", "40000", day=FIRST)
    assert count_queries(lambda: standing_by_edition([held])) == 1
    for key in ("exhibition_area", "opening_guests", "audience_online"):
        enter(key, "1")
    editions = [held, builders.edition(), builders.edition()]
    assert count_queries(lambda: standing_by_edition(editions)) == 1


def test_the_database_keeps_one_standing_figure_whatever_the_code_does(held, metrics, enter):
    first = enter("audience_offline")
    copy = {"edition": held, "metric": metrics["audience_offline"], "source_note": "x", "measured_at": NOON, "entered_at": NOON}
    for wrong in ({"value": 1}, {"value": -1, "day": FIRST}, {"value": 1, "day": FIRST, "source_note": ""}, {"value": 1, "ended_at": NOON}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Statistic.objects.create(**{**copy, **wrong})
    assert Statistic.objects.get() == first


def test_every_refusal_has_a_code_of_its_own():
    codes = [
        one.code
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, Refused) and one.__module__ == errors.__name__
    ]
    assert len(codes) - 1 == len(set(codes) - {"invalid"})
