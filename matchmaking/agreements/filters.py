"""How agreements are filtered."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

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


class OwnAgreementFilter(AgreementFilter):
    """The same for who is a party, and for the organiser's drafts and void ones."""

    mine = django_filters.BooleanFilter(
        label=_("Mine"), method="of_mine", help_text=_("Only those to which a company of yours is a party.")
    )
    status = django_filters.MultipleChoiceFilter(
        label=_("Status"), choices=Agreement.Status.choices, help_text=_("Of those that you may see.")
    )

    def of_mine(self, rows: Any, _name: str, only: bool) -> Any:  # noqa: FBT001 - the library's signature
        return rows.filter(pk__in=Agreement.objects.of_party(self.request.user).values("pk")) if only else rows
