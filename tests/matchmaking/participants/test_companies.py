import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from expo.foundation.errors import Invalid, NotAllowed
from expo.foundation.models import Event
from matchmaking.participants import actions, queries
from matchmaking.participants.errors import CompanyExists, IdentityIsChecked
from matchmaking.participants.models import Block, Company, Member
from tests import builders


def test_who_founds_a_company_owns_it_and_nobody_else_sees_it(carla, anna):
    made = actions.found_company(by=carla, name="  Caldera\nForge  Ltd ", country="PT", website="https://www.caldera.example/en")
    assert (made.name, made.slug, made.domain, made.country.code) == ("Caldera Forge Ltd", "caldera-forge-ltd", "caldera.example", "PT")
    assert list(made.members.values_list("user", "role", "status")) == [(carla.pk, "owner", "active")]
    assert Company.objects.visible_to(carla).filter(pk=made.pk).exists()
    assert not Company.objects.visible_to(anna).filter(pk=made.pk).exists()
    assert not Company.objects.visible_to(AnonymousUser()).filter(pk=made.pk).exists()
    assert Event.objects.get(verb="found_company").actor == carla


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"name": "  ...  "}, "name"),
        ({"name": "x" * 161}, "name"),
        ({"country": "XX"}, "country"),
        ({"country": ""}, "country"),
        ({"kind": "empire"}, "kind"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"website": "ftp://caldera.example"}, "website"),
        ({"about_en": "x" * 4001}, "about_en"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_written(carla, fields, wrong):
    with pytest.raises(Invalid) as refused:
        actions.found_company(by=carla, **{"name": "Caldera", "country": "PT", **fields})
    assert list(refused.value.fields) == [wrong]
    assert not Company.objects.exists()
    assert not Member.objects.exists()


def test_nobody_founds_a_company_without_an_account(db):
    with pytest.raises(NotAllowed):
        actions.found_company(by=AnonymousUser(), name="Caldera", country="PT")
    assert not Company.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "caldera forge, LTD.", "country": "PT"},
        {"name": "Another name", "country": "ES", "website": "http://caldera.example/shop"},
    ],
)
def test_the_same_company_is_not_founded_twice(carla, anna, fields):
    first = actions.found_company(by=carla, name="Caldera Forge", country="PT", website="https://caldera.example")
    before = Company.objects.count()
    with pytest.raises(CompanyExists) as refused:
        actions.found_company(by=anna, **fields)
    assert refused.value.company == first
    assert "Caldera Forge" in str(refused.value)
    assert "caldera.example" not in str(refused.value)
    assert Company.objects.count() == before


