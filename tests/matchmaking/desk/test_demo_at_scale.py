"""The demo at the size of a real expo, here at a five-hundredth of it: the same for the same seed, as good as from a form, and marked."""

import hashlib
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from expo.accounts.models import User
from expo.editions.models import Edition, Segment
from expo.editions.queries import current_edition, rates_of
from expo.foundation.models import OutboxMessage, SearchEntry
from expo.foundation.money import CURRENCIES, to_fen
from expo.foundation.units import UNITS
from matchmaking.agreements.actions import as_written
from matchmaking.agreements.models import Agreement, Ledger
from matchmaking.desk.demo import seed_demo
from matchmaking.desk.demo.at_scale.ledger import _sums
from matchmaking.desk.demo.at_scale.names import Namer
from matchmaking.desk.demo.at_scale.size import DOMAIN, EXPO, chance, missing
from matchmaking.desk.demo.at_scale.texts import LONGEST_TITLE
from matchmaking.desk.demo.at_scale.vocabulary import Pair, Vocabulary
from matchmaking.marketplace.actions import saving
from matchmaking.marketplace.models import HS_CODE, Offer, PostingStatus, SourcingRequest
from matchmaking.marketplace.normalise import normalise
from matchmaking.participants.models import Company, Member, Registration
from matchmaking.participants.names import name_key

pytestmark = pytest.mark.long

SCALE = 500
NOON = datetime.fromisoformat("2026-11-20T12:00:00+00:00")


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


@pytest.fixture
def cisce(db) -> Edition:
    call_command("load_expo", str(Path(project.BASE_DIR) / "fixtures" / "cisce"), verbosity=0)
    return current_edition()


def digest() -> str:
    """One digest of what was generated; keys of rows and the moment of writing are left out."""
    company = "registration__company__slug"
    posting = ("title", "title_other", "description", "language", "segment__slug", "hs_code", "unit", "status", "incoterms", company)
    figures = ("submitted_at", "published_at", "valid_until", "price_cny_base", "quantity_base", "certificates__certificate__key")
    rows = [
        *Company.objects.filter(domain__endswith=DOMAIN).order_by("slug").values_list("slug", "name", "name_zh", "country", "about_en"),
        *User.objects.filter(email__endswith=DOMAIN).order_by("email").values_list("email", "full_name", "language"),
        *Registration.objects.filter(company__domain__endswith=DOMAIN)
        .order_by("company__slug", "role", "chains__code")
        .values_list("company__slug", "role", "status", "submitted_at", "chains__code", "booth__code"),
        *Offer.objects.filter(registration__company__domain__endswith=DOMAIN)
        .order_by("pk", "certificates__certificate__key")
        .values_list(*posting, *figures, "unit_price"),
        *SourcingRequest.objects.filter(registration__company__domain__endswith=DOMAIN)
        .order_by("pk", "certificates__certificate__key")
        .values_list(*posting, *figures, "budget", "needed_by", "musts"),
        *Agreement.objects.filter(edition__slug="2024")
        .order_by("number", "parties__order")
        .values_list("number", "title", "kind", "amount_cny", "signed_on", "parties__company__slug", "parties__outside_name"),
    ]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def digest_of_a_run(edition: Edition, seed: int) -> str:
    with transaction.atomic():
        seed_demo(edition, size="expo", seed=seed, scale=SCALE, now=NOON)
        found = digest()
        transaction.set_rollback(True)
    assert not Company.objects.filter(domain__endswith=DOMAIN).exists()
    return found


def test_the_same_seed_gives_the_same_rows_and_another_one_others(cisce):
    seed_demo(cisce)
    first = digest_of_a_run(cisce, 1)
    assert digest_of_a_run(cisce, 1) == first
    assert digest_of_a_run(cisce, 2) != first


def test_what_is_generated_is_marked_spread_and_as_good_as_from_a_form(cisce):
    seed_demo(cisce)
    wanted = missing(cisce, SCALE)
    added = seed_demo(cisce, size="expo", scale=SCALE)
    assert [added["exhibitors"], added["buyers"], added["offers"], added["requests"]] == [
        wanted.exhibitors,
        wanted.buyers,
        wanted.offers,
        wanted.requests,
    ]
    check_postings(cisce)
    check_companies(added["companies"])
    assert not OutboxMessage.objects.exists()
    for model, label in ((Company, "company"), (Offer, "offer"), (SourcingRequest, "request")):
        keys = model.objects.filter(is_demo=True).values_list("pk", flat=True)
        assert set(keys) <= set(SearchEntry.objects.filter(label=label).values_list("object_id", flat=True))

    before = [model.objects.count() for model in (User, Company, Member, Registration, Offer, SourcingRequest, Agreement)]
    Offer.objects.filter(registration__company__domain__endswith=DOMAIN).first().delete()
    assert not any(seed_demo(cisce, size="expo", scale=SCALE).values())
    before[4] -= 1
    assert [model.objects.count() for model in (User, Company, Member, Registration, Offer, SourcingRequest, Agreement)] == before


def check_postings(edition):
    rates = rates_of(edition)
    for model in (Offer, SourcingRequest):
        rows = list(model.objects.select_related("registration__company", "segment__chain").filter(registration__company__is_demo=True))
        for row in rows:
            said = [getattr(row, field.attname) for field in row._meta.concrete_fields]
            saving._check(row)
            normalise(row, rates)
            assert [getattr(row, field.attname) for field in row._meta.concrete_fields] == said
            row.validate_constraints()
        assert not model.objects.filter(is_demo=False).exists()
        assert {"en", "zh-hans"} == {row.language for row in rows}
        assert len({row.status for row in rows}) > 2
        assert sum(row.status == PostingStatus.PUBLISHED for row in rows) > len(rows) * 0.6
        assert max(row.changed_at for row in rows) - min(row.changed_at for row in rows) > timedelta(days=10)


