"""Answering by link: one party, one version, once, for fourteen days; each way in which it works no more has its sentence."""

from datetime import timedelta

import pytest
from django.utils import timezone

from expo.foundation.errors import IllegalMove, NotAllowed
from expo.foundation.models import Event, OutboxMessage
from matchmaking.agreements import actions, errors
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.models import ConfirmationLink
from matchmaking.agreements.queries import answers_needed, link_by
from tests.matchmaking.agreements.desk import confirmed, corrected, everything, recorded, sent, third

YES = {"answer": "confirmed", "name": "Marie Martin"}


@pytest.fixture
def outside(sheet, boris, borealis):
    """What Boris sent, with an outside party beside him."""
    return sent(sheet, boris, borealis, parties=[PartyInput(borealis), PartyInput(None, "Nobody Ltd", "FR")])


def stranger(agreement):
    return agreement.parties.get(company=None)


def test_a_link_puts_it_on_record_without_an_account(outside, organiser):
    made = actions.make_link(outside, stranger(outside), by=organiser, email="marie@nobody.example")
    assert len(made.secret) >= 43  # 256 bits
    assert made.secret not in made.link.digest
    assert made.link.expires_at - made.link.made_at == timedelta(days=14)
    kept = actions.use_link(made.secret, **YES)
    assert (kept.status, kept.number, kept.recorded_by) == ("confirmed", 1, None)
    said = kept.confirmations.latest("pk")
    assert (said.name, said.person, said.way, said.party) == ("Marie Martin", None, "link", stranger(outside))
    assert made.link.email == "marie@nobody.example"
    mail = OutboxMessage.objects.get(kind="agreement_link")
    assert (mail.to_address, mail.holds_secret) == ("marie@nobody.example", True)
    assert made.secret in mail.body


def test_the_log_holds_neither_the_secret_nor_names(outside, organiser):
    made = actions.make_link(outside, stranger(outside), by=organiser, email="marie@nobody.example")
    actions.use_link(made.secret, **YES)
    text = "".join(str(line.data) for line in Event.objects.all())
    assert made.secret not in text
    assert "Marie" not in text
    assert "marie@" not in text
    assert {"link_made", "link_used"} <= set(Event.objects.values_list("verb", flat=True))


def test_a_no_by_link_needs_a_reason_and_uses_nothing_up(outside, organiser):
    made = actions.make_link(outside, stranger(outside), by=organiser)
    before = everything()
    with pytest.raises(errors.ReasonMissing):
        actions.use_link(made.secret, answer="disputed", name="Marie")
    with pytest.raises(errors.NameMissing):
        actions.use_link(made.secret, answer="confirmed", name="  ")
    with pytest.raises(errors.NameMissing):
        actions.use_link(made.secret, answer="confirmed", name="x" * 121)
    with pytest.raises(errors.UnknownChoice):
        actions.use_link(made.secret, answer="perhaps", name="Marie")
    assert everything() == before
    kept = actions.use_link(made.secret, answer="disputed", name="Marie", reason="We know nothing of it")
    assert (kept.status, kept.version) == ("draft", 2)


def test_a_no_by_link_of_what_is_on_record_disputes_it(sheet, organiser, borealis):
    kept = recorded(sheet, organiser, parties=[PartyInput(borealis), PartyInput(None, "Nobody Ltd", "FR")])
    made = actions.make_link(kept, stranger(kept), by=organiser)
    kept = actions.use_link(made.secret, answer="disputed", name="Marie", reason="Not ours")
    assert (kept.status, kept.dispute_reason) == ("disputed", "Not ours")


def test_a_registered_party_may_answer_by_link_too(sheet, boris, borealis, organiser, aurora):
    kept = sent(sheet, boris, borealis)
    made = actions.make_link(kept, kept.parties.get(company=aurora), by=organiser)
    assert actions.use_link(made.secret, **YES).status == "confirmed"


def test_a_late_yes_of_an_outside_party_changes_no_state(sheet, organiser, boris, borealis):
    kept = recorded(sheet, organiser, parties=[PartyInput(borealis), PartyInput(None, "Nobody Ltd", "FR")])
    kept = actions.verify(actions.confirm(kept, by=boris), by=organiser)
    made = actions.make_link(kept, stranger(kept), by=organiser)
    assert actions.use_link(made.secret, **YES).status == "verified"


def refusals(made):
    """What the link says now, to be read and to be used; nothing is written."""
    before = everything()
    found = set()
    for deed in (lambda: link_by(made.secret), lambda: actions.use_link(made.secret, **YES)):
        with pytest.raises((errors.LinkRefused, errors.LinkUnknown)) as refusal:
            deed()
        found.add((refusal.value.code, refusal.value.status))
    assert everything() == before
    return found


def test_a_used_link_works_no_more(sheet, boris, borealis, organiser, aurora, anna):
    kept = sent(sheet, boris, borealis)
    made = actions.make_link(kept, kept.parties.get(company=aurora), by=organiser)
    actions.use_link(made.secret, **YES)
    assert refusals(made) == {("link_used", 409)}


def test_a_link_runs_out_after_fourteen_days(outside, organiser):
    made = actions.make_link(outside, stranger(outside), by=organiser)
    ConfirmationLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert refusals(made) == {("link_expired", 409)}


