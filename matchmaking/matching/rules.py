"""Who may: yes or no, nothing written."""

from django.contrib.auth.models import AnonymousUser

from expo.accounts.models import User
from expo.foundation import staff
from matchmaking.marketplace.models import Offer, Posting, SourcingRequest
from matchmaking.matching.models import Verdict
from matchmaking.participants.models import Registration
from matchmaking.participants.rules import may_speak_for

Person = User | AnonymousUser


def may_say(person: Person, request: SourcingRequest, offer: Offer, side: str) -> bool:
    """Whether the person may say for one side what it thinks of the pair: who stands for its company, while that takes part. One query.

    Staff never speak for a company.
    """
    return _speaks(person, request if side == Verdict.Side.BUYER else offer)


def may_say_anything(person: Person, request: SourcingRequest, offer: Offer) -> bool:
    """Whether the person may speak for one of the two sides at least. At most two queries."""
    return _speaks(person, request) or _speaks(person, offer)


def may_read_uptake(person: Person) -> bool:
    """Whether the person may read how often matches were taken up: staff who may look at verdicts."""
    return staff.may(person, "matching.view_verdict")


def may_read_runs(person: Person) -> bool:
    """Whether the person may read how matching runs went: staff who may look at them."""
    return staff.may(person, "matching.view_matchrun")


def _speaks(person: Person, posting: Posting) -> bool:
    registration = posting.registration
    return registration.status == Registration.Status.VERIFIED and may_speak_for(person, registration.company)


def may_start_run(person: Person) -> bool:
    """Whether the person may start a matching run: staff with the permission."""
    return staff.may(person, "matching.add_matchrun")
