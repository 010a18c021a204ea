import pytest
from django.contrib.auth.models import AnonymousUser

from expo.foundation.errors import IllegalMove, NotAllowed
from expo.foundation.models import Event, OutboxMessage
from matchmaking.participants import actions, queries, rules
from matchmaking.participants.errors import AlreadyMember, LastOwner, TooManyAsks
from matchmaking.participants.models import Company, Consent, Member
from tests import builders


def test_who_asks_waits_and_the_owner_is_told(carla, boris, borealis, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        member = actions.ask_to_join(borealis, by=carla, job_title=" Sales ")
    assert (member.status, member.role, member.job_title) == ("asked", "representative", "Sales")
    assert not rules.may_speak_for(carla, borealis)
    (mail,) = mailoutbox
    assert mail.to == ["boris@example.com"]
    assert mail.subject == "Somebody asks to join Borealis Cells"
    assert "Carla Costa asks to stand for Borealis Cells." in mail.body
    assert "http://testserver/companies/borealis-cells/members/" in mail.body


def test_asking_shows_name_and_address_to_the_company_and_writes_it_down(carla, boris, borealis, anna, aurora):
    member = actions.ask_to_join(borealis, by=carla)
    assert sorted(Consent.objects.filter(person=carla).values_list("field", flat=True)) == ["email", "full_name"]
    assert queries.contacts_shown_to(borealis, [carla]) == {carla.pk: {"full_name": "Carla Costa", "email": "carla@example.com"}}
    assert queries.contacts_shown_to(aurora, [carla]) == {carla.pk: {}}
    assert rules.may_see_contact(boris, carla, "email")
    assert not rules.may_see_contact(boris, carla, "phone")
    assert not rules.may_see_contact(anna, carla, "email")
    actions.answer_join(member, by=boris, accept=False)
    assert not rules.may_see_contact(boris, carla, "email")
    assert queries.contacts_shown_to(borealis, [carla]) == {carla.pk: {}}


def test_asking_twice_is_asking_once(carla, borealis):
    assert actions.ask_to_join(borealis, by=carla) == actions.ask_to_join(borealis, by=carla)
    assert Member.objects.filter(user=carla).count() == 1
    assert OutboxMessage.objects.count() == 1
    assert Consent.objects.count() == 2


def test_a_member_does_not_ask(boris, borealis):
    with pytest.raises(AlreadyMember):
        actions.ask_to_join(borealis, by=boris)
    assert not OutboxMessage.objects.exists()


def test_nobody_asks_without_an_account(borealis):
    with pytest.raises(NotAllowed):
        actions.ask_to_join(borealis, by=AnonymousUser())


def test_who_was_declined_does_not_ask_again(carla, boris, borealis):
    actions.answer_join(actions.ask_to_join(borealis, by=carla), by=boris, accept=False)
    sent = OutboxMessage.objects.count()
    with pytest.raises(IllegalMove):
        actions.ask_to_join(borealis, by=carla)
    assert OutboxMessage.objects.count() == sent


def test_a_person_asks_five_companies_at_most(carla):
    for _number in range(5):
        actions.ask_to_join(builders.company(), by=carla)
    with pytest.raises(TooManyAsks):
        actions.ask_to_join(builders.company(), by=carla)
    assert Member.objects.filter(user=carla).count() == 5


def test_an_owner_accepts_and_the_person_is_told(carla, boris, borealis):
    member = actions.answer_join(actions.ask_to_join(borealis, by=carla), by=boris, accept=True)
    assert (member.status, member.role) == ("active", "representative")
    assert rules.may_speak_for(carla, borealis)
    assert not rules.may_manage(carla, borealis)
    told = OutboxMessage.objects.get(recipient=carla)
    assert (told.kind, told.subject) == ("join_accepted", "You now stand for Borealis Cells")


def test_notices_are_in_the_persons_language(carla, boris, borealis):
    boris.language = "zh-hans"
    boris.save()
    actions.ask_to_join(borealis, by=carla)
    assert "/zh/companies/borealis-cells/members/" in OutboxMessage.objects.get().body


def test_nobody_answers_for_others_or_for_oneself(carla, anna, boris, borealis):
    member = actions.ask_to_join(borealis, by=carla)
    builders.member(borealis, builders.person("rep@example.com"), role="representative")
    rep = Member.objects.get(user__email="rep@example.com").user
    for person in (anna, carla, rep, AnonymousUser()):
        with pytest.raises(NotAllowed):
            actions.answer_join(member, by=person, accept=True)
    member.refresh_from_db()
    assert member.status == "asked"
    assert not Event.objects.filter(verb="accept_join").exists()


def test_an_answer_is_given_once(carla, boris, borealis):
    member = actions.ask_to_join(borealis, by=carla)
    actions.answer_join(member, by=boris, accept=True)
    with pytest.raises(IllegalMove):
        actions.answer_join(member, by=boris, accept=True)
    assert OutboxMessage.objects.filter(recipient=carla).count() == 1


def test_the_organiser_gives_a_company_without_owner_its_first_one(carla, organiser):
    lonely = builders.company("Lonely Works")
    member = actions.ask_to_join(lonely, by=carla)
    assert actions.answer_join(member, by=organiser, accept=True).role == "owner"
    assert rules.may_manage(carla, lonely)


def test_staff_without_the_permission_do_not_answer(carla, borealis):
    helper = builders.person("helper@example.com", is_staff=True)
    with pytest.raises(NotAllowed):
        actions.answer_join(actions.ask_to_join(borealis, by=carla), by=helper, accept=True)


def test_a_company_keeps_an_owner(carla, boris, borealis):
    owner = Member.objects.get(user=boris)
    with pytest.raises(LastOwner):
        actions.end_membership(owner, by=boris)
    second = builders.member(borealis, carla, role="representative")
    actions.make_owner(second, by=boris)
    assert actions.end_membership(owner, by=boris).status == "left"
    assert not rules.may_speak_for(boris, borealis)


def test_an_owner_removes_a_member_and_they_are_told(carla, anna, boris, borealis):
    member = builders.member(borealis, carla, role="representative")
    with pytest.raises(NotAllowed):
        actions.end_membership(member, by=anna)
    actions.end_membership(member, by=boris)
    assert not rules.may_speak_for(carla, borealis)
    assert OutboxMessage.objects.get(recipient=carla).kind == "member_removed"


def test_representatives_make_nobody_an_owner(carla, borealis):
    member = builders.member(borealis, carla, role="representative")
    with pytest.raises(NotAllowed):
        actions.make_owner(member, by=carla)
    member.refresh_from_db()
    assert member.role == "representative"


def test_an_account_that_is_switched_off_speaks_for_nobody(boris, borealis):
    boris.is_active = False
    boris.save()
    assert not rules.may_speak_for(boris, borealis)
    assert not rules.may_manage(boris, borealis)
    assert queries.owners_of(borealis) == []


def test_who_left_is_not_a_colleague_any_more(carla, boris, borealis):
    builders.member(borealis, carla, role="representative", status="left")
    assert not rules.may_see_contact(carla, boris, "email")
    assert not Company.objects.filter(pk=borealis.pk, members__user=carla, members__status="active").exists()
