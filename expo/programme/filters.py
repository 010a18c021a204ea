"""How the programme is filtered, on the page and in the API alike."""

import django_filters
from django.utils.translation import gettext_lazy as _

from expo.editions.filters import chain_filter, edition_filter
from expo.foundation.lists import DayFilter, Filters, MomentFilter
from expo.programme.models import Forum


class ForumFilter(Filters):
    """Forums of one edition, chain, kind or day."""

    edition = edition_filter()
    chain = chain_filter()
    kind = django_filters.ChoiceFilter(choices=Forum.Kind.choices, label=_("Kind"), empty_label=_("All kinds"))
    day = DayFilter(field_name="on", label=_("Day"))

    class Meta:
        model = Forum
        fields: list[str] = []


class ChangedForumFilter(ForumFilter):
    """The same, and what changed since a moment."""

    changed_since = MomentFilter(
        label=_("Changed since"),
        field_name="changed_at",
        lookup_expr="gte",
        help_text=_("ISO 8601 with a time zone, this moment included."),
    )
