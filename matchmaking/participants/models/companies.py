"""Companies, who stands for them, and their registrations. They stand together: which of one is visible is asked of the others."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField
from simple_history.models import HistoricalRecords

from expo.accounts.models import User
from expo.editions.models import Chain, Edition, Segment, Source
from expo.foundation.bilingual import Bilingual, is_chinese
from expo.foundation.staff import acts_as_staff, may
from expo.foundation.versions import Versions
from expo.venue.models import Booth, Pavilion

Visitor = User | AnonymousUser
LONGEST_REFERENCE = 80


def logo_path(_company: "Company", _filename: str) -> str:
    """Store a logo under a random name; what the uploader called it is not kept."""
    return f"logos/{uuid.uuid4().hex}.webp"


class CompanyQuerySet(models.QuerySet["Company"]):
    def visible_to(self, visitor: Visitor) -> "CompanyQuerySet":
        """Companies with a verified registration, the visitor's own, and all of them for staff."""
        if acts_as_staff(visitor):
            return self
        # Asked row by row: one company, or a page of them, must not cost a walk through all registrations.
        seen = Q(Exists(Registration.objects.filter(company=OuterRef("pk"), status=Registration.Status.VERIFIED)))
        if visitor.is_authenticated:
            seen |= Q(pk__in=Member.objects.filter(user_id=visitor.pk, status=Member.Status.ACTIVE).values("company"))
        return self.filter(seen)


