"""Who takes part, over the API: exhibitors for anyone, one's own registrations in any state, all of them for the organiser."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from expo.accounts.models import User
from expo.editions.models import Chain, Edition, Segment
from expo.editions.queries import current_edition
from expo.foundation.errors import Invalid
from expo.foundation.rows import ById
from expo.foundation.writing import Body, Changes, Creates, Given, Ref, WritableRows, verb
from expo.venue.models import Booth, Pavilion
from matchmaking.participants import actions, rules
from matchmaking.participants.actions.registrations import MOST_DESKS
from matchmaking.participants.api.own import OwnColumns, OwnFilters
from matchmaking.participants.api.rows import RegistrationColumns, RegistrationRow
from matchmaking.participants.filters import ExhibitorFilter
from matchmaking.participants.models import LONGEST_REFERENCE, Company, Registration

# Any of these asks for more than the public list of exhibitors: for all that the person may see.
BEYOND_PUBLIC = ("mine", "role", "status", "external_id")


class RegistrationFilter(OwnFilters, ExhibitorFilter):
    """As on the page of exhibitors, but without an edition it means all of them."""

    role = django_filters.ChoiceFilter(label=_("Role"), choices=Registration.Role.choices)
    status = django_filters.MultipleChoiceFilter(label=_("Status"), choices=Registration.Status.choices)

    company_path = "company"

    class Meta:
        model = Registration
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Registration]) -> Any:
        return super(ExhibitorFilter, self).filter_queryset(queryset)


class ParticipationBody(Body):
    chains = Ref(Chain.objects.all(), by="slug", many=True, required=False, help_text="Slugs of chains of the edition, one at least.")
    main_segment = Ref(Segment.objects.select_related("chain"), required=False, allow_null=True, help_text="Id of a segment.")
    attendance = serializers.ChoiceField(choices=Registration.Attendance.choices, required=False)
    parallel_meetings = serializers.IntegerField(
        min_value=1, max_value=MOST_DESKS, required=False, help_text="Desks: how many meetings can run at once."
    )
    booth = serializers.CharField(
        max_length=20, required=False, allow_null=True, help_text="Code of a free booth of the edition; it is reserved at once."
    )
    external_id = serializers.CharField(
        max_length=LONGEST_REFERENCE, required=False, allow_blank=True, help_text="Your own reference for it."
    )


class RegistrationBody(ParticipationBody):
    company = Ref(Company.objects.all(), by="slug")
    edition = Ref(Edition.objects.all(), by="slug", required=False, help_text="The current one if not given.")
    role = serializers.ChoiceField(choices=Registration.Role.choices)


class RejectionBody(Body):
    reason = serializers.CharField(max_length=1000, help_text="The company reads it. Say what to correct.")


class ArrangementBody(Body):
    main_segment = Ref(Segment.objects.select_related("chain"), required=False, allow_null=True)
    attendance = serializers.ChoiceField(choices=Registration.Attendance.choices, required=False)
    parallel_meetings = serializers.IntegerField(min_value=1, max_value=MOST_DESKS, required=False)
    pavilion = Ref(Pavilion.objects.all(), by="key", required=False, allow_null=True)
    led_by = Ref(Registration.objects.all(), required=False, allow_null=True, help_text="Id of the registration that brings this one.")
    is_key_client = serializers.BooleanField(required=False)


class BoothBody(Body):
    booth = serializers.CharField(max_length=20, allow_null=True, help_text="Code of a free booth of the edition; null for none.")


class RegistrationViewSet(OwnColumns, ById, Creates, Changes, WritableRows):
    queryset = Registration.objects.all()
    serializer_class = RegistrationRow
    columns_class = RegistrationColumns
    filterset_class = RegistrationFilter
    create_body, change_body = RegistrationBody, ParticipationBody
    may_create, may_change = staticmethod(rules.may_register_somebody), staticmethod(rules.may_fill_in)
    own_fields = ("external_id", "parallel_meetings", "led_by", "rejection_reason", "created_at", "submitted_at", "decided_at")
    staff_fields = ("is_key_client",)

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        is_public = self.action == "list" and not any(name in self.request.query_params for name in BEYOND_PUBLIC)
        seen: QuerySet[Any] = rows.exhibitors().verified() if is_public else rows
        return seen

    def make(self, given: Given, *, by: User) -> Registration:
        """Begin a registration, or go on with it. A withdrawn one becomes a draft again; with `chains` and the rest it is filled in at once."""
        edition = given.pop("edition", None) or current_edition()
        if edition is None:
            raise Invalid(fields={"edition": [_t("There is no current edition. Name one.")]})
        row = actions.start_registration(given.pop("company"), edition, given.pop("role"), by=by)
        return self.change(row, given, by=by) if given else row

    def change(self, row: Registration, given: Given, *, by: User) -> Registration:
        """Change how the company takes part. It becomes a draft again and has to be sent; a reference alone can be set in any state."""
        if set(given) <= {"external_id"}:
            return actions.set_reference(row, by=by, external_id=given.get("external_id", row.external_id))
        if "booth" in given:
            given["booth"] = booth_of(row, given["booth"])
        stays = {
            "chains": row.chains.all(),
            "main_segment": row.main_segment,
            "attendance": row.attendance,
            "parallel_meetings": row.parallel_meetings,
            "booth": row.booth,
        }
        return actions.save_participation(row, by=by, **{**stays, **given})

    @verb(may_row=rules.may_fill_in)
    def submit(self, row: Registration, given: Given, *, by: User) -> Registration:
        """Send the registration to the organiser, who verifies or rejects it."""
        return actions.submit_registration(row, by=by)

    @verb(may_row=rules.may_withdraw)
    def withdraw(self, row: Registration, given: Given, *, by: User) -> Registration:
        """End the taking part: it is hidden, and its booth is free again. For owners and the organiser."""
        return actions.withdraw_registration(row, by=by)

    @verb(may=rules.may_verify)
    def verify(self, row: Registration, given: Given, *, by: User) -> Registration:
        """Let the company take part: it is visible and may post. For the organiser."""
        return actions.verify_registration(row, by=by)

    @verb(RejectionBody, may=rules.may_verify)
    def reject(self, row: Registration, given: Given, *, by: User) -> Registration:
        """Refuse the company with a reason it can act on; its booth is free again. For the organiser."""
        return actions.reject_registration(row, by=by, reason=given["reason"])

    @verb(ArrangementBody, may=rules.may_verify)
    def arrange(self, row: Registration, given: Given, *, by: User) -> Registration:
        """Set what the organiser decides, in any state; what is left out stays. For the organiser."""
        return actions.arrange_registration(row, by=by, **given)

    @verb(BoothBody, may=rules.may_verify)
    def move_booth(self, row: Registration, given: Given, *, by: User) -> Registration:
        """Give the exhibitor another booth, or none. For the organiser."""
        return actions.move_booth(row, booth_of(row, given["booth"]), by=by)


def booth_of(registration: Registration, code: str | None) -> Booth | None:
    """Return the booth of the registration's edition that has the code; None for none."""
    if code is None:
        return None
    booth = Booth.objects.filter(edition=registration.edition_id, code=code).first()
    if booth is None:
        raise Invalid(fields={"booth": [_t("Choose a booth of this edition.")]})
    return booth
