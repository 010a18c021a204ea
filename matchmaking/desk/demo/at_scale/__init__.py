"""The demo at the size of a real expo: thousands of invented companies, postings and agreements, the same ones for the same seed."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from expo.editions.models import Edition
from matchmaking.desk.demo.at_scale.companies import Crowd, add_companies
from matchmaking.desk.demo.at_scale.following import add_answers, add_introductions, add_milestones
from matchmaking.desk.demo.at_scale.ledger import add_agreements, edition_of_ledger
from matchmaking.desk.demo.at_scale.met import add_meetings
from matchmaking.desk.demo.at_scale.names import Namer
from matchmaking.desk.demo.at_scale.past import add_guests, add_sign_ups
from matchmaking.desk.demo.at_scale.postings import add_offers, add_requests
from matchmaking.desk.demo.at_scale.size import (
    DOMAIN,
    EDITION_OF_2023,
    EDITION_OF_2024,
    SIGNED_UP_FOR_2025,
    Size,
    chance,
    missing,
)
from matchmaking.desk.demo.at_scale.vocabulary import Scene, Vocabulary
from matchmaking.desk.demo.measured import add_statistics
from matchmaking.desk.demo.people import organiser_of_demo
from matchmaking.participants.models import Company

__all__ = ["add_expo", "add_past"]


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
    added.update(add_past(past, scene, crowd, names, wanted=wanted, scale=scale))
    return added


def add_past(edition: Edition, scene: Callable[[str], Scene], crowd: Crowd, names: Namer, *, wanted: Size, scale: int) -> Counter[str]:
    """Fill a past edition with guests of the crowd, their meetings and its ledger, and as much of the editions around it as its report compares."""
    around = {one.slug: one for one in Edition.objects.filter(ordinal__range=(edition.ordinal - 1, edition.ordinal + 1))}
    before = next((one for one in around.values() if one.ordinal < edition.ordinal and one.starts_on), None)
    after = next((one for one in around.values() if one.ordinal > edition.ordinal), None)
    added, size = Counter[str](), EDITION_OF_2024.divided(scale)
    if before is not None:
        added["past_exhibitors"] = len(add_guests(before, None, scene("before"), crowd, EDITION_OF_2023.divided(scale)).exhibitors)
    guests = add_guests(edition, before, scene("past"), crowd, size)
    added["past_exhibitors"] += len(guests.exhibitors) + len(guests.partners)
    if after is not None:
        added["sign_ups"] = add_sign_ups(after, edition, scene("after"), crowd, -(-SIGNED_UP_FOR_2025 // scale))
    signed = add_agreements(edition, scene("ledger"), guests, names, wanted, scale=scale)
    added["agreements"] = len(signed)
    added["answers"] = add_answers(signed, scene("answers"))
    added["milestones"] = add_milestones(signed, scene("milestones"))
    added["introductions"] = add_introductions(signed, guests, scene("introductions"))
    added["past_meetings"] = add_meetings(guests, scene("met"), size.meetings)
    added["figures"] = add_statistics(around, organiser_of_demo())
    return added
