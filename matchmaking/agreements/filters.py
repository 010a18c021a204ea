"""How agreements are filtered."""

from typing import Any

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from expo.editions.filters import chain_filter, edition_filter
from expo.foundation.lists import DayFilter, Filters
from matchmaking.agreements.models import Agreement, Milestone, Party
from matchmaking.agreements.queries.queue import LARGEST_FIRST

LONGEST_SEARCH = 160
LONGEST_NUMBER = 9  # what fits the column


def _countries() -> list[tuple[str, str]]:
    from django_countries import countries  # Local: its list of names is built on first use.

    return [(code, str(name)) for code, name in countries]


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
        label=_("Mine"), method="of_mine", help_text=_("Only those to which a company of yours is a party, and its own drafts.")
    )
    status = django_filters.MultipleChoiceFilter(
        label=_("Status"), choices=Agreement.Status.choices, help_text=_("Of those that you may see.")
    )

    def of_mine(self, rows: Any, _name: str, only: bool) -> Any:  # noqa: FBT001 - the library's signature
        return rows.filter(pk__in=Agreement.objects.on_desk_of(self.request.user).order_by().values("pk")) if only else rows


class QueueFilter(Filters):
    """The organiser's whole ledger: what waits for whom, and what is looked for."""

    q = django_filters.CharFilter(label=_("Search"), method="searched", max_length=LONGEST_SEARCH)
    chain = chain_filter()
    country = django_filters.ChoiceFilter(label=_("Country/region of a party"), method="of_country", choices=_countries)
    document = django_filters.BooleanFilter(label=_("Paper on file"), method="with_document")
    signed_on = DayFilter(label=_("Signed on"))
    order = django_filters.ChoiceFilter(label=_("Order"), method="in_order", choices=[(LARGEST_FIRST, _("Largest amount first"))])

    class Meta:
        model = Agreement
        fields = ["kind", "visibility", "currency", "is_undisclosed"]

    def searched(self, rows: Any, _name: str, text: str) -> Any:
        """By number ("2027-0012", "12"), the organiser's own reference, words of the title, or a party."""
        slug, _dash, digits = text.strip().rpartition("-")
        if digits.isdecimal() and len(digits) < LONGEST_NUMBER:
            numbered = Q(number=int(digits), **({"edition__slug": slug} if slug else {}))
        else:
            numbered = Q(pk__in=[])
        parties = Party.objects.filter(
            Q(company__name__icontains=text) | Q(company__name_zh__icontains=text) | Q(outside_name__icontains=text)
        )
        return rows.filter(numbered | Q(external_id=text) | Q(title__icontains=text) | Q(pk__in=parties.order_by().values("agreement")))

    def of_country(self, rows: Any, _name: str, code: str) -> Any:
        parties = Party.objects.filter(Q(company__country=code) | Q(company__isnull=True, country=code))
        return rows.filter(pk__in=parties.order_by().values("agreement"))

    def with_document(self, rows: Any, _name: str, kept: bool) -> Any:  # noqa: FBT001 - the library's signature
        return rows.exclude(document="") if kept else rows.filter(document="")

    def in_order(self, rows: Any, _name: str, _order: str) -> Any:
        """The queue orders its rows itself: see `in_queue`."""
        return rows


class MilestoneFilter(Filters):
    """What was asked of agreements: by edition, agreement and day, and by whether it was answered."""

    edition = edition_filter("agreement__edition")
    agreement = django_filters.NumberFilter(
        field_name="agreement_id", label=_("Agreement"), min_value=1, max_value=2**53, help_text=_("Its number.")
    )
    days = django_filters.ChoiceFilter(label=_("Days after signing"), choices=[(days, str(days)) for days in Milestone.DAYS])
    answered = django_filters.BooleanFilter(
        field_name="answered_at", lookup_expr="isnull", exclude=True, label=pgettext_lazy("agreements", "Answered")
    )

    class Meta:
        model = Milestone
        fields = ["stage"]
