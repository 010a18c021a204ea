"""The demo: whole, marked as invented, and loaded once."""

from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as project
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command

from expo.accounts.models import User
from expo.editions.models import Edition, Segment
from expo.editions.queries import current_edition
from expo.foundation.models import OutboxMessage
from expo.venue.models import Booth, Hall
from matchmaking.agreements.actions import as_written
from matchmaking.agreements.models import Agreement, Ledger, Milestone, Party
from matchmaking.agreements.queries.report.bases import credited
from matchmaking.desk.demo import demo_logins, seed_demo
from matchmaking.desk.demo.files import amount, amount_in
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.matching.kept import market_now
from matchmaking.matching.queries import fits_for_request, segment_gaps
from matchmaking.participants.models import Company, Member, Registration
from tests.matchmaking.matching.matched import run

MODELS = (User, Company, Member, Registration, Booth, Offer, SourcingRequest, Agreement)


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


@pytest.fixture
def cisce(db) -> Edition:
    call_command("load_expo", str(Path(project.BASE_DIR) / "fixtures" / "cisce"), verbosity=0)
    return current_edition()


def counts():
    return [model.objects.count() for model in MODELS]


def test_the_demo_fills_every_segment_and_a_second_run_changes_nothing(cisce, capsys):
    added = seed_demo(cisce)
    assert added["offers"] >= 110
    assert added["requests"] >= 80
    assert added["booths"] >= 150
    before, passwords = counts(), demo_logins()
    assert not any(seed_demo(cisce).values())
    assert counts() == before
    assert demo_logins() == passwords

    run(cisce)
    segments = Segment.objects.filter(chain__areas__edition=cisce)
    assert not segments.exclude(offers__in=Offer.objects.published()).exists()
    assert not segments.exclude(sourcingrequests__in=SourcingRequest.objects.published()).exists()
    gaps = segment_gaps(cisce, market_now()).values()
    assert 15 < sum(without for _requests, without in gaps) < sum(requests for requests, _without in gaps) / 2
    check_marks()
    check_pairs()
    check_floor()
    check_people()
    check_ledger(cisce)


def check_marks():
    invented = Company.objects.filter(is_demo=True)
    assert invented.count() > 60
    assert not Company.objects.filter(is_demo=True, sources__isnull=False).exists()
    assert not Offer.objects.filter(is_demo=False).exists()
    assert not SourcingRequest.objects.filter(is_demo=False).exists()
    assert not Agreement.objects.filter(is_demo=False).exists()
    assert not Offer.objects.exclude(registration__company__is_demo=True).exists()
    assert not Hall.objects.filter(is_demo=False).exists()
    assert not invented.exclude(website__endswith=".example/").exists()


def check_pairs():
    """Both languages are the original of many postings, and requests find offers in the other one and along the chain."""
    for model in (Offer, SourcingRequest):
        chinese = model.objects.filter(language="zh-hans").count()
        assert 0.35 < chinese / model.objects.count() < 0.65
        assert not model.objects.filter(title_other="").exists()
    request = SourcingRequest.objects.get(title="LFP cells for city buses, 40,000 a year")
    fitting = Offer.objects.filter(pk__in=[fit.card["id"] for fit in fits_for_request(request, AnonymousUser()).cards])
    assert "zh-hans" in fitting.values_list("language", flat=True)
    along = SourcingRequest.objects.get(title="LFP cells to refit two older storage parks")
    assert [fit.is_linked for fit in fits_for_request(along, AnonymousUser()).cards] == [True]


def check_floor():
    for booth in Booth.objects.select_related("hall"):
        booth.clean()
        assert booth.area is not None
    assert Booth.objects.filter(code="SV 212").exists()
    assert Booth.objects.free().count() > 50
    assert not Booth.objects.filter(registration__isnull=False).exclude(status=Booth.Status.ASSIGNED).exists()
    taken = Registration.objects.verified().exhibitors().filter(company__is_demo=True)
    assert not taken.filter(booth=None).exists()


