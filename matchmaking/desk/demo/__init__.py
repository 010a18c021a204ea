"""The demo: invented companies, booths, postings and agreements in the current edition, every one of them marked as a demo."""

from collections import Counter

from django.db import transaction

from expo.editions.models import Edition
from expo.foundation.eventlog import log
from matchmaking.desk.demo.companies import add_companies
from matchmaking.desk.demo.floor import add_floor
from matchmaking.desk.demo.ledger import add_agreements, add_rates
from matchmaking.desk.demo.people import Login, add_people, demo_logins
from matchmaking.desk.demo.postings import add_postings

__all__ = ["Login", "demo_logins", "seed_demo"]


@transaction.atomic
def seed_demo(edition: Edition) -> Counter[str]:
    """Add the demo of fixtures/demo to the edition and return how many rows of each kind were added.

    A second run adds nothing: what is there, edited or not, stays as it is. The edition needs its chain areas; a floor plan
    that is there already is left alone, and the demo's companies then have no booths.

    Raises:
        LookupError: a demo file names something that does not exist, for example a segment the edition's chains do not have.
    """
    added: Counter[str] = Counter()
    added["rates"] = add_rates(edition)
    added["booths"] = add_floor(edition)
    companies = add_companies(edition)
    added["companies"] = companies.companies
    added["people"] = add_people(edition)
    added.update(add_postings(edition, companies.registrations))
    added["agreements"] = add_agreements(edition)
    if any(added.values()):
        log(edition, "seed_demo", by=None, **added)
    return added
