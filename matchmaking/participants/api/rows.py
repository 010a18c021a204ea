"""What the API says of companies, registrations, members and blocks."""

from rest_framework import serializers

from expo.editions.api import SegmentShortRow
from expo.foundation.rows import WORKED_OUT, Row, Words
from matchmaking.participants.models import Company, Member, Registration

FOR_OWN = "Null for others than the company's own people and the organiser."


class CompanyShortRow(Row):
    slug = serializers.SlugField()
    name = serializers.CharField()
    name_zh = serializers.CharField()
    country = serializers.CharField(help_text="ISO 3166-1 alpha-2.")
    kind = serializers.ChoiceField(choices=Company.Kind.choices)
    is_demo = serializers.BooleanField(help_text="Invented; shown as such.")


class CompanyRow(CompanyShortRow):
    website = serializers.CharField()
    about_en = serializers.CharField()
    about_zh = serializers.CharField()
    fortune_global_500 = serializers.BooleanField(allow_null=True, help_text="Null when unknown.")
    logo = serializers.CharField(help_text="Address of the picture, or empty.")
    changed_at = serializers.DateTimeField()
    external_id = serializers.CharField(allow_null=True, help_text=f"The company's own reference, or empty. {FOR_OWN}")
    sources = Words(source="sources.key")


class CompanyColumns(CompanyRow):
    """The same with what decides how much of it is sent."""

    owner = serializers.IntegerField(source="id")


class RegistrationRow(Row):
    id = serializers.IntegerField()
    edition = serializers.SlugField(source="edition.slug")
    company = CompanyShortRow()
    role = serializers.ChoiceField(choices=Registration.Role.choices)
    status = serializers.ChoiceField(choices=Registration.Status.choices)
    chains = Words(source="chains.slug")
    main_segment = SegmentShortRow(allow_null=True)
    booth = serializers.CharField(source="booth.code", allow_null=True)
    pavilion = serializers.SlugField(source="pavilion.key", allow_null=True)
    attendance = serializers.ChoiceField(choices=Registration.Attendance.choices)
    evidence = serializers.ChoiceField(choices=[choice for choice in Registration.Evidence.choices if choice[0]], allow_blank=True)
    shown_en = serializers.CharField()
    shown_zh = serializers.CharField()
    changed_at = serializers.DateTimeField()
    external_id = serializers.CharField(allow_null=True, help_text=f"The company's own reference, or empty. {FOR_OWN}")
    parallel_meetings = serializers.IntegerField(allow_null=True, help_text=f"Desks: how many meetings can run at once. {FOR_OWN}")
    led_by = serializers.IntegerField(
        source="led_by_id", allow_null=True, help_text=f"The registration that brought this one, or null. {FOR_OWN}"
    )
    rejection_reason = serializers.CharField(allow_null=True, help_text=f"What to correct, or empty. {FOR_OWN}")
    created_at = serializers.DateTimeField(allow_null=True, help_text=FOR_OWN)
    submitted_at = serializers.DateTimeField(allow_null=True, help_text=f"Null while it is not sent. {FOR_OWN}")
    decided_at = serializers.DateTimeField(allow_null=True, help_text=f"Null while the organiser has not decided. {FOR_OWN}")
    is_key_client = serializers.BooleanField(allow_null=True, help_text="Set by the organiser; null for everybody else.")


class RegistrationColumns(RegistrationRow):
    """As `CompanyColumns`."""

    owner = serializers.IntegerField(source="company_id")


class MembershipRow(Row):
    id = serializers.IntegerField()
    company = serializers.SlugField(source="company.slug")
    company_name = serializers.CharField(source="company.name")
    name = serializers.CharField(source="user.full_name", help_text="Who stands for the company, or asks to.")
    email = serializers.CharField(
        source="user.email",
        allow_null=True,
        help_text="Null once the company has declined or the person took it back, and for staff who may not look at people.",
    )
    role = serializers.ChoiceField(choices=Member.Role.choices)
    status = serializers.ChoiceField(choices=Member.Status.choices)
    job_title = serializers.CharField()
    asked_at = serializers.DateTimeField()
    is_me = serializers.BooleanField(source=WORKED_OUT)


class MembershipColumns(MembershipRow):
    person = serializers.IntegerField(source="user_id")


class BlockRow(Row):
    id = serializers.IntegerField()
    company = serializers.SlugField(source="company.slug", help_text="Who set it.")
    blocked = serializers.SlugField(source="blocked.slug", help_text="Whom it never meets. Nobody tells them.")
    set_at = serializers.DateTimeField()


class ConsentRow(Row):
    id = serializers.IntegerField()
    field = serializers.CharField(help_text="Which field of yours.")
    shown_to = serializers.SlugField(source="shown_to.slug", help_text="To which company.")
    shown_to_name = serializers.CharField(source="shown_to.name")
    purpose = serializers.CharField(help_text="Why.")
    given_at = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True, help_text="When it was taken back.")


class CompanyMatchRow(Row):
    name = serializers.CharField()
    country = serializers.CharField(help_text="Its name, in the language asked for.")
    is_exact = serializers.BooleanField(
        help_text="The same name in the same country or region, or the same website: founding it again is refused."
    )
    why = serializers.CharField()
    slug = serializers.CharField(help_text="Empty while the company is not visible to you.")
    website = serializers.CharField(help_text="As `slug`.")
    is_demo = serializers.BooleanField(help_text="Invented; shown as such.")
    membership = serializers.CharField(help_text="`asked`, `active`, `declined` or `left` where you know the company already, or empty.")
    match = serializers.CharField(help_text="Names the company to `POST /memberships/`; good for you and for a day.")
