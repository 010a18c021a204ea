"""What happens when two press at the same moment. Only PostgreSQL lets them truly meet; SQLite takes one writer at a time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections

from expo.foundation.errors import Refused
from expo.venue.models import Booth
from matchmaking.participants import actions
from matchmaking.participants.models import Company, Registration
from tests import builders

RACERS = 6
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]


def race(calls):
    """Make all calls at once, each with its own connection; return what each gave: its result, or the code of its refusal."""
    start = Barrier(len(calls))

    def run(call):
        try:
            start.wait(10)
            return call()
        except Refused as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_one_of_six_gets_the_booth():
    edition = builders.current_edition()
    chain = builders.chain(edition)
    booth = builders.booth(builders.hall(edition))
    entries = []
    for number in range(RACERS):
        person = builders.person()
        company = actions.found_company(by=person, name=f"Works {number}", country="PT")
        entries.append((actions.start_registration(company, edition, "exhibitor", by=person), person))

    def grab(draft, person):
        return lambda: actions.save_participation(
            draft, by=person, chains=[chain], attendance="on_site", parallel_meetings=1, booth=Booth.objects.get(pk=booth.pk)
        )

    results = race([grab(*entry) for entry in entries])
    assert results.count("booth_taken") == RACERS - 1
    assert Registration.objects.filter(booth=booth).count() == 1
    assert Booth.objects.get().status == "reserved"


def test_one_of_six_founds_the_company_and_the_others_are_told_of_it():
    people = [builders.person() for _number in range(RACERS)]
    results = race([lambda who=who: actions.found_company(by=who, name="Caldera Forge", country="PT") for who in people])
    assert results.count("company_exists") == RACERS - 1
    assert Company.objects.count() == 1


def test_companies_of_one_name_in_six_countries_have_six_addresses():
    people = [builders.person() for _number in range(RACERS)]
    countries = ["PT", "ES", "FR", "DE", "IT", "AT"]
    race(
        [
            lambda who=who, where=where: actions.found_company(by=who, name="Caldera", country=where)
            for who, where in zip(people, countries, strict=True)
        ]
    )
    assert Company.objects.count() == RACERS
    assert len(set(Company.objects.values_list("slug", flat=True))) == RACERS


def test_pressing_send_six_times_at_once_sends_once():
    edition = builders.current_edition()
    person = builders.person()
    company = actions.found_company(by=person, name="Caldera", country="PT")
    drafts = race([lambda: actions.start_registration(company, edition, "buyer", by=person) for _number in range(RACERS)])
    assert Registration.objects.count() == 1
    actions.save_participation(drafts[0], by=person, chains=[builders.chain(edition)], attendance="online", parallel_meetings=1)
    results = race([lambda: actions.submit_registration(drafts[0], by=person) for _number in range(RACERS)])
    assert results.count("illegal_move") == RACERS - 1
