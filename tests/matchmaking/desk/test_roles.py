import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from expo.accounts.models import User
from matchmaking.agreements.models import Agreement
from matchmaking.desk.roles import ROLES, set_up_roles
from tests import builders

NAMES = [role.name for role in ROLES]


@pytest.fixture
def staff(db):
    """Return a person on the staff in the role of that name."""
    set_up_roles()

    def made(role):
        person = builders.person(is_staff=True)
        person.groups.add(Group.objects.get(name=role))
        return person

    return made


@pytest.fixture
def rows(staff, edition, chain, aurora, borealis, exhibitor, carla):
    """One address of every kind of thing, by name."""
    figure = builders.figure(edition, builders.metric(), 1)
    agreement = builders.agreement(edition, chain, aurora, borealis)
    return {
        "edition": f"editions/edition/{edition.pk}/change/",
        "figure": f"editions/reportedfigure/{figure.pk}/change/",
        "company": f"participants/company/{aurora.pk}/change/",
        "registration": f"participants/registration/{exhibitor.pk}/change/",
        "agreement": f"agreements/agreement/{agreement.pk}/change/",
        "person": f"accounts/user/{carla.pk}/change/",
        "group": f"auth/group/{Group.objects.get(name='Reporter').pk}/change/",
        "add agreement": "agreements/agreement/add/",
        "add figure": "editions/reportedfigure/add/",
        "add edition": "editions/edition/add/",
        "add person": "accounts/user/add/",
        "add group": "auth/group/add/",
        "terms": "matching/term/",
        "weights": "matching/weight/",
        "add weight": "matching/weight/add/",
        "runs": "matching/matchrun/",
        "start a run": "matching/matchrun/add/",
        "verdicts": "matching/verdict/",
        "void": f"agreements/agreement/void/?ids={agreement.pk}",
        "events": "foundation/event/",
        "notices": "foundation/outboxmessage/",
        "addresses": "account/emailaddress/",
        "second factors": "mfa/authenticator/",
    }


SEES = {
    "Organiser": {"edition", "figure", "company", "registration", "agreement", "person", "events", "notices", "void"}
    | {"add agreement", "add figure", "add edition", "add person", "terms", "weights", "add weight", "runs", "start a run", "verdicts"},
    "Verifier": {"edition", "figure", "company", "registration", "person", "terms", "weights"},
    "Reporter": {"edition", "figure", "company", "registration", "agreement", "add agreement", "add figure", "void", "terms", "weights"},
    "Read-only": {"edition", "figure", "company", "registration", "agreement", "events", "terms", "weights", "runs", "verdicts"},
}


@pytest.mark.parametrize("role", NAMES)
def test_each_role_opens_what_it_needs_and_nothing_else(role, staff, rows, client_of):
    client = client_of(staff(role))
    answers = {name: client.get(f"/admin/{address}").status_code for name, address in rows.items()}
    assert {name for name, status in answers.items() if status == 200} == SEES[role]
    assert {status for name, status in answers.items() if name not in SEES[role]} == {403}


WRITES = {
    "Organiser": {"edition", "figure", "company", "person"},
    "Verifier": {"company"},
    "Reporter": {"figure"},
    "Read-only": set(),
}


@pytest.mark.parametrize("role", NAMES)
def test_each_role_changes_what_it_needs_and_nothing_else(role, staff, rows, client_of):
    client = client_of(staff(role))
    for name in ("edition", "figure", "company", "person", "group"):
        status = client.post(f"/admin/{rows[name]}", {}).status_code
        assert status == (200 if name in WRITES[role] else 403), name
        page = client.get(f"/admin/{rows[name]}")
        assert (b'name="_save"' in page.content) == (name in WRITES[role]), name


def test_carla_has_no_way_in(rows, client_of, carla):
    for address in rows.values():
        assert client_of(carla).get(f"/admin/{address}").status_code in {302, 403}


def test_running_it_again_changes_nothing_and_takes_back_what_was_added(staff, capsys):
    person = staff("Reporter")
    group = Group.objects.get(name="Reporter")
    group.permissions.add(Permission.objects.get(codename="change_user"))
    call_command("set_up_roles")
    assert "Reporter: " in capsys.readouterr().out
    assert {f"{p.content_type.app_label}.{p.codename}" for p in group.permissions.all()} == next(
        role.permissions for role in ROLES if role.name == "Reporter"
    )
    assert person.groups.get() == group
    assert Group.objects.count() == len(ROLES)


