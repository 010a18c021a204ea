import pytest
from django.db import IntegrityError, transaction

from expo.foundation.errors import IllegalMove
from matchmaking.participants.models import Member, Registration
from matchmaking.participants.states import MEMBER_MOVES, REGISTRATION_MOVES
from tests import builders

LEGAL_REGISTRATION = {
    ("save", "draft"): "draft",
    ("save", "submitted"): "draft",
    ("save", "rejected"): "draft",
    ("submit", "draft"): "submitted",
    ("submit", "rejected"): "submitted",
    ("verify", "submitted"): "verified",
    ("reject", "submitted"): "rejected",
    ("reject", "verified"): "rejected",
    ("withdraw", "draft"): "withdrawn",
    ("withdraw", "submitted"): "withdrawn",
    ("withdraw", "verified"): "withdrawn",
    ("withdraw", "rejected"): "withdrawn",
    ("restart", "withdrawn"): "draft",
}
LEGAL_MEMBER = {
    ("ask", "left"): "asked",
    ("accept", "asked"): "active",
    ("accept", "declined"): "active",
    ("decline", "asked"): "declined",
    ("leave", "active"): "left",
    ("close", "asked"): "left",
    ("close", "active"): "left",
}


@pytest.mark.parametrize("status", Registration.Status.values)
@pytest.mark.parametrize("verb", REGISTRATION_MOVES.table)
def test_every_pair_of_a_registrations_state_and_a_verb(verb, status):
    if (verb, status) in LEGAL_REGISTRATION:
        assert REGISTRATION_MOVES.leads_to(verb, status) == LEGAL_REGISTRATION[verb, status]
    else:
        with pytest.raises(IllegalMove):
            REGISTRATION_MOVES.leads_to(verb, status)


@pytest.mark.parametrize("status", Member.Status.values)
@pytest.mark.parametrize("verb", MEMBER_MOVES.table)
def test_every_pair_of_a_members_state_and_a_verb(verb, status):
    if (verb, status) in LEGAL_MEMBER:
        assert MEMBER_MOVES.leads_to(verb, status) == LEGAL_MEMBER[verb, status]
    else:
        with pytest.raises(IllegalMove):
            MEMBER_MOVES.leads_to(verb, status)


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "approved"},
        {"status": "rejected", "rejection_reason": ""},
        {"parallel_meetings": 0},
        {"role": "visitor"},
    ],
)
def test_the_database_refuses_what_must_never_be(exhibitor, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        Registration.objects.filter(pk=exhibitor.pk).update(**fields)
    exhibitor.refresh_from_db()
    assert exhibitor.status == "verified"


def test_the_database_keeps_booths_with_exhibitors_that_take_part(exhibitor, buyer, edition):
    booth = builders.booth(builders.hall(edition))
    for registration, fields in [(buyer, {}), (exhibitor, {"status": "withdrawn"})]:
        with pytest.raises(IntegrityError), transaction.atomic():
            Registration.objects.filter(pk=registration.pk).update(booth=booth, **fields)