class Company(models.Model):
    """Who exhibits or buys: a company, an institution, a university, an organisation."""

    class Kind(models.TextChoices):
        COMPANY = "company", _("company")
        INSTITUTION = "institution", _("institution")
        UNIVERSITY = "university", _("university")
        INTERNATIONAL = "international_organisation", _("international organisation")
        ASSOCIATION = "association", _("association")

    slug = models.SlugField(_("address"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=160)
    name_zh = models.CharField(_("name (Chinese)"), max_length=160, blank=True)
    name_key = models.CharField(max_length=160, editable=False, db_index=True, help_text=_("The name without case, spaces and legal form."))
    country = CountryField(_("country/region"))
    kind = models.CharField(_("kind"), max_length=30, choices=Kind, default=Kind.COMPANY)
    website = models.URLField(_("website"), max_length=300, blank=True)
    domain = models.CharField(_("website domain"), max_length=200, blank=True, editable=False, db_index=True)
    about_en = models.TextField(_("about (English)"), blank=True, max_length=4000)
    about_zh = models.TextField(_("about (Chinese)"), blank=True, max_length=4000)
    fortune_global_500 = models.BooleanField(_("Fortune Global 500"), null=True, blank=True, help_text=_("Unknown when not sure."))
    logo = models.ImageField(_("logo"), upload_to=logo_path, blank=True)
    is_demo = models.BooleanField(_("demo"), default=False, help_text=_("Invented; always shown as such."))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)
    # Unique for each account that sets it, not for the site: nobody can take a number from others, or learn which ones they use.
    external_id = models.CharField(
        _("own reference"), max_length=LONGEST_REFERENCE, blank=True, default="", help_text=_("The company's own number for itself.")
    )
    external_id_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("own reference set by"),
    )
    sources = models.ManyToManyField(Source, verbose_name=_("sources"), blank=True, related_name="companies")

    about = Bilingual("about")
    history = HistoricalRecords(history_manager=Versions, excluded_fields=["name_key", "domain", "changed_at", "external_id_by"])
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["name_key", "country"], name="company_once_per_country"),
            models.UniqueConstraint(fields=["domain"], condition=~Q(domain=""), name="company_once_per_domain"),
            models.CheckConstraint(condition=~Q(name_key=""), name="company_name_says_something"),
            models.UniqueConstraint(
                fields=["external_id_by", "external_id"], condition=~Q(external_id=""), name="company_reference_once_per_account"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The name in the page's language, where the company has one."""
        return (self.name_zh or self.name) if is_chinese() else self.name

    @property
    def title_aside(self) -> str:
        """The name in the other language, '' where there is none."""
        return "" if not self.name_zh or self.name_zh == self.name else (self.name if is_chinese() else self.name_zh)


class MemberQuerySet(models.QuerySet["Member"]):
    def visible_to(self, visitor: Visitor) -> "MemberQuerySet":
        """One's own; who stands for a company that one owns, and who asks to; all for staff who may look at members."""
        if not visitor.is_authenticated:
            return self.none()
        if may(visitor, "participants.view_member"):
            return self
        theirs = Q(company__in=Member.objects.owned_by(visitor)) & ~Q(status=Member.Status.LEFT)
        return self.filter(Q(user_id=visitor.pk) | theirs)

    def of(self, visitor: Visitor) -> Any:
        """The keys of the companies that the visitor stands for, for use in a query."""
        if not visitor.is_authenticated:
            return self.none().values("company")
        return self.filter(user_id=visitor.pk, status=Member.Status.ACTIVE).values("company")

    def owned_by(self, visitor: Visitor) -> Any:
        """The keys of the companies that the visitor owns, for use in a query."""
        return self.of(visitor).filter(role=Member.Role.OWNER)


class Member(models.Model):
    """A person who stands for a company. Who asks to join waits for an owner's answer."""

    contact: dict[str, str]  # What may be shown of the person, where `queries.members_of` has asked.

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        REPRESENTATIVE = "representative", _("representative")

    class Status(models.TextChoices):
        ASKED = "asked", _("asked to join")
        ACTIVE = "active", _("active")
        DECLINED = "declined", _("declined")
        LEFT = "left", _("left")

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="members", verbose_name=_("company"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.REPRESENTATIVE)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ASKED)
    job_title = models.CharField(_("position"), max_length=120, blank=True)
    asked_at = models.DateTimeField(_("asked at"), auto_now_add=True)

    objects: ClassVar[Any] = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["company", "role", "id"]
        constraints = [
            models.UniqueConstraint(fields=["company", "user"], name="member_once_per_company"),
            models.CheckConstraint(condition=Q(status__in=["asked", "active", "declined", "left"]), name="member_status_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.company}"


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def verified(self) -> "RegistrationQuerySet":
        """Those that take part."""
        return self.filter(status=Registration.Status.VERIFIED)

    def visible_to(self, visitor: Visitor) -> "RegistrationQuerySet":
        """Verified exhibitors for everyone; one's own; all for staff. Who buys is not public."""
        if acts_as_staff(visitor):
            return self
        seen = Q(status=Registration.Status.VERIFIED, role=Registration.Role.EXHIBITOR)
        if visitor.is_authenticated:
            seen |= Q(company__in=Member.objects.filter(user_id=visitor.pk, status=Member.Status.ACTIVE).values("company"))
        return self.filter(seen)

    def exhibitors(self) -> "RegistrationQuerySet":
        return self.filter(role=Registration.Role.EXHIBITOR)

    def of(self, user: User) -> "RegistrationQuerySet":
        """Registrations of the companies that the person stands for."""
        return self.filter(company__members__user_id=user.pk, company__members__status=Member.Status.ACTIVE)

    def for_card(self) -> "RegistrationQuerySet":
        """With all that a list row reads."""
        return self.select_related("company", "edition", "booth", "main_segment__chain").prefetch_related("chains")


class Registration(models.Model):
    """A company's taking part in one edition in one role. Only a verified one is visible and may post or meet."""

    class Role(models.TextChoices):
        EXHIBITOR = "exhibitor", _("exhibitor")
        BUYER = "buyer", _("buyer")

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("submitted")
        VERIFIED = "verified", _("verified")
        REJECTED = "rejected", _("rejected")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Attendance(models.TextChoices):
        ON_SITE = "on_site", _("on site")
        ONLINE = "online", _("online")

    class Evidence(models.TextChoices):
        REGISTERED = "", _("registered here")
        EXHIBITED = "exhibited", _("exhibited")
        CO_EXHIBITED = "co_exhibited", _("shown on a partner's stand")
        ANNOUNCED = "announced", _("announced as coming")
        SIGNED = "signed", _("signed up at the edition before")

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="registrations", verbose_name=_("company"))
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="registrations", verbose_name=_("edition"))
    role = models.CharField(_("role"), max_length=10, choices=Role)
    chains = models.ManyToManyField(Chain, verbose_name=_("chains of interest"), blank=True, related_name="registrations")
    main_segment = models.ForeignKey(
        Segment, on_delete=models.SET_NULL, null=True, blank=True, related_name="registrations", verbose_name=_("main segment")
    )
    attendance = models.CharField(_("attendance"), max_length=8, choices=Attendance, default=Attendance.ON_SITE)
    parallel_meetings = models.PositiveSmallIntegerField(
        _("desks"), default=1, validators=[MinValueValidator(1), MaxValueValidator(50)], help_text=_("How many meetings can run at once.")
    )
    booth = models.OneToOneField(
        Booth, on_delete=models.SET_NULL, null=True, blank=True, related_name="registration", verbose_name=_("booth")
    )
    pavilion = models.ForeignKey(
        Pavilion, on_delete=models.SET_NULL, null=True, blank=True, related_name="registrations", verbose_name=_("pavilion")
    )
    led_by = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="partners", verbose_name=_("brought by")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    rejection_reason = models.TextField(_("reason for rejection"), blank=True, max_length=1000)
    is_key_client = models.BooleanField(_("key client"), default=False, help_text=_("Set by staff."))
    evidence = models.CharField(
        _("evidence"),
        max_length=14,
        choices=Evidence,
        default=Evidence.REGISTERED,
        blank=True,
        help_text=_("For rows taken from published reports."),
    )
    shown_en = models.TextField(_("what it showed (English)"), blank=True)
    shown_zh = models.TextField(_("what it showed (Chinese)"), blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)
    external_id = models.CharField(
        _("own reference"),
        max_length=LONGEST_REFERENCE,
        blank=True,
        default="",
        help_text=_("The company's own number for it; once per company."),
    )

    shown = Bilingual("shown")
    history = HistoricalRecords(history_manager=Versions, excluded_fields=["changed_at"])
    objects: ClassVar[Any] = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["company", "edition", "role"], name="one_registration_per_role"),
            models.UniqueConstraint(
                fields=["company", "external_id"], condition=~Q(external_id=""), name="registration_reference_once_per_company"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "submitted", "verified", "rejected", "withdrawn"]), name="registration_status_is_known"
            ),
            models.CheckConstraint(condition=Q(role__in=["exhibitor", "buyer"]), name="registration_role_is_known"),
            models.CheckConstraint(condition=~Q(status="rejected") | ~Q(rejection_reason=""), name="rejection_has_reason"),
            models.CheckConstraint(condition=Q(booth__isnull=True) | Q(role="exhibitor"), name="only_exhibitors_have_booths"),
            models.CheckConstraint(
                condition=Q(booth__isnull=True) | Q(status__in=["submitted", "verified", "draft"]), name="booth_is_freed_when_leaving"
            ),
            models.CheckConstraint(condition=Q(parallel_meetings__gte=1, parallel_meetings__lte=50), name="desks_between_1_and_50"),
        ]
        indexes = [models.Index(fields=["edition", "role", "status"], name="registration_list")]

    def __str__(self) -> str:
        return f"{self.company}, {self.edition}, {self.get_role_display()}"
