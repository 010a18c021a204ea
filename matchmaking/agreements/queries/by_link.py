"""What an open link shows: the agreement as one outside party reads it."""

from dataclasses import dataclass

from matchmaking.agreements.models import Agreement, ConfirmationLink, Party
from matchmaking.agreements.queries.links import asker_of


@dataclass(frozen=True)
class ByLink:
    """An agreement as the party reads it that the link was made for."""

    agreement: Agreement
    party: Party
    parties: list[Party]
    asker: Party | None


def page_by_link(link: ConfirmationLink) -> ByLink:
    """Return what an open link shows, see `links.link_by`. Two queries."""
    parties = list(link.agreement.parties_in_order())
    return ByLink(link.agreement, link.party, parties, asker_of(link, parties))
