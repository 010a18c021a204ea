"""One's own agreements as a spreadsheet: what the tab of the page shows, in its order."""

from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from expo.foundation.sheets.columns import Column, Told
from expo.foundation.sheets.lists import Made
from expo.foundation.text import one_line
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries.own import STATES, found_by, in_tab, own_agreements

AT_ONCE = 500


def own_agreement_list(request: HttpRequest) -> Made:
    """The agreements on one's desk, or those of the tab that the address names."""
    word = request.GET.get("show", "")
    if word not in STATES:
        raise Http404
    rows = in_tab(found_by(own_agreements(request.user), one_line(request.GET.get("q", ""))), word)
    return Made(_columns(), rows.for_list().iterator(chunk_size=AT_ONCE), rows.count)


def _columns() -> list[Column]:
    return [
        Told("label", pgettext_lazy("agreement", "Number"), get=lambda row: row.label if row.number else ""),
        Told("edition", _("Edition"), get=lambda row: row.edition.slug),
        Told("title", _("Title"), width=44),
        Told("kind", _("Kind"), get=lambda row: row.get_kind_display()),
        Told("status", _("Status"), get=lambda row: row.get_status_display()),
        Told("waits", _("Waiting for you"), get=lambda row: _("yes") if row.waits else ""),
        Told("signed_on", _("Signed on"), get=lambda row: row.signed_on.isoformat()),
        Told("parties", _("Parties"), get=_parties, width=60),
        Told("amount", _("Amount"), get=lambda row: row.amount, is_number=True),
        Told("currency", _("Currency")),
        Told("amount_cny", _("Amount in CNY"), get=lambda row: row.amount_cny, is_number=True),
        Told("chain", _("Chain"), get=lambda row: row.chain.code),
        Told("segment", _("Segment"), get=lambda row: row.segment.name if row.segment else "", width=30),
        Told("visibility", _("Who sees it"), get=lambda row: row.get_visibility_display(), width=30),
        Told("version", _("Version"), get=lambda row: row.version, is_number=True),
        Told("demo", _("Demo"), get=lambda row: _("yes") if row.is_demo else ""),
    ]


def _parties(row: Agreement) -> str:
    parties: Any = row.parties.all()
    return "; ".join(party.name for party in parties)
