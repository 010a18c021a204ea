"""Who may do what with agreements: yes or no, nothing written.

A party's side are all who stand for its company, owners and representatives alike: "stands for" below is one query each.
"""

from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser

from expo.accounts.models import User
from expo.foundation import staff
from matchmaking.participants.models import Company, Member
from matchmaking.participants.rules import may_speak_for

if TYPE_CHECKING:
    from matchmaking.agreements.models import Agreement, Introduction, Milestone, Party

Person = User | AnonymousUser


def may_draft(person: Person) -> bool:
    """Staff who log agreements."""
    return staff.may(person, "agreements.add_agreement")


def may_edit(person: Person) -> bool:
    """Staff who correct drafts."""
    return staff.may(person, "agreements.change_agreement")


def may_discard(person: Person) -> bool:
    """Staff who throw drafts away."""
    return staff.may(person, "agreements.delete_agreement")


def may_record(person: Person) -> bool:
    """Staff who give an agreement its number."""
    return staff.may(person, "agreements.record_agreement")


def may_void(person: Person) -> bool:
    """Staff who strike an agreement from the totals."""
    return staff.may(person, "agreements.void_agreement")


def may_trace(person: Person) -> bool:
    """Staff who see every row under a total, with names and documents."""
    return staff.may(person, "agreements.view_agreement")


def may_state_rates(person: Person) -> bool:
    """Staff who state what a currency is worth in an edition."""
    return staff.may(person, "editions.add_exchangerate") and staff.may(person, "editions.change_exchangerate")


def may_draft_for(person: Person, company: Company) -> bool:
    """Who stands for the company, on its behalf."""
    return may_speak_for(person, company)


def may_write(person: Person, agreement: "Agreement") -> bool:
    """Who changes a draft, sends it and takes it back: who stands for the company that wrote it, and staff who correct drafts."""
    return may_edit(person) or wrote(person, agreement)


def may_throw_away(person: Person, agreement: "Agreement") -> bool:
    """Who discards a draft: who stands for the company that wrote it, and staff who discard drafts."""
    return may_discard(person) or wrote(person, agreement)


def wrote(person: Person, agreement: "Agreement") -> bool:
    """Whether the person stands for the company that wrote the draft."""
    return agreement.drafted_for is not None and may_speak_for(person, agreement.drafted_for)


def may_answer(person: Person, agreement: "Agreement") -> bool:
    """Whether a registered party is the person's to answer for."""
    return bool(agreement.parties.filter(company__in=Member.objects.of(person)).exists())


def may_answer_for(person: Person, party: "Party") -> bool:
    """Who stands for the registered party. Nobody answers for an outside one here: it comes by link."""
    return party.company is not None and may_speak_for(person, party.company)


def may_look_at(person: Person, agreement: "Agreement") -> bool:
    """Staff who see the ledger, who wrote the draft, and who is asked or has signed."""
    return may_trace(person) or bool(type(agreement).objects.on_desk_of(person).filter(pk=agreement.pk).exists())


def may_verify(person: Person) -> bool:
    """Staff who say that an agreement is what it says."""
    return staff.may(person, "agreements.verify_agreement")


def may_correct(person: Person) -> bool:
    """Staff who correct what is on record."""
    return staff.may(person, "agreements.correct_agreement")


def may_settle(person: Person) -> bool:
    """Staff who end a dispute."""
    return staff.may(person, "agreements.correct_agreement")


def may_merge(person: Person) -> bool:
    """Staff who say of two agreements that they are one, or that they are not."""
    return staff.may(person, "agreements.merge_agreement")


def may_invite(person: Person, party: "Party") -> bool:
    """Who has a link made for the party: staff who record agreements for any, a registered party for an outside one."""
    return may_record(person) or (party.company_id is None and may_answer(person, party.agreement))


def may_introduce(person: Person, agreement: "Agreement", introducer: Company) -> bool:
    """Who says that the introducer brought the parties together: who stands for it and sees the agreement, a party, and staff who correct."""
    if may_correct(person) or may_answer(person, agreement):
        return True
    return may_speak_for(person, introducer) and bool(type(agreement).objects.visible_to(person).filter(pk=agreement.pk).exists())


def may_end_introduction(person: Person, introduction: "Introduction") -> bool:
    """Who takes a claim back: who stands for the introducer, who made it, and staff who correct."""
    claimed = person.is_authenticated and introduction.claimed_by_id == person.pk
    return claimed or may_correct(person) or may_speak_for(person, introduction.introducer)


def may_freeze(person: Person) -> bool:
    """Staff who fix what the press is told."""
    return staff.may(person, "agreements.freeze_report")


def may_say_what_became(person: Person, milestone: "Milestone") -> bool:
    """Who says where an agreement stands: who stands for the party that is asked, and staff who correct."""
    return may_correct(person) or may_answer_for(person, milestone.party)
