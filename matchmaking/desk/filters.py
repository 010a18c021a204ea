"""How a person's own postings are filtered and sorted, on their page and in its spreadsheets."""

from typing import Any

import django_filters
from django.core.validators import validate_slug
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from expo.foundation.lists import Filters
from matchmaking.marketplace.models import PostingStatus

SORTS = {
    "changed": (_("Last change"), "changed_at", True),
    "title": (_("Title"), "title", False),
    "reference": (_("Own reference"), "external_id", False),
    "state": (_("State"), "status", False),
    "ends": (_("Open until"), "valid_until", False),
}


class OwnPostingFilter(Filters):
    """One set for offers and requests; `kind` says which of the two are listed at all."""

    kind = django_filters.ChoiceFilter(
        label=_("Kind"), method="unchanged", choices=[("offer", _("Offers")), ("request", _("Requests"))], empty_label=_("All")
    )
    status = django_filters.MultipleChoiceFilter(label=_("State"), choices=PostingStatus.choices, distinct=False)
    chain = django_filters.CharFilter(label=_("Chain"), field_name="segment__chain__slug", max_length=80, validators=[validate_slug])
    segment = django_filters.CharFilter(label=_("Segment"), field_name="segment__slug", max_length=80, validators=[validate_slug])
    q = django_filters.CharFilter(label=_("Text"), method="with_text", max_length=160)
    sort = django_filters.ChoiceFilter(
        label=_("Sort by"), method="unchanged", choices=[(name, words) for name, (words, _column, _down) in SORTS.items()], empty_label=None
    )

    def unchanged(self, queryset: Any, _name: str, _value: str) -> Any:
        """Stand by: the page reads this value itself."""
        return queryset

    def with_text(self, queryset: Any, _name: str, text: str) -> Any:
        words = text.split()
        for word in words:
            queryset = queryset.filter(Q(title__icontains=word) | Q(title_other__icontains=word) | Q(external_id__icontains=word))
        return queryset
