"""What a posting leaves out, and what stating it would do to its matches."""

from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from matchmaking.marketplace.models import Offer, Posting, SourcingRequest


def what_would_sharpen(posting: Posting) -> list[str]:
    """Return a sentence for each fact that is not stated and that matches are found or ordered by; the weightiest first. No query."""
    asks = _OF_OFFER if isinstance(posting, Offer) else _OF_REQUEST
    return [str(words) for is_missing, words in asks if is_missing(posting)]


_OF_BOTH: list[tuple[Callable[[Posting], bool], Promise]] = [
    (lambda posting: len(posting.hs_code) < 6, _("An HS code of six digits: it tells like from unlike in any language.")),  # noqa: PLR2004
    (lambda posting: not any(sign.isdigit() for sign in posting.title), _("A size, grade or rating in the title, such as 800 V or LFP.")),
]


def _offer(is_missing: Callable[[Offer], bool]) -> Callable[[Posting], bool]:
    return lambda posting: isinstance(posting, Offer) and is_missing(posting)


def _request(is_missing: Callable[[SourcingRequest], bool]) -> Callable[[Posting], bool]:
    return lambda posting: isinstance(posting, SourcingRequest) and is_missing(posting)


_OF_OFFER: list[tuple[Callable[[Posting], bool], Promise]] = [
    _OF_BOTH[0],
    (_offer(lambda offer: offer.unit_price is None), _("A price: buyers with a budget compare by it.")),
    (_offer(lambda offer: offer.lead_time_days is None), _("A lead time: buyers with a date compare by it.")),
    (_offer(lambda offer: offer.minimum_quantity is None), _("The smallest order.")),
    (_offer(lambda offer: offer.monthly_capacity is None), _("How much you can make in a month.")),
    _OF_BOTH[1],
]
_OF_REQUEST: list[tuple[Callable[[Posting], bool], Promise]] = [
    _OF_BOTH[0],
    (_request(lambda request: request.budget is None), _("A budget: offers far above it are left out.")),
    (_request(lambda request: request.quantity is None), _("A quantity: smallest orders above it are left out.")),
    (_request(lambda request: request.needed_by is None), _("A date by which you need it.")),
    _OF_BOTH[1],
]
