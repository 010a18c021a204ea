"""What was read in postings, kept in the database: a text is read once, by whichever worker comes first, and anew when it is another."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from matchmaking.matching.models import Reading
from matchmaking.matching.snapshots import BLOCK, Kind

if TYPE_CHECKING:
    from matchmaking.matching.engine import reading as engine
    from matchmaking.matching.engine.facts import OfferFacts, RequestFacts

COLUMNS = ("digest", "read_with", "packed")


def read_with(glossary_digest: str) -> str:
    """Return a digest of what texts are read with: these terms, and the engine as it is."""
    from matchmaking.matching.engine.packing import reading_version  # Only workers match: the site starts without the engine.

    return hashlib.blake2b(f"{glossary_digest} {reading_version()}".encode(), digest_size=16).hexdigest()


def readings_of(
    kind: Kind, facts: "Mapping[int, OfferFacts | RequestFacts]", reader: "engine.Reader", with_digest: str
) -> tuple[dict[int, "engine.Reading"], int]:
    """Return the readings of postings by number, and how many were read here because none was kept; those are kept then.

    `with_digest` is `read_with` of the reader's terms. One query, and one more for each 1,000 that are read here.
    """
    from matchmaking.matching.engine.packing import packed, text_digest  # As above.
    from matchmaking.matching.engine.ranking import read_posting

    digests = {pk: text_digest(one) for pk, one in facts.items()}
    found = _kept(kind, digests, with_digest)
    fresh = {pk: read_posting(reader, one) for pk, one in facts.items() if pk not in found}
    _keep(kind, {pk: (digests[pk], with_digest, packed(one)) for pk, one in fresh.items()})
    return found | fresh, len(fresh)


def known_readings(facts: "Iterable[OfferFacts | RequestFacts]", with_digest: str) -> dict[str, "engine.Reading"]:
    """Return what is kept of these texts, by their digest. One query; nothing is read or kept here."""
    from matchmaking.matching.engine.facts import OfferFacts  # As above.
    from matchmaking.matching.engine.packing import text_digest

    wanted = {text_digest(one): one for one in facts}
    offers = [int(one.id) for one in wanted.values() if isinstance(one, OfferFacts)]
    requests = [int(one.id) for one in wanted.values() if not isinstance(one, OfferFacts)]
    rows = Reading.objects.filter(Q(offer__in=offers) | Q(request__in=requests), read_with=with_digest).values_list("digest", "packed")
    return {digest: reading for digest, kept in rows if digest in wanted and (reading := _unpacked(kept))}


def _unpacked(kept: Any) -> "engine.Reading | None":
    from matchmaking.matching.engine.packing import unpacked  # As above.

    try:
        return unpacked(bytes(kept))
    except ValueError:
        return None  # Whatever happened to it, it is read anew.


def _kept(kind: Kind, digests: Mapping[int, str], with_digest: str) -> dict[int, "engine.Reading"]:
    rows = Reading.objects.filter(**{f"{kind}__in": list(digests)}, read_with=with_digest).values_list(f"{kind}_id", "digest", "packed")
    return {pk: reading for pk, digest, kept in rows if digest == digests[pk] and (reading := _unpacked(kept))}


def _keep(kind: Kind, rows: Mapping[int, tuple[Any, ...]]) -> None:
    # In the order of the numbers: two workers that read the same never wait for each other crosswise.
    made = [Reading(**{f"{kind}_id": pk}, **dict(zip(COLUMNS, rows[pk], strict=True))) for pk in sorted(rows)]
    Reading.objects.bulk_create(made, batch_size=BLOCK, update_conflicts=True, unique_fields=[kind], update_fields=COLUMNS)


def delete_former_readings(with_digest: str, most: int) -> int:
    """Take away readings that were made with other terms or another engine, so many at most; return how many went."""
    former = Reading.objects.exclude(read_with=with_digest).order_by("pk").values_list("pk", flat=True)[:most]
    keys = list(former)
    return Reading.objects.filter(pk__in=keys).delete()[0] if keys else 0
