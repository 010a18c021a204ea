"""How the programme is filtered, on the page and in the API alike."""

import django_filters
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Chain, Edition
from expo.programme.models import Forum


class ForumFilter(django_filters.FilterSet):
    """Forums of one edition, chain, kind or day."""

    edition = django_filters.ModelChoiceFilter(
        queryset=Edition.objects.all(), to_field_name="slug", label=_("Edition"), empty_label=_("All editions")
    )
    chain = django_filters.ModelChoiceFilter(
        queryset=Chain.objects.all(), to_field_name="slug", label=_("Chain"), empty_label=_("All chains")
    )
    kind = django_filters.ChoiceFilter(choices=Forum.Kind.choices, label=_("Kind"), empty_label=_("All kinds"))
    day = django_filters.DateFilter(field_name="on", label=_("Day"))

    class Meta:
        model = Forum
        fields: list[str] = []
