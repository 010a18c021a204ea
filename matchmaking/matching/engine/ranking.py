"""The lists: offers for each request, requests for each offer, and near misses."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from matchmaking.matching.engine.arrays import Codes, Floats, Ints, Terms, Texts, Vocabulary, terms_of, texts_of
from matchmaking.matching.engine.embedding import points_of
from matchmaking.matching.engine.factors import Pairs
from matchmaking.matching.engine.facts import Map, OfferFacts, RequestFacts
from matchmaking.matching.engine.hard import Failure, failures
from matchmaking.matching.engine.packing import text_digest
from matchmaking.matching.engine.reading import Reader, Reading
from matchmaking.matching.engine.scoring import Bools, Found, Scores, find, weighed
from matchmaking.matching.engine.weights import Weights
from matchmaking.matching.engine.wishes import Wishes

MOST = 50
PAIRS_AT_ONCE = 200_000
MOST_FAILURES = 2
"""A near miss fails in one or two things; with more it is simply no match."""


@dataclass(frozen=True, slots=True)
class Match:
    """An offer that fits a request, with the score 0 to 100."""

    request: str
    offer: str
    score: float


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A pair that would fit but for one or two hard requirements, or for a figure or grade that both titles name differently."""

    request: str
    offer: str
    score: float
    failures: tuple[Failure, ...]
    has_clash: bool


class Postings:
    """Both sides read and put into arrays once; scored in any pairs. `wishes` are by the ids of request and offer; see `wishes.Wish`.

    `known` are readings that there are already, by the digest of the texts: these are not read again.
    """

    def __init__(
        self,
        requests: Sequence[RequestFacts],
        offers: Sequence[OfferFacts],
        reader: Reader,
        *,
        chart: Map | None = None,
        weights: Weights | None = None,
        wishes: Mapping[tuple[str, str], int] | None = None,
        known: Mapping[str, Reading] | None = None,
    ) -> None:
        self.requests, self.offers, self.weights = requests, offers, weights or Weights()
        names, codes = Vocabulary(), Codes()
        there = known or {}
        asked, given = ([there.get(text_digest(one)) or read_posting(reader, one) for one in side] for side in (requests, offers))
        names.learn([*asked, *given])
        codes.learn([*requests, *offers])
        self._request_texts: Texts = texts_of(asked, names, points_of(reader.embedding, requests))
        self._offer_texts: Texts = texts_of(given, names, points_of(reader.embedding, offers))
        self._request_terms: Terms = terms_of(requests, codes)
        self._offer_terms: Terms = terms_of(offers, codes)
        self._family_of = names.family_matrix()
        self._linked = linked_segments(chart, codes) if chart else None
        self.said = wishes or {}
        pairs = ((i, one.id, j, other.id) for i, one in enumerate(requests) for j, other in enumerate(offers)) if self.said else ()
        self._wishes = Wishes.of(((i, j), self.said[one, other]) for i, one, j, other in pairs if (one, other) in self.said)

    def reweighed(self, weights: Weights) -> "Postings":
        """Return the same postings for other weights; nothing is read again."""
        other = copy(self)
        other.weights = weights
        return other

    def score(self, i: Ints, j: Ints) -> Scores:
        """Score the pairs of request `i[k]` and offer `j[k]`."""
        return weighed(self.find(i, j), self.weights)

    def find(self, i: Ints, j: Ints) -> Found:
        """Work out the factors of the pairs of request `i[k]` and offer `j[k]`, to be weighed in several ways."""
        return find(self.pairs(i, j), self._family_of, self._linked)

    def pairs(self, i: Ints, j: Ints) -> Pairs:
        """Return the pairs of request `i[k]` and offer `j[k]`."""
        return Pairs(self._request_texts, self._offer_texts, self._request_terms, self._offer_terms, i, j, self._wishes)


def read_request(reader: Reader, one: RequestFacts) -> Reading:
    """Read a request; the certificates of its field are hard requirements and no wishes."""
    return reader.read(one.title, one.description, title_other=one.title_other, language=one.language, chain=one.chain)


