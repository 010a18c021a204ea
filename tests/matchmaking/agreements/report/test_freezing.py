"""A frozen report: who may, what is kept, that it never changes, and that command, API and report say the same."""

import csv
import io
import json
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.core.management import CommandError, call_command
from django.utils import timezone

from expo.foundation.errors import NotAllowed
from expo.foundation.models import Event
from matchmaking.agreements import errors
from matchmaking.agreements.actions import report as actions
from matchmaking.agreements.models import FrozenReport
from matchmaking.agreements.queries.report import closing_report
from matchmaking.agreements.queries.report.frozen import frozen_report, frozen_reports
from matchmaking.agreements.queries.report.keeping import digest_of, read, written
from tests import builders


@pytest.fixture
def signed(edition, chain, companies):
    """Seven agreements, one of them without an amount."""
    suppliers, customers = companies(7), companies(7, "DE")
    for number in range(6):
        builders.agreement(edition, chain, suppliers[number], customers[number], amount=Decimal("1234567.89"))
    builders.agreement(edition, chain, suppliers[6], customers[6], amount=None, currency="", is_undisclosed=True)
    builders.figure(edition, builders.metric("agreements_signed", name_en="Agreements signed"), 210, qualifier="more_than")
    return edition


@pytest.fixture
def reporter(db):
    """Staff who may freeze, and no more."""
    person = builders.person("reporter@example.com", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="freeze_report"))
    return person


def test_what_is_frozen_is_what_everyone_reads_with_number_digest_and_head(signed, reporter):
    row = actions.freeze_report(signed, by=reporter, note="  For the \n press ")
    assert (row.number, row.note, row.frozen_by, row.definitions_version) == (1, "For the press", reporter, "1")
    assert row.content == written(closing_report(signed, visitor=AnonymousUser()))
    assert row.content["view"] == "public"
    assert row.sha256 == digest_of(row.content)
    assert row.ledger_head.count(":") == 1
    assert Event.objects.filter(thing="agreements.FrozenReport", verb="freeze").get().data["sha256"] == row.sha256


def test_a_report_is_read_back_as_it_was_written(signed, organiser):
    for visitor in (AnonymousUser(), organiser):
        content = written(closing_report(signed, visitor=visitor))
        assert written(read(json.loads(json.dumps(content)))) == content
        assert read(content).line("agreements_value_cny").logged == Decimal("7407407.34")


def test_a_frozen_report_is_unchanged_by_later_edits(signed, chain, reporter, companies):
    number = actions.freeze_report(signed, by=reporter).number
    before = frozen_report(signed, number)
    builders.agreement(signed, chain, *companies(2))
    signed.name_en = "Another name"
    signed.save()
    signed.reported_figures.all().delete()
    after = frozen_report(signed, number)
    assert after.report == before.report
    assert after.is_intact
    assert closing_report(signed, visitor=AnonymousUser()).line("agreements_signed").logged == 8


def test_reading_a_frozen_report_takes_one_query(signed, reporter, count_queries):
    actions.freeze_report(signed, by=reporter)
    assert count_queries(lambda: frozen_report(signed, 1)) == 1
    assert count_queries(lambda: list(frozen_reports(signed))) == 1
    assert frozen_report(signed, 2) is None


def test_pressed_twice_it_is_one_report_and_later_or_changed_another(signed, chain, reporter, companies):
    first = actions.freeze_report(signed, by=reporter)
    assert actions.freeze_report(signed, by=reporter) == first
    builders.agreement(signed, chain, *companies(2))
    second = actions.freeze_report(signed, by=reporter)
    assert (first.number, second.number) == (1, 2)
    assert FrozenReport.objects.count() == Event.objects.filter(verb="freeze").count() == 2


def test_another_note_is_not_lost_however_soon_it_is_pressed_again(signed, reporter):
    notes = [actions.freeze_report(signed, by=reporter, note=note) for note in ("", "For the press", "For the  press")]
    assert [(one.number, one.note) for one in notes] == [(1, ""), (2, "For the press"), (2, "For the press")]


def test_the_same_content_after_a_minute_is_another_report(signed, reporter, monkeypatch):
    actions.freeze_report(signed, by=reporter)
    later = timezone.now() + actions.SAME_PRESS * 1.1
    monkeypatch.setattr(actions.timezone, "now", lambda: later)
    assert actions.freeze_report(signed, by=reporter).number == 2


def test_numbers_count_in_each_edition(signed, reporter):
    other = builders.edition()
    assert [actions.freeze_report(edition, by=reporter).number for edition in (signed, other)] == [1, 1]


def test_only_those_with_the_permission_freeze(signed, anna, reporter):
    staff = builders.person("staff@example.com", is_staff=True)
    for person in (anna, staff):
        with pytest.raises(NotAllowed):
            actions.freeze_report(signed, by=person)
    assert not FrozenReport.objects.exists()


def test_nothing_is_frozen_before_the_first_day(signed, reporter):
    signed.status = "registration"
    signed.save()
    with pytest.raises(errors.ReportTooEarly):
        actions.freeze_report(signed, by=reporter)
    with pytest.raises(errors.NoteTooLong):
        actions.freeze_report(builders.edition(), by=reporter, note="x" * 501)
    assert not FrozenReport.objects.exists()


def run(*words):
    out = io.StringIO()
    call_command("closing_report", *words, stdout=out)
    return out.getvalue()


def test_command_api_and_report_say_the_same(signed, client):
    report = closing_report(signed, visitor=AnonymousUser())
    content = written(report)
    assert json.loads(run("2027", "--format", "json")) == content
    assert client.get("/api/v1/closing-reports/2027/").json() == content
    for language in ("en", "zh"):
        rows = {row["key"]: row for row in csv.DictReader(io.StringIO(run("2027", "--format", "csv", "--language", language)))}
        text = run("2027", "--language", language)
        for line in report.lines:
            row = rows[line.key]
            assert row["wording"] == line.text.of(language)
            assert row["logged"] == ("" if line.logged is None else f"{line.logged}")
            assert row["definition"] == line.definition.of(language)
            assert (line.text or line.why_not).of(language) in text
    assert "超过" in run("2027", "--language", "zh")


def test_the_command_writes_a_frozen_report_and_names_what_it_does_not_find(signed, chain, reporter, companies):
    row = actions.freeze_report(signed, by=reporter)
    builders.agreement(signed, chain, *companies(2))
    assert json.loads(run("2027", "--format", "json", "--frozen", "1")) == row.content
    assert json.loads(run("2027", "--format", "json")) != row.content
    for words, said in ((("2027", "--frozen", "2"), "No report 2"), (("1999",), "There is no edition 1999")):
        with pytest.raises(CommandError, match=said):
            run(*words)
