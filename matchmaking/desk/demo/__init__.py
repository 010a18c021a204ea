"""The demo: invented companies, booths, postings and agreements in the current edition, every one of them marked as a demo."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from expo.editions.models import Edition
from expo.foundation.eventlog import log
from expo.foundation.planning import look_at_tables
from expo.foundation.search import index_all
from matchmaking.desk.demo.at_scale import add_expo
from matchmaking.desk.demo.at_scale.size import newest
from matchmaking.desk.demo.companies import add_companies
from matchmaking.desk.demo.floor import add_floor
from matchmaking.desk.demo.ledger import add_agreements, add_rates
from matchmaking.desk.demo.measured import ENTERED, add_statistics
from matchmaking.desk.demo.meetings import add_meetings
from matchmaking.desk.demo.people import Login, add_people, demo_logins, organiser_of_demo
from matchmaking.desk.demo.postings import add_postings
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.participants.models import Company

__all__ = ["SIZES", "Login", "demo_logins", "seed_demo"]

PAST = "2024"
SIZES = ("small", "expo")
SEARCHED: tuple[Any, ...] = (Company, Offer, SourcingRequest)


@transaction.atomic
def seed_demo(edition: Edition, *, size: str = "small", seed: int = 1, scale: int = 1, now: datetime | None = None) -> Counter[str]:
    """Add the demo of fixtures/demo to the edition and return how many rows of each kind were added.

    The size `expo` fills the edition up to that of a real expo with rows that `seed` decides, and the ledger of 2024; `scale` divides
    how many, for tests, and `now` is the moment from which its times are counted back.

    A second run adds nothing: what is there, edited or not, stays as it is. The edition needs its chain areas; a floor plan
    that is there already is left alone, and the demo's companies then have no booths.

    Raises:
        LookupError: a demo file names something that does not exist, for example a segment the edition's chains do not have.
    """
    before = {model: newest(model) for model in SEARCHED}
    added: Counter[str] = Counter()
    added["rates"] = add_rates(edition)
    added["booths"] = add_floor(edition)
    companies = add_companies(edition)
    added["companies"] = companies.companies
    added["people"] = add_people(edition)
    added.update(add_postings(edition, companies.registrations))
    added["agreements"] = add_agreements(edition) + (_add_past(edition) if size == "small" else 0)
    added["meetings"] = add_meetings(edition)
    if size == "expo":
        added.update(add_expo(edition, seed=seed, scale=scale, now=now or timezone.now()))
    if any(added.values()):
        log(edition, "seed_demo", by=None, size=size, **added)
        look_at_tables()  # before the index, which reads what was just written, and after it
        for model, last in before.items():
            index_all(model, list(model.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)))
        look_at_tables()
    return added


def _add_past(current: Edition) -> int:
    """Give the edition of 2024 a few agreements, and the figures that an organiser enters, where it is there and not the current one."""
    editions = {one.slug: one for one in Edition.objects.filter(slug__in=ENTERED).exclude(pk=current.pk)}
    add_statistics(editions, organiser_of_demo())
    past = editions.get(PAST)
    return add_agreements(past, "past_agreements") if past is not None and past.starts_on is not None else 0