def check_companies(number):
    invented = Company.objects.filter(domain__endswith=DOMAIN)
    assert invented.count() == number
    assert not invented.filter(is_demo=False).exists()
    assert not invented.exclude(members__status=Member.Status.ACTIVE).exists()
    people = User.objects.filter(memberships__company__in=invented)
    assert people.count() == number
    assert not any(person.has_usable_password() for person in people)
    assert not people.exclude(email__endswith=DOMAIN).exists()
    for company in invented:
        company.full_clean()
        assert company.name_zh
        assert company.name_key == name_key(company.name)
    for registration in Registration.objects.filter(company__in=invented):
        registration.full_clean()


def test_the_ledger_of_2024_holds_the_sum_to_the_fen(cisce):
    seed_demo(cisce, size="expo", scale=SCALE)
    past = Edition.objects.get(slug="2024")
    rows = list(Agreement.objects.filter(edition=past).counted().order_by("number"))
    assert [row.number for row in rows] == list(range(1, EXPO.agreements // SCALE + 1))
    assert Ledger.objects.get(edition=past).last_number == len(rows)
    assert sum(row.amount_cny or 0 for row in rows) == to_fen(EXPO.amount_cny / SCALE)
    assert sum(row.is_undisclosed for row in rows) == 1
    assert [row.signed_on for row in rows] == sorted(row.signed_on for row in rows)
    for row in rows:
        as_written(row).check()
        row.full_clean()
        assert row.is_demo
        assert row.recorded_at is not None
        assert row.history.count() == 1


def test_the_whole_ledger_would_be_exactly_what_the_press_said():
    sums = _sums(EXPO, Decimal("7.24"), chance(1, "ledger"))
    assert len(sums) == 6734
    assert sum(entry.amount is None for entry in sums) == 41
    told = [entry for entry in sums if entry.amount is not None]
    assert sum(entry.amount_cny for entry in told) == Decimal("152310000000.00")
    assert all(entry.amount > 0 and entry.amount_cny == to_fen(entry.amount * entry.rate) for entry in told)
    assert max(entry.amount_cny for entry in told) < EXPO.amount_cny / 20
    assert {entry.currency for entry in told} == {"CNY", "USD"}


def test_what_is_missing_counts_the_small_demo(cisce):
    seed_demo(cisce)
    wanted = missing(cisce, 1)
    verified = Registration.objects.filter(edition=cisce, status="verified")
    assert wanted.exhibitors + verified.filter(role="exhibitor").count() == 1_200
    assert wanted.buyers + verified.filter(role="buyer").count() == 18_000
    assert wanted.offers + Offer.objects.count() == 37_000
    assert wanted.requests + SourcingRequest.objects.count() == 18_000


def test_every_product_of_the_vocabulary_makes_sense(cisce):
    words = Vocabulary.of(cisce)
    traded = {words.places.segment(name).pk for name in words.segments}
    assert traded == set(Segment.objects.filter(chain__areas__edition=cisce).values_list("pk", flat=True))
    endings = max(len(ending.en) for trade in ("goods", "services") for ending in words.sentences(trade, "endings"))
    for segment in words.segments.values():
        assert len(segment.products) >= 5
        for product in segment.products:
            dearest = product.name.fill(*(max(values, key=lambda value: len(value.en)) for values in product.values))
            assert "{" not in dearest.en + dearest.zh
            assert len(dearest.en) + endings < LONGEST_TITLE
            assert dearest.en != dearest.zh
            assert {product.unit, product.price_unit} <= set(UNITS)
            assert product.currency in CURRENCIES
            assert 0 < product.price.low < product.price.high
            assert 0 < product.least.low <= product.least.high
            if product.hs_code:
                HS_CODE(product.hs_code)


def test_no_two_invented_names_mean_the_same_and_none_is_a_real_company(cisce):
    names, luck = Namer(1, Vocabulary.of(cisce)), chance(1, "test")
    real = set(Company.objects.values_list("name_key", flat=True))
    made = [names.company(luck.choice(("CN", "DE", "SE", "BR", "PL", "US", "JP", "KE")), Pair.of("Optics|光学")) for _number in range(2000)]
    keys = {name_key(name.en) for name, _slug in made}
    assert len(keys) == len({slug for _name, slug in made}) == 2000
    assert not keys & real


def test_without_the_edition_of_the_ledger_nothing_is_added(cisce):
    Edition.objects.filter(slug="2024").update(slug="other")
    before = [model.objects.count() for model in (User, Company, Offer, SourcingRequest)]
    with pytest.raises(CommandError, match="fills the ledger of edition 2024"):
        call_command("seed_demo", "--yes", "--size", "expo")
    assert [model.objects.count() for model in (User, Company, Offer, SourcingRequest)] == before


def test_the_size_of_a_demo_is_one_of_two(cisce):
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("seed_demo", "--yes", "--size", "huge")


def test_invented_rows_say_so_on_their_pages_and_in_the_api(cisce, client):
    seed_demo(cisce, size="expo", scale=SCALE, now=timezone.now())
    offer = Offer.objects.published().filter(registration__company__domain__endswith=DOMAIN).first()
    company = offer.registration.company
    for address in (f"/offers/{offer.pk}/", f"/companies/{company.slug}/"):
        page = client.get(address).content.decode()
        assert ">Demo<" in page
        assert "演示" in client.get(f"/zh{address}").content.decode()
    assert client.get(f"/api/v1/offers/{offer.pk}/").json()["is_demo"] is True
    assert client.get(f"/api/v1/companies/{company.slug}/").json()["is_demo"] is True
    assert ">Demo<" in client.get("/editions/2024/agreements/").content.decode()