def test_a_newer_link_ends_the_older_one(outside, organiser):
    older = actions.make_link(outside, stranger(outside), by=organiser)
    newer = actions.make_link(outside, stranger(outside), by=organiser)
    assert refusals(older) == {("link_ended", 409)}
    assert actions.use_link(newer.secret, **YES).status == "confirmed"


def test_a_correction_ends_its_links(sheet, boris, borealis, anna, organiser, aurora):
    kept = confirmed(sheet, boris, borealis, anna)
    made = actions.make_link(kept, kept.parties.get(company=aurora), by=organiser)
    actions.correct(kept, by=organiser, given=corrected(kept, title="X"), reason="A slip")
    assert refusals(made) == {("link_of_other_version", 409)}


@pytest.mark.parametrize("deed", ["void", "dispute"])
def test_nothing_is_answered_any_more(sheet, boris, borealis, anna, organiser, aurora, deed):
    kept = confirmed(sheet, boris, borealis, anna)
    made = actions.make_link(kept, kept.parties.get(company=aurora), by=organiser)
    if deed == "void":
        actions.void_agreement(kept, by=organiser, reason="Wrong")
    else:
        actions.dispute(kept, by=boris, reason="Wrong")
    assert refusals(made) == {("link_ended", 409)}


@pytest.mark.parametrize(
    "tamper", [lambda s: s[:-1], lambda s: s + "x", lambda s: s.swapcase(), lambda s: "", lambda s: "x" * 5000, lambda s: "\x00"]
)
def test_a_link_that_was_changed_on_the_way_is_unknown(outside, organiser, tamper):
    made = actions.make_link(outside, stranger(outside), by=organiser)
    before = everything()
    for deed in (lambda: link_by(tamper(made.secret)), lambda: actions.use_link(tamper(made.secret), **YES)):
        with pytest.raises(errors.LinkUnknown):
            deed()
    assert everything() == before


def test_a_link_forwarded_to_the_other_side_confirms_nothing(outside, organiser, boris, carla):
    made = actions.make_link(outside, stranger(outside), by=organiser)
    before = everything()
    for person in (boris, organiser):  # another party, and who made it
        with pytest.raises(errors.LinkForwarded, match="made for another party"):
            actions.use_link(made.secret, by=person, **YES)
    assert everything() == before
    assert actions.use_link(made.secret, by=carla, **YES).status == "confirmed"


def test_a_company_has_links_mailed_and_never_sees_them(outside, boris):
    before = everything()
    with pytest.raises(errors.LinkNeedsAddress):
        actions.make_link(outside, stranger(outside), by=boris)
    assert everything() == before
    made = actions.make_link(outside, stranger(outside), by=boris, email="marie@nobody.example")
    assert made.secret == ""
    assert OutboxMessage.objects.filter(to_address="marie@nobody.example").count() == 1


def test_a_company_does_not_send_a_link_to_itself(outside, boris):
    before = everything()
    with pytest.raises(errors.LinkNotForYou):
        actions.make_link(outside, stranger(outside), by=boris, email="BORIS@example.com")
    assert everything() == before


def test_a_company_sends_three_a_day(outside, boris):
    for number in range(3):
        actions.make_link(outside, stranger(outside), by=boris, email=f"marie{number}@nobody.example")
    before = everything()
    with pytest.raises(errors.TooManyLinks):
        actions.make_link(outside, stranger(outside), by=boris, email="marie@nobody.example")
    assert everything() == before


def test_links_for_registered_parties_are_the_organisers_to_make(sheet, boris, borealis, anna, carla, aurora, edition):
    kept = sent(sheet, boris, borealis)
    before = everything()
    for person in (boris, anna, carla):
        with pytest.raises(NotAllowed):
            actions.make_link(kept, kept.parties.get(company=aurora), by=person, email="x@example.org")
    assert everything() == before


def test_a_draft_has_no_links(sheet, boris, borealis, organiser):
    kept = actions.take_back(sent(sheet, boris, borealis), by=boris)
    with pytest.raises(IllegalMove):
        actions.make_link(kept, kept.parties.first(), by=organiser)


def test_each_outside_party_has_its_own_link(sheet, boris, borealis, organiser, edition):
    strangers = [PartyInput(None, "Nobody Ltd", "FR"), PartyInput(None, "Somebody SA", "FR")]
    kept = sent(sheet, boris, borealis, parties=[PartyInput(borealis), *strangers])
    first, second = (actions.make_link(kept, party, by=organiser) for party in kept.parties.filter(company=None).order_by("order"))
    assert actions.use_link(first.secret, **YES).status == "submitted"
    assert [party.name for party in answers_needed(kept)] == ["Somebody SA"]
    assert actions.use_link(second.secret, **YES).status == "confirmed"


def test_a_party_of_another_agreement_gets_no_link(outside, sheet, organiser):
    other = recorded(sheet, organiser)
    with pytest.raises(NotAllowed):
        actions.make_link(outside, other.parties.first(), by=organiser)


def test_a_third_company_is_not_let_in_by_its_name(outside, organiser, edition):
    _cassini, owner = third(edition)
    made = actions.make_link(outside, stranger(outside), by=organiser)
    with pytest.raises(NotAllowed):
        actions.confirm(outside, by=owner)
    assert actions.use_link(made.secret, by=owner, **YES).status == "confirmed"