def test_no_role_holds_a_right_over_rights():
    for role in ROLES:
        for permission in role.permissions:
            assert not permission.startswith(("auth.", "account.", "mfa.", "sessions.", "usersessions.", "admin."))
        assert "accounts.delete_user" not in role.permissions


RIGHTS = {"is_staff": "on", "is_superuser": "on"}


def person_form(person, **changes):
    return {"full_name": person.full_name, "language": "en", "time_zone": "Asia/Shanghai", "is_active": "on", **changes}


def test_an_organiser_cannot_make_anybody_staff_or_superuser(staff, client_of, carla):
    client = client_of(staff("Organiser"))
    groups = [Group.objects.get(name="Organiser").pk]
    client.post(f"/admin/accounts/user/{carla.pk}/change/", person_form(carla, full_name="Carla C.", groups=groups, **RIGHTS))
    client.post("/admin/accounts/user/add/", {"email": "new@example.com", **person_form(carla, groups=groups, **RIGHTS)})
    carla.refresh_from_db()
    assert carla.full_name == "Carla C."
    for person in (carla, User.objects.get(email="new@example.com")):
        assert (person.is_staff, person.is_superuser, person.groups.count()) == (False, False, 0)


def test_an_organiser_touches_neither_colleagues_nor_superusers_nor_oneself(staff, client_of, organiser):
    olga, colleague = staff("Organiser"), staff("Reporter")
    for person in (olga, colleague, organiser):
        answer = client_of(olga).post(f"/admin/accounts/user/{person.pk}/change/", person_form(person, full_name="Taken", **RIGHTS))
        assert answer.status_code == 403
        person.refresh_from_db()
        assert person.full_name != "Taken"


def test_only_a_superuser_sets_another_persons_password(staff, client_of, carla, organiser):
    address = f"/admin/accounts/user/{carla.pk}/password/"
    assert client_of(staff("Organiser")).get(address).status_code == 403
    assert client_of(organiser).get(address).status_code == 200


def test_a_right_over_groups_given_by_mistake_opens_nothing(staff, client_of):
    person = staff("Reporter")
    person.user_permissions.set(Permission.objects.filter(content_type__app_label="auth"))
    group = Group.objects.get(name="Reporter")
    every = list(Permission.objects.values_list("pk", flat=True))
    answer = client_of(person).post(f"/admin/auth/group/{group.pk}/change/", {"name": "Reporter", "permissions": every})
    assert answer.status_code == 403
    assert group.permissions.count() < len(every)


def test_a_superuser_gives_a_role(client_of, organiser, staff, carla):
    staff("Reporter")
    group = Group.objects.get(name="Reporter")
    client_of(organiser).post(f"/admin/accounts/user/{carla.pk}/change/", person_form(carla, is_staff="on", groups=[group.pk]))
    carla.refresh_from_db()
    assert (carla.is_staff, carla.groups.get()) == (True, group)
    assert carla.has_perm("agreements.record_agreement")


def test_a_reporter_records_and_a_reader_does_not(staff, client_of, edition, chain, aurora, borealis):
    post = {
        "edition": edition.pk,
        "kind": "intention",
        "title": "Cells",
        "chain": chain.pk,
        "signed_on": "2027-06-21",
        "amount": "5",
        "currency": "CNY",
        "visibility": "public",
        "parties-TOTAL_FORMS": "2",
        "parties-INITIAL_FORMS": "0",
        "parties-0-company": aurora.pk,
        "parties-1-company": borealis.pk,
        "_record": "1",
    }
    assert client_of(staff("Read-only")).post("/admin/agreements/agreement/add/", post).status_code == 403
    assert not Agreement.objects.exists()
    assert client_of(staff("Reporter")).post("/admin/agreements/agreement/add/", post).status_code == 302
    assert Agreement.objects.get().status == "recorded"
    found = client_of(staff("Reporter")).get(
        "/admin/autocomplete/", {"app_label": "agreements", "model_name": "party", "field_name": "company", "term": "aurora"}
    )
    assert [row["text"] for row in found.json()["results"]] == ["Aurora Motors"]
