"""What only a company's own people read, and how one's own rows are found among all."""

from typing import TYPE_CHECKING, Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from expo.foundation.lists import Filters, MomentFilter
from expo.foundation.rows import Rows, Values
from matchmaking.participants import rules
from matchmaking.participants.models import LONGEST_REFERENCE, Member
from matchmaking.participants.queries import companies_looked_into

if TYPE_CHECKING:
    from expo.foundation.rows import ReadOnlyRows as _Rows
else:
    _Rows = object


class OwnColumns(_Rows):
    """Rows of which some columns are null for all but the company's own people and the organiser. One query for who is signed in."""

    own_fields: tuple[str, ...] = ()
    staff_fields: tuple[str, ...] = ()
    owner_field = "owner"  # of the columns read, not sent: the company's number

    def shape(self, read: Rows) -> Rows:
        sent = super().shape(read)
        own = companies_looked_into(self.request.user)
        if own is None:
            return [self.without_owner(row) for row in sent]
        return [self.blanked(self.without_owner(row), is_own=row[self.owner_field] in own) for row in sent]

    def without_owner(self, row: Values) -> Values:
        return {name: value for name, value in row.items() if name != self.owner_field}

    def blanked(self, row: Values, *, is_own: bool) -> Values:
        for name in self.staff_fields if is_own else (*self.staff_fields, *self.own_fields):
            row[name] = None
        return row


class OwnFilters(Filters):
    """One's own rows, the row of a reference, and what changed since a moment."""

    mine = django_filters.BooleanFilter(
        label=_("Mine"), method="of_mine", help_text=_("Only rows of companies that you stand for, in any state.")
    )
    external_id = django_filters.CharFilter(
        label=_("Your own reference number"),
        method="of_reference",
        max_length=LONGEST_REFERENCE,
        help_text=_("Your own reference, exactly. Found among the rows that you may change, and nowhere else."),
    )
    changed_since = MomentFilter(
        label=_("Changed since"),
        field_name="changed_at",
        lookup_expr="gte",
        help_text=_("ISO 8601 with a time zone, this moment included."),
    )

    company_path = "pk"

    def own(self) -> Q:
        return Q(**{f"{self.company_path}__in": Member.objects.of(self.request.user)})

    def of_mine(self, rows: QuerySet[Any], _name: str, only: bool) -> QuerySet[Any]:  # noqa: FBT001 - the library's signature
        return rows.filter(self.own()) if only else rows

    def of_reference(self, rows: QuerySet[Any], _name: str, text: str) -> QuerySet[Any]:
        found = rows.filter(external_id=text)
        return found if rules.may_look_into(self.request.user) else found.filter(self.own())
