"""Whose name is not told yet: a buyer whose request hides it, until it accepts."""

from collections.abc import Collection

from django.db.models import F, Q

from matchmaking.marketplace.models import SourcingRequest
from matchmaking.meetings.models import AboutPosting, MeetingRequest
from matchmaking.participants.models import Registration


def hides_receiver(request: MeetingRequest) -> bool:
    """Whether the sender does not read yet who was asked: about a request that hides its buyer, and not accepted. At most one query."""
    if request.status == MeetingRequest.Status.ACCEPTED:
        return False
    hidden = ~Q(sourcing_request__visibility=SourcingRequest.Visibility.PUBLIC)
    return AboutPosting.objects.filter(hidden, request=request, sourcing_request__registration=request.receiver_id).exists()


def is_kept_back(request: MeetingRequest, registration: Registration) -> bool:
    """Whether it is the buyer of whom the sender must learn nothing yet, not even when it is free or what it speaks."""
    return request.is_veiled and request.status != MeetingRequest.Status.ACCEPTED and registration.pk == request.receiver_id


def named_to_sender(request: MeetingRequest) -> Registration | None:
    """Return who was asked as the sender may read it; None while the buyer's name is hidden."""
    return None if hides_receiver(request) else request.receiver


def with_hidden_receiver(requests: Collection[int]) -> set[int]:
    """Return those of the requests, by number, whose sender does not read yet who was asked. One query."""
    rows = AboutPosting.objects.filter(request__in=requests, sourcing_request__registration=F("request__receiver"))
    rows = rows.exclude(request__status=MeetingRequest.Status.ACCEPTED)
    return set(rows.exclude(sourcing_request__visibility=SourcingRequest.Visibility.PUBLIC).values_list("request", flat=True))