def read_offer(reader: Reader, one: OfferFacts) -> Reading:
    """Read an offer with the certificates it holds."""
    texts = {"title": one.title, "description": one.description, "title_other": one.title_other}
    return reader.read(**texts, language=one.language, chain=one.chain, certificates=sorted(one.certificates))


def read_posting(reader: Reader, one: OfferFacts | RequestFacts) -> Reading:
    """Read an offer or a request."""
    return read_offer(reader, one) if isinstance(one, OfferFacts) else read_request(reader, one)


def rank_offers(postings: Postings, *, top: int = 10) -> dict[str, list[Match]]:
    """Rank the offers for each request.

    Args:
        postings: both sides, read.
        top: how many are kept for each request, 1 to 50.

    Returns:
        For each request, at most `top` matches, best first; equal scores are ordered by offer id. No offer of the request's own company,
        none that breaks a hard requirement, none that is another thing. Each pair is scored by itself: other offers change nothing.

    Raises:
        ValueError: `top` is out of range.
    """
    return _rank(postings, top, by_request=True)


def rank_requests(postings: Postings, *, top: int = 10) -> dict[str, list[Match]]:
    """Rank the requests for each offer; as `rank_offers` with the sides changed, by the same factors and scores."""
    return _rank(postings, top, by_request=False)


def _rank(postings: Postings, top: int, *, by_request: bool) -> dict[str, list[Match]]:
    if not 1 <= top <= MOST:
        raise ValueError(f"top is out of range: {top}")
    rows, columns = (postings.requests, postings.offers) if by_request else (postings.offers, postings.requests)
    found: dict[str, list[Match]] = {}
    step = max(1, PAIRS_AT_ONCE // max(1, len(columns)))
    for start in range(0, len(rows), step):
        some = np.arange(start, min(start + step, len(rows)))
        r, c = (grid.ravel() for grid in np.meshgrid(some, np.arange(len(columns)), indexing="ij"))
        result = postings.score(r, c) if by_request else postings.score(c, r)
        listed = result.is_match.reshape(len(some), -1)
        scores = result.score.reshape(len(some), -1)
        for place, row in enumerate(some.tolist()):
            found[rows[row].id] = _best(rows[row], columns, scores[place], listed[place], top)
    return found


def _best(
    row: RequestFacts | OfferFacts, columns: Sequence[RequestFacts | OfferFacts], scores: Floats, listed: Bools, top: int
) -> list[Match]:
    places = [k for k in np.flatnonzero(listed).tolist() if not row.company or columns[k].company != row.company]
    places.sort(key=lambda k: (-scores[k], columns[k].id))
    if isinstance(row, RequestFacts):
        return [Match(row.id, columns[k].id, float(scores[k])) for k in places[:top]]
    return [Match(columns[k].id, row.id, float(scores[k])) for k in places[:top]]


def near_misses(postings: Postings, request: int, *, top: int = 5) -> list[NearMiss]:
    """Return the nearest offers that are not listed for the request at this place, the fewest failures first, then the best score."""
    j = np.arange(len(postings.offers))
    result = postings.score(np.full(len(j), request), j)
    asked, found = postings.requests[request], []
    for k in np.flatnonzero(result.comes_close).tolist():
        offer = postings.offers[k]
        broken = failures(asked, offer)
        if len(broken) + int(result.has_clash[k]) <= MOST_FAILURES and (not asked.company or offer.company != asked.company):
            found.append(NearMiss(asked.id, offer.id, float(result.score[k]), broken, bool(result.has_clash[k])))
    found.sort(key=lambda one: (len(one.failures) + one.has_clash, -one.score, one.offer))
    return found[:top]


def linked_segments(chart: Map, codes: Codes) -> sparse.csr_array:
    """Return which segments deliver to each other, either way, by their numbers."""
    pairs = []
    for supplier, customer in sorted(chart.links):
        one, other = codes.segments["/".join(supplier)], codes.segments["/".join(customer)]
        pairs += [(one, other), (other, one)]
    rows, columns = ([a for a, _ in pairs], [b for _, b in pairs])
    return sparse.csr_array((np.ones(len(pairs)), (rows, columns)), shape=(len(codes.segments), len(codes.segments)))
