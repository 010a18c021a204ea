"""How agreements are filtered."""

from expo.editions.filters import chain_filter, edition_filter
from expo.foundation.lists import Filters
from matchmaking.agreements.models import Agreement


class AgreementFilter(Filters):
    """Agreements by edition, chain and kind."""

    edition = edition_filter()
    chain = chain_filter()

    class Meta:
        model = Agreement
        fields = ["kind"]