def check_people():
    logins = {login.role: login for login in demo_logins()}
    assert set(logins) == {"organiser", "exhibitor", "buyer"}
    for login in logins.values():
        person = User.objects.get(email=login.email)
        assert person.check_password(login.password)
        assert EmailAddress.objects.get(user=person).verified
        assert not person.is_superuser
    organiser = User.objects.get(email="organiser@demo.example")
    assert organiser.is_staff
    assert organiser.has_perms(["participants.change_registration", "agreements.record_agreement", "marketplace.change_offer"])
    others = User.objects.exclude(email__in=[login.email for login in logins.values()])
    assert not any(person.has_usable_password() for person in others)
    # Mail goes to those whom somebody is: on the console of a first start the rest would bury the logins.
    assert not others.filter(email__startswith="contact@", wants_match_mail=True).exists()
    assert User.objects.filter(wants_match_mail=True, email__in=[login.email for login in logins.values()]).count() == len(logins)
    assert not Company.objects.filter(is_demo=True).exclude(members__status="active").exists()
    assert not OutboxMessage.objects.exists()
    assert Registration.objects.filter(status="submitted").count() >= 3
    assert Offer.objects.filter(status="submitted").count() + SourcingRequest.objects.filter(status="submitted").count() >= 2


def check_ledger(edition):
    past = Edition.objects.get(slug="2024")
    for one, fewest in ((edition, 10), (past, 20)):
        rows = Agreement.objects.filter(edition=one)
        numbers = list(rows.exclude(number=None).order_by("number").values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))
        assert Ledger.objects.get(edition=one).last_number == len(numbers) >= fewest
        assert set(rows.values_list("kind", flat=True)) == {"agreement", "intention"}
        assert rows.counted().filter(is_undisclosed=True).count() == 1
        assert {"supplier", "customer"} <= set(Party.objects.filter(agreement__in=rows).values_list("role", flat=True))
        assert Milestone.objects.filter(agreement__in=rows).exclude(stage="").exists()
        assert sum(map(is_credited, rows)) >= 1
        for row in rows:
            check_agreement(row)
    assert set(Agreement.objects.filter(edition=edition).values_list("status", flat=True)) == set(Agreement.Status.values)
    assert len(set(Agreement.objects.exclude(currency="").values_list("currency", flat=True))) >= 3
    call_command("verify_ledger", stdout=StringIO())


def check_agreement(row):
    """It is as if it had been written by way of the site: as a form would take it, and with the answers that its state needs."""
    as_written(row).check()
    row.full_clean()
    assert row.history.count() == 1
    confirmed = set(row.confirmations.filter(answer="confirmed").values_list("party", flat=True))
    if row.status in {"confirmed", "verified"}:
        assert confirmed == set(row.parties.exclude(company=None).values_list("pk", flat=True))
    assert row.confirmations.filter(answer="disputed").exists() is (row.status == "disputed")


def is_credited(row):
    return Agreement.objects.filter(credited(), pk=row.pk).exists()


def test_what_people_changed_in_the_demo_stays(cisce):
    seed_demo(cisce)
    company = Company.objects.get(slug="harbourline-power")
    company.about_en = "Ours now."
    company.save()
    Offer.objects.filter(registration__company=company).first().delete()
    kept = Offer.objects.count()
    seed_demo(cisce)
    company.refresh_from_db()
    assert company.about_en == "Ours now."
    assert Offer.objects.count() == kept


def test_the_demo_names_what_the_edition_lacks_and_adds_nothing(edition, chain):
    before = counts()
    with pytest.raises(CommandError, match="does not fit the current edition"):
        call_command("seed_demo", "--yes")
    assert counts() == before


def test_the_demo_stays_away_from_a_site_in_production(edition, chain, settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="--yes"):
        call_command("seed_demo")
    assert not Company.objects.exists()


def test_the_demo_needs_a_current_edition(db):
    with pytest.raises(CommandError, match="load_expo"):
        call_command("seed_demo", "--yes")


def test_no_logins_where_no_demo_was_loaded(db):
    assert demo_logins() == []


def test_amounts_are_read_with_their_units():
    assert amount("62 USD/kg") == (Decimal(62), "USD/kg")
    assert amount_in("3 MWh", "kWh") == 3000
    with pytest.raises(ValueError, match="not in"):
        amount_in("3 t", "pc")
