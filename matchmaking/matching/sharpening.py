"""What a posting leaves out, and what stating it would do to its matches."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Stage
from matchmaking.marketplace.models import Offer, Posting, SourcingRequest


@dataclass(frozen=True)
class Sharpening:
    """What is not stated, in a sentence, and the field of the form that takes it."""

    words: str
    field: str


def what_would_sharpen(posting: Posting) -> list[Sharpening]:
    """Return each fact that is not stated and that matches are found or ordered by; the weightiest first. No query."""
    asks = _OF_OFFER if isinstance(posting, Offer) else _OF_REQUEST
    return [Sharpening(str(words), field) for is_missing, words, field in asks if is_missing(posting)]


CODE = 6


def _has_no_code(posting: Posting) -> bool:
    return len(posting.hs_code) < CODE


_Asks = list[tuple[Callable[[Posting], bool], Promise, str]]
_OF_BOTH: _Asks = [
    (
        lambda posting: _has_no_code(posting) and posting.segment.stage != Stage.SERVICE,
        _("An HS code of six digits: it tells like from unlike in any language."),
        "hs_code",
    ),
    (
        lambda posting: _has_no_code(posting) and posting.segment.stage == Stage.SERVICE,
        _("For goods, an HS code of six digits: it tells like from unlike in any language."),
        "hs_code",
    ),
    (
        lambda posting: not any(sign.isdigit() for sign in posting.title),
        _("A size, grade or rating in the title, such as 800 V or LFP."),
        "title",
    ),
]


def _offer(is_missing: Callable[[Offer], bool]) -> Callable[[Posting], bool]:
    return lambda posting: isinstance(posting, Offer) and is_missing(posting)


def _request(is_missing: Callable[[SourcingRequest], bool]) -> Callable[[Posting], bool]:
    return lambda posting: isinstance(posting, SourcingRequest) and is_missing(posting)


_OF_OFFER: _Asks = [
    *_OF_BOTH[:-1],
    (_offer(lambda offer: offer.unit_price is None), _("A price: buyers with a budget compare by it."), "unit_price"),
    (_offer(lambda offer: offer.lead_time_days is None), _("A lead time: buyers with a date compare by it."), "lead_time_days"),
    (_offer(lambda offer: offer.minimum_quantity is None), _("The smallest order."), "minimum_quantity"),
    (_offer(lambda offer: offer.monthly_capacity is None), _("How much you can make in a month."), "monthly_capacity"),
    _OF_BOTH[-1],
]
_OF_REQUEST: _Asks = [
    *_OF_BOTH[:-1],
    (_request(lambda request: request.budget is None), _("A budget: offers far above it are left out."), "budget"),
    (_request(lambda request: request.quantity is None), _("A quantity: smallest orders above it are left out."), "quantity"),
    (_request(lambda request: request.needed_by is None), _("A date by which you need it."), "needed_by"),
    _OF_BOTH[-1],
]
