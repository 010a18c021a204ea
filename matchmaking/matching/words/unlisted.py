"""Why a posting is not on the list of another, in words that both sides may read."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from matchmaking.matching.engine.facts import Field

_WHY: Mapping[str, Promise] = {
    Field.CERTIFICATES: _("A certificate asked for is missing"),
    Field.DELIVERY: _("Not shipped to the place of delivery"),
    Field.ORIGIN: _("Made where the request does not accept"),
    Field.QUANTITY: _("The smallest order is above the quantity"),
    Field.PRICE: _("The price is more than 50 % over the budget"),
    Field.LEAD_TIME: _("It takes more than twice the time there is"),
    Field.INCOTERMS: _("No term of delivery in common"),
    "CLASH": _("Another size, rating or grade"),
    "OTHER": _("Another product, by text, HS code and figures"),
    "LOWER": _("Fits, but others score higher"),
    "SPREAD": _("Fits nearly as well; places are spread over companies"),
}


def why_unlisted(reason: str) -> str:
    """Say a reason of `models.Unlisted`."""
    return str(_WHY[reason])
