"""The demo at the size of a real expo: thousands of invented companies, postings and agreements, the same ones for the same seed."""

from collections import Counter
from datetime import datetime

from expo.editions.models import Edition
from matchmaking.desk.demo.at_scale.companies import add_companies
from matchmaking.desk.demo.at_scale.ledger import add_agreements, edition_of_ledger
from matchmaking.desk.demo.at_scale.names import Namer
from matchmaking.desk.demo.at_scale.postings import add_offers, add_requests
from matchmaking.desk.demo.at_scale.size import DOMAIN, chance, missing
from matchmaking.desk.demo.at_scale.vocabulary import Scene, Vocabulary
from matchmaking.participants.models import Company

__all__ = ["add_expo"]


def add_expo(edition: Edition, *, seed: int, scale: int, now: datetime) -> Counter[str]:
    """Fill the edition up to the size of a real expo, and the ledger of the edition before; return how many rows of each kind came.

    Nothing is added where it was added before, whatever people did with it since. Everything is written in blocks, so that the memory
    needed does not grow with the number of rows.

    Args:
        seed: the same seed gives the same rows.
        scale: only every so many-th of the missing rows is added; tests do not need them all.
        now: the moment from which times are counted back.

    Raises:
        LookupError: the vocabulary names a segment or an edition that does not exist here.
    """
    if Company.objects.filter(is_demo=True, domain__endswith=DOMAIN).exists():
        return Counter()
    words = Vocabulary.of(edition)
    past, names, wanted = edition_of_ledger(), Namer(seed, words), missing(edition, scale)

    def scene(subject: str) -> Scene:
        return Scene(edition, words, chance(seed, subject), now)

    crowd = add_companies(scene("companies"), names, wanted)
    added = Counter(companies=crowd.companies, people=crowd.companies, exhibitors=len(crowd.exhibitors), buyers=len(crowd.buyers))
    added["offers"] = add_offers(scene("offers"), crowd.exhibitors, wanted.offers)
    added["requests"] = add_requests(scene("requests"), crowd.buyers, wanted.requests)
    added["agreements"] = add_agreements(past, scene("ledger"), crowd, names, wanted)
    return added
