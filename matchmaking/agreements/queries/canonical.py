"""What an agreement says, in one form for both databases, and the digest of it that the log keeps with every step."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from expo.foundation.money import FEN
from matchmaking.agreements.models import Agreement, Party

RATE = Decimal("0.000001")


def canonical(agreement: Agreement, parties: Iterable[Party] | None = None) -> dict[str, Any]:
    """Return the columns and the parties of an agreement as plain values. One query, none where the parties are given or were fetched before.

    Left out is what may go without a step of the ledger: what it grew from (a posting may be deleted), another system's reference; and while
    there is no number yet the amount in yuan, which follows the rate.
    """
    has_number = agreement.number is not None
    sides = agreement.parties.all() if parties is None else parties
    return {
        "id": agreement.pk,
        "edition": agreement.edition_id,
        "number": agreement.number,
        "title": agreement.title,
        "kind": str(agreement.kind),
        "chain": agreement.chain_id,
        "segment": agreement.segment_id,
        "signed_on": agreement.signed_on.isoformat(),
        "amount": _exact(agreement.amount, FEN),
        "currency": agreement.currency,
        "is_undisclosed": bool(agreement.is_undisclosed),
        "amount_cny": _exact(agreement.amount_cny, FEN) if has_number else None,
        "rate_used": _exact(agreement.rate_used, RATE) if has_number else None,
        "visibility": str(agreement.visibility),
        "document": agreement.document.name or "",
        "document_sha256": agreement.document_sha256,
        "status": str(agreement.status),
        "void_reason": agreement.void_reason,
        "dispute_reason": agreement.dispute_reason,
        "version": agreement.version,
        "drafted_for": agreement.drafted_for_id,
        "merged_into": agreement.merged_into_id,
        "recorded_by": agreement.recorded_by_id,
        "recorded_at": _moment(agreement.recorded_at),
        "submitted_at": _moment(agreement.submitted_at),
        "verified_by": agreement.verified_by_id,
        "verified_at": _moment(agreement.verified_at),
        "is_demo": bool(agreement.is_demo),
        "parties": [_party(party) for party in sorted(sides, key=lambda party: (party.order, party.pk))],
    }


def state_of(agreement: Agreement, parties: Iterable[Party] | None = None) -> str:
    """Return the SHA-256, in hex, of what an agreement says: another one after any change of a column or a party. Queries as `canonical`."""
    text = json.dumps(canonical(agreement, parties), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _party(party: Party) -> dict[str, Any]:
    return {
        "id": party.pk,
        "company": party.company_id,
        "outside_name": party.outside_name,
        "outside_key": party.outside_key,
        "country": str(party.country.code or ""),
        "order": party.order,
        "role": str(party.role),
    }


def _exact(amount: Decimal | None, step: Decimal) -> str | None:
    return None if amount is None else f"{amount.quantize(step):f}"


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="microseconds")