def test_the_database_refuses_the_same_company_whatever_the_code_does(borealis):
    for fields in ({"name_key": borealis.name_key, "domain": ""}, {"name_key": "other", "domain": borealis.domain}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Company.objects.create(name="Second", slug="second", country="CN", **fields)


def test_the_same_name_in_another_country_is_another_company_with_another_address(carla):
    first = actions.found_company(by=carla, name="Caldera", country="PT")
    second = actions.found_company(by=carla, name="Caldera", country="ES")
    third = actions.found_company(by=carla, name="Caldera", country="FR")
    assert [first.slug, second.slug, third.slug] == ["caldera", "caldera-2", "caldera-3"]


def test_a_company_with_a_chinese_name_has_an_address_too(carla):
    by_site = actions.found_company(by=carla, name="北方锻造有限公司", country="CN", website="https://beifang.example")
    by_chance = actions.found_company(by=carla, name="南方锻造有限公司", country="CN")
    assert by_site.slug == "beifang-example"
    assert by_chance.slug.startswith("company-")


def test_an_owner_edits_what_the_company_says(boris, borealis):
    saved = actions.edit_company(borealis, by=boris, about_en="Cells since 1999.", name_zh="北极光")
    assert (saved.about_en, saved.name_zh) == ("Cells since 1999.", "北极光")
    assert Event.objects.get(verb="edit_company").data == {"fields": ["about_en", "name_zh"]}


@pytest.mark.parametrize("field", ["status", "is_demo", "fortune_global_500", "slug", "logo", "pk"])
def test_nothing_else_is_edited(boris, borealis, field):
    with pytest.raises(Invalid):
        actions.edit_company(borealis, by=boris, **{field: "1"})
    assert not Event.objects.exists()


def test_strangers_and_representatives_do_not_edit(anna, carla, borealis):
    builders.member(borealis, carla, role="representative")
    for person in (anna, carla, AnonymousUser()):
        with pytest.raises(NotAllowed):
            actions.edit_company(borealis, by=person, about_en="Ours now")
    borealis.refresh_from_db()
    assert borealis.about_en == ""


@pytest.mark.parametrize("fields", [{"name": "Siemens"}, {"country": "DE"}, {"website": "https://elsewhere.example"}])
@pytest.mark.parametrize("status", ["submitted", "verified"])
def test_what_the_organiser_checked_is_not_changed_by_the_owner(boris, borealis, exhibitor, organiser, status, fields):
    type(exhibitor).objects.filter(pk=exhibitor.pk).update(status=status)
    with pytest.raises(IdentityIsChecked):
        actions.edit_company(borealis, by=boris, **fields)
    borealis.refresh_from_db()
    assert borealis.name == "Borealis Cells"
    actions.edit_company(borealis, by=organiser, **fields)


def test_a_company_does_not_turn_into_another_one(carla, aurora):
    mine = actions.found_company(by=carla, name="Caldera", country="PT")
    with pytest.raises(CompanyExists):
        actions.edit_company(mine, by=carla, website=aurora.website)
    mine.refresh_from_db()
    assert mine.website == ""


def test_exact_matches_come_first_and_hidden_companies_show_name_and_country_only(carla, anna, borealis):
    hidden = actions.found_company(by=anna, name="Caldera Forge", country="PT", website="https://caldera.example")
    (match,) = queries.company_matches("Caldera Forge GmbH", "PT", visitor=carla)
    assert (match.pk, match.name, match.country, match.is_exact) == (hidden.pk, "Caldera Forge", "Portugal", True)
    assert (match.website, match.slug) == ("", "")
    assert queries.company_matches("Something else", "FR", "https://caldera.example/x", visitor=carla)[0].is_exact
    # Similar names are searched among visible companies only.
    assert queries.company_matches("Caldera", "FR", visitor=carla) == []
    (similar,) = queries.company_matches("Borealis", "FR", visitor=carla)
    assert (similar.name, similar.is_exact, similar.website) == ("Borealis Cells", False, "https://borealis.example/")


def test_a_match_says_that_it_is_ones_own(boris):
    (match,) = queries.company_matches("Borealis Cells", "CN", visitor=boris)
    assert match.mine == "active"


def test_short_names_do_not_list_the_catalogue(carla, borealis, aurora):
    assert queries.company_matches("or", "FR", visitor=carla) == []
    assert queries.company_matches("", "FR", visitor=carla) == []


def test_finding_matches_takes_as_many_queries_for_one_as_for_ten(carla, edition, count_queries):
    def searched():
        return count_queries(lambda: queries.company_matches("Lumen", "FR", "https://lumen.example", visitor=carla))

    builders.registration(builders.company("Lumen One"), edition)
    one = searched()
    for number in range(12):
        builders.registration(builders.company(f"Lumen {number}"), edition)
    assert searched() == one
    assert len(queries.company_matches("Lumen", "FR", visitor=carla)) == 10


def test_a_block_is_set_once_and_lifted(boris, borealis, aurora):
    assert actions.block_company(borealis, aurora, by=boris) == actions.block_company(borealis, aurora, by=boris)
    assert Block.objects.count() == 1
    actions.unblock_company(borealis, aurora, by=boris)
    actions.unblock_company(borealis, aurora, by=boris)
    assert not Block.objects.exists()
    assert list(Event.objects.order_by("id").values_list("verb", flat=True)) == ["block_company", "unblock_company"]


def test_nobody_blocks_for_others_or_oneself(anna, carla, boris, borealis, aurora):
    for person in (anna, carla):
        with pytest.raises(NotAllowed):
            actions.block_company(borealis, aurora, by=person)
        with pytest.raises(NotAllowed):
            actions.unblock_company(borealis, aurora, by=person)
    with pytest.raises(Invalid):
        actions.block_company(borealis, borealis, by=boris)
    assert not Block.objects.exists()


def test_only_staff_add_companies_for_others(boris, organiser):
    with pytest.raises(NotAllowed):
        actions.add_company(by=boris, name="Caldera", country="PT")
    made = actions.add_company(by=organiser, name="Caldera", country="PT", is_demo=True)
    assert made.is_demo
    assert not made.members.exists()


def test_who_closed_a_company_may_use_its_number_for_another_one(boris, borealis):
    actions.edit_company(borealis, by=boris, external_id="C-1")
    actions.close_company(borealis, by=boris)
    made = actions.found_company(by=boris, name="Nova Cells", country="FR", external_id="C-1")
    borealis.refresh_from_db()
    assert (made.external_id, borealis.external_id, borealis.external_id_by) == ("C-1", "C-1", None)
