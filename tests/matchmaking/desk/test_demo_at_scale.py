"""The demo at the size of a real expo, here at a five-hundredth of it: the same for the same seed, as good as from a form, and marked."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as project
from django.contrib.auth.models import AnonymousUser
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
from matchmaking.agreements.queries.fulfilment import fulfilment
from matchmaking.agreements.queries.report import closing_report
from matchmaking.desk.demo import seed_demo
from matchmaking.desk.demo.at_scale import add_past
from matchmaking.desk.demo.at_scale.companies import add_companies
from matchmaking.desk.demo.at_scale.ledger import _sums
from matchmaking.desk.demo.at_scale.names import Namer
from matchmaking.desk.demo.at_scale.size import BESIDE, DOMAIN, EXPO, chance, missing
from matchmaking.desk.demo.at_scale.texts import LONGEST_TITLE
from matchmaking.desk.demo.at_scale.vocabulary import Pair, Scene, Vocabulary
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
        *Agreement.objects.filter(edition__slug="2024", number__isnull=False)
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
    on_record = list(Agreement.objects.filter(edition=past, number__isnull=False).order_by("number"))
    assert [row.number for row in on_record] == list(range(1, len(on_record) + 1))
    assert Ledger.objects.get(edition=past).last_number == len(on_record)
    assert [row.signed_on for row in on_record] == sorted(row.signed_on for row in on_record)
    counted = Agreement.objects.filter(edition=past).counted()
    assert len(counted) == EXPO.agreements // SCALE
    assert sum(row.amount_cny or 0 for row in counted) == to_fen(EXPO.amount_cny / SCALE)
    assert sum(row.is_undisclosed for row in counted) == 1
    assert set(BESIDE) <= set(Agreement.objects.filter(edition=past).values_list("status", flat=True))
    for row in Agreement.objects.filter(edition=past):
        as_written(row).check()
        row.full_clean()
        assert row.is_demo
        assert (row.recorded_at is None) is (row.number is None)
        assert row.history.count() == 1
        assert set(row.parties.values_list("role", flat=True)[:2]) == {"supplier", "customer"}
    call_command("verify_ledger", stdout=StringIO())


def test_the_small_ledger_counts_as_part_of_the_large_one(cisce):
    seed_demo(cisce)
    past = Edition.objects.get(slug="2024")
    before = Agreement.objects.filter(edition=past).count()
    seed_demo(cisce, size="expo", scale=100)
    counted = Agreement.objects.filter(edition=past).counted()
    assert before > 20
    assert len(counted) == EXPO.agreements // 100
    assert sum(row.amount_cny or 0 for row in counted) == to_fen(EXPO.amount_cny / 100)
    assert Ledger.objects.get(edition=past).last_number == Agreement.objects.filter(edition=past, number__isnull=False).count()
    call_command("verify_ledger", stdout=StringIO())


def test_the_whole_ledger_would_be_exactly_what_the_press_said():
    sums = _sums(EXPO, Decimal("7.24"), chance(1, "ledger"))
    assert len(sums) == 6734
    assert sum(entry.amount is None for entry in sums) == 41
    told = [entry for entry in sums if entry.amount is not None]
    assert sum(entry.amount_cny for entry in told) == Decimal("152310000000.00")
    assert all(entry.amount > 0 and entry.amount_cny == to_fen(entry.amount * entry.rate) for entry in told)
    assert max(entry.amount_cny for entry in told) < EXPO.amount_cny / 20
    assert {entry.currency for entry in told} == {"CNY", "USD"}


def in_full(edition: Edition) -> Edition:
    """The edition of 2024 with all its guests and its whole ledger, without the postings of the current one, which its report does not count."""
    seed_demo(edition, size="small")
    words, past, wanted = Vocabulary.of(edition), Edition.objects.get(slug="2024"), missing(edition, 1)

    def scene(subject: str) -> Scene:
        return Scene(edition, words, chance(1, subject), NOON)

    names = Namer(1, words)
    crowd = add_companies(scene("companies"), names, replace(wanted, buyers=2_500))
    add_past(past, scene, crowd, names, wanted=wanted, scale=1)
    return past


def test_the_report_of_2024_says_what_the_press_conference_said(cisce, django_assert_max_num_queries):
    past = in_full(cisce)
    with django_assert_max_num_queries(40):
        report = closing_report(past, visitor=AnonymousUser())
    lines = {line.key: line for group in report.groups for line in group.lines}

    both = lines["agreements_and_intentions"]
    assert both.logged == 6734
    assert both.text.en == "over 6,700 cooperation agreements and intentions"
    assert both.text.zh == "超过6700项合作协议和意向"
    assert lines["agreements_signed"].logged + lines["cooperation_intentions"].logged == 6734

    worth = lines["agreements_value_cny"]
    assert worth.logged == Decimal("152310000000.00")
    assert worth.text.en == "according to incomplete statistics, more than 152 billion yuan (some $21.03 billion)"
    assert worth.text.zh == "据不完全统计，金额超过1520亿元人民币（约合210.3亿美元）"

    assert (lines["exhibitors"].logged, lines["exhibitors"].text.en) == (620, "620, up 20 percent from the previous edition")
    assert lines["exhibitors"].text.zh == "620家，比上届增长20%"
    assert (lines["overseas_share"].logged, lines["overseas_share"].text.en) == (32, "up from 26 percent to 32 percent")
    assert lines["overseas_share"].text.zh == "从26%上升到32%"
    assert lines["exhibitors_with_partners"].logged > 1000
    assert (lines["audience_offline"].logged, lines["audience_offline"].text.zh) == (160_000, "16万")
    assert lines["next_edition_signups"].logged == 68

    check_what_was_published(lines)
    beside = Agreement.objects.filter(edition=past).exclude(pk__in=Agreement.objects.counted().values("pk"))
    assert beside.count() == sum(BESIDE.values()) + 2  # two of the small demo
    assert lines["agreements_introduced"].logged > 50
    goals = {goal.kind: goal.total for goal in fulfilment(past, visitor=AnonymousUser())}
    assert all(goal.reached and goal.not_yet and goal.answered for goal in goals.values())
    call_command("verify_ledger", stdout=StringIO())


def check_what_was_published(lines):
    """Beside each figure stands what reports said, with its sources; nothing of it is hidden because it differs."""
    for key, values in {"exhibitors": {620, 600, 700}, "overseas_share": {32}, "agreements_value_cny": {152_000_000_000}}.items():
        assert values <= {int(one.value) for one in lines[key].published}
        assert all(one.cites for one in lines[key].published)
    assert all(lines[key].has_demo for key in ("exhibitors", "agreements_and_intentions", "agreements_value_cny"))


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
