import uuid
from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import ProtectedError, Q
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField
from simple_history.models import HistoricalRecords

from expo.editions.models import Chain, Edition, Segment
from expo.foundation import staff
from expo.foundation.money import CURRENCY_CHOICES
from expo.foundation.versions import Versions
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.meetings.models import Meeting
from matchmaking.participants.models import Company, Member, Visitor

ON_RECORD = "An agreement on record is voided, never deleted."


def document_path(_agreement: "Agreement", _filename: str) -> str:
    """Store a document under a random name."""
    return f"agreements/{uuid.uuid4().hex}.pdf"


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete drafts. What is on record can only be voided.

        Raises:
            ProtectedError: one of the rows is on record; then none is deleted.
        """
        recorded = self.exclude(status=Agreement.Status.DRAFT)
        if recorded.exists():
            raise ProtectedError(ON_RECORD, set(recorded[:10]))
        return super().delete()

    def for_list(self) -> "AgreementQuerySet":
        """With all that a list row reads."""
        # Companies come with the parties: fetched by themselves, a thousand of them are more than one query of SQLite takes.
        parties = Party.objects.select_related("company").order_by("order", "pk")
        return self.select_related("edition", "chain", "segment").prefetch_related(models.Prefetch("parties", parties))

    def counted(self) -> "AgreementQuerySet":
        """Those that a total counts: recorded or further, neither disputed nor void."""
        return self.filter(status__in=Agreement.COUNTED)

    def visible_to(self, visitor: Visitor) -> "AgreementQuerySet":
        """Public and anonymous ones that count; all of them for staff who see the ledger. `totals_only` rows are seen by them alone."""
        if staff.may(visitor, "agreements.view_agreement"):
            return self
        return self.counted().exclude(visibility=Agreement.Visibility.TOTALS_ONLY)

    def of_party(self, visitor: Visitor) -> "AgreementQuerySet":
        """Those that count and that a company of the visitor has signed, whoever else may see them."""
        return self.counted().filter(pk__in=Party.objects.filter(company__in=Member.objects.of(visitor)).values("agreement"))

    def known_to(self, visitor: Visitor) -> "AgreementQuerySet":
        """What everybody sees, and what the visitor's companies have signed."""
        return self.counted().filter(
            ~Q(visibility=Agreement.Visibility.TOTALS_ONLY)
            | Q(pk__in=Party.objects.filter(company__in=Member.objects.of(visitor)).values("agreement"))
        )

    def on_desk_of(self, visitor: Visitor) -> "AgreementQuerySet":
        """What the visitor's companies are asked about or have signed, whatever its state, and the drafts that they wrote.

        A draft is known to who wrote it alone, so that nobody reads what is not said yet.
        """
        mine = Member.objects.of(visitor)
        sent = ~Q(status=Agreement.Status.DRAFT) & Q(pk__in=Party.objects.filter(company__in=mine).values("agreement"))
        return self.filter(Q(drafted_for__in=mine) | sent)


class Agreement(models.Model):
    """A cooperation agreement or intention, as a party or the organiser wrote it down. Nothing on record is deleted: a wrong row is voided.

    `version` counts the corrections of what is on record, from 1: what a party confirmed, it confirmed of one version. `drafted_for` is the
    company that wrote the draft, None for the organiser. `meeting`, `offer` and `sourcing_request` say what it grew from.
    """

    class Kind(models.TextChoices):
        AGREEMENT = "agreement", _("agreement")
        INTENTION = "intention", _("intention")

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("sent to the parties")
        RECORDED = "recorded", _("recorded")
        CONFIRMED = "confirmed", _("confirmed")
        VERIFIED = "verified", _("verified")
        DISPUTED = "disputed", _("disputed")
        VOID = "void", _("void")

    class Visibility(models.TextChoices):
        PUBLIC = "public", _("public")
        ANONYMOUS = "anonymous", _("anonymous: shown without names")
        TOTALS_ONLY = "totals_only", _("totals only: never shown as a row")

    COUNTED = ("recorded", "confirmed", "verified")

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="agreements", verbose_name=_("edition"))
    number = models.PositiveIntegerField(
        _("number"), null=True, blank=True, editable=False, help_text=_("Given when recorded, without gaps.")
    )
    title = models.CharField(_("title"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="agreements", verbose_name=_("chain"))
    segment = models.ForeignKey(
        Segment, on_delete=models.PROTECT, null=True, blank=True, related_name="agreements", verbose_name=_("segment")
    )
    signed_on = models.DateField(_("signed on"))
    amount = models.DecimalField(
        _("amount"),
        max_digits=18,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01"))],
        help_text=_("Empty when not disclosed."),
    )
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCY_CHOICES, blank=True)
    is_undisclosed = models.BooleanField(_("amount not disclosed"), default=False)
    amount_cny = models.DecimalField(_("amount in CNY"), max_digits=20, decimal_places=2, null=True, blank=True, editable=False)
    rate_used = models.DecimalField(_("rate used"), max_digits=14, decimal_places=6, null=True, blank=True, editable=False)
    visibility = models.CharField(_("visibility"), max_length=12, choices=Visibility, default=Visibility.PUBLIC)
    document = models.FileField(_("document"), upload_to=document_path, blank=True)
    document_sha256 = models.CharField(_("document's SHA-256"), max_length=64, blank=True, editable=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    void_reason = models.TextField(_("why void"), blank=True, max_length=1000, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("recorded by"),
    )
    recorded_at = models.DateTimeField(_("recorded at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    meeting = models.ForeignKey(
        Meeting,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="agreements",
        editable=False,
        verbose_name=_("meeting"),
    )
    offer = models.ForeignKey(
        Offer, on_delete=models.SET_NULL, null=True, blank=True, related_name="agreements", editable=False, verbose_name=_("offer")
    )
    sourcing_request = models.ForeignKey(
        SourcingRequest,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="agreements",
        editable=False,
        verbose_name=_("request"),
    )
    drafted_for = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="agreements_drafted",
        editable=False,
        verbose_name=_("drafted for"),
        help_text=_("Empty when the organiser wrote it."),
    )
    submitted_at = models.DateTimeField(_("sent to the parties at"), null=True, blank=True, editable=False)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("verified by"),
    )
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="merged",
        editable=False,
        verbose_name=_("merged into"),
    )
    dispute_reason = models.TextField(_("why disputed"), blank=True, default="", max_length=1000, editable=False)
    external_id = models.CharField(
        _("own reference"), max_length=80, blank=True, default="", help_text=_("What another system of the organiser calls the row.")
    )

    history = HistoricalRecords(history_manager=Versions)
    objects: ClassVar[Any] = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ["-signed_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "number"], name="agreement_number_once_per_edition"),
            models.CheckConstraint(condition=Q(amount__isnull=True) | Q(amount__gt=0), name="agreement_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(is_undisclosed=True, amount__isnull=True, amount_cny__isnull=True)
                | (Q(is_undisclosed=False, amount__isnull=False) & ~Q(currency="")),
                name="agreement_amount_or_undisclosed",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "submitted", "recorded", "confirmed", "verified", "disputed", "void"]),
                name="agreement_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "submitted"]) | Q(number__isnull=False), name="recorded_agreement_has_number"
            ),
            models.CheckConstraint(condition=~Q(status="void") | ~Q(void_reason=""), name="void_has_reason"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "submitted"]) | Q(is_undisclosed=True) | Q(amount_cny__isnull=False),
                name="recorded_amount_is_in_yuan",
            ),
            models.CheckConstraint(condition=Q(merged_into__isnull=True) | Q(status="void"), name="merged_agreement_is_void"),
            models.CheckConstraint(condition=Q(version__gte=1), name="agreement_versions_count_from_one"),
            models.UniqueConstraint(
                fields=["edition", "external_id"], condition=~Q(external_id=""), name="agreement_reference_once_per_edition"
            ),
        ]
        indexes = [models.Index(fields=["edition", "status", "kind"], name="agreement_totals")]
        permissions = [
            ("record_agreement", _("May record agreements")),
            ("void_agreement", _("May void agreements")),
            ("verify_agreement", _("May verify agreements")),
            ("correct_agreement", _("May correct agreements on record and settle disputes")),
            ("merge_agreement", _("May merge duplicates")),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.title}"

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete a draft.

        Raises:
            ProtectedError: the agreement is on record.
        """
        if self.status != self.Status.DRAFT:
            raise ProtectedError(ON_RECORD, {self})
        return super().delete(*args, **kwargs)

    def parties_in_order(self) -> "models.QuerySet[Party]":
        """Return its parties with their companies, as they stand on every page."""
        return self.parties.select_related("company").order_by("order", "pk")

    @property
    def is_draft(self) -> bool:
        """Whether it can still be changed."""
        return self.status == self.Status.DRAFT

    @property
    def label(self) -> str:
        """The human number: "2026-0007"; a draft has none yet."""
        return f"{self.edition.slug}-{self.number:04d}" if self.number else str(_("draft"))


class Party(models.Model):
    """One side of an agreement: a registered company, or a named outside party with its country. Its row stays while it stays a party."""

    class Role(models.TextChoices):
        SUPPLIER = "supplier", _("supplier")
        CUSTOMER = "customer", _("customer")
        OTHER = "other", _("other")

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="parties", verbose_name=_("agreement"))
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, null=True, blank=True, related_name="agreement_parties", verbose_name=_("registered company")
    )
    outside_name = models.CharField(_("outside party"), max_length=160, blank=True)
    outside_key = models.CharField(max_length=160, blank=True, editable=False)
    country = CountryField(_("country/region"), blank=True, help_text=_("For an outside party."))
    order = models.PositiveSmallIntegerField(default=0)
    role = models.CharField(_("role"), max_length=8, choices=Role, blank=True, default="")

    history = HistoricalRecords(history_manager=Versions)

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        ordering = ["agreement", "order", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(company__isnull=False, outside_name="") | (Q(company__isnull=True) & ~Q(outside_name="") & ~Q(country="")),
                name="party_is_registered_or_named",
            ),
            models.UniqueConstraint(fields=["agreement", "company"], name="company_once_per_agreement"),
            models.UniqueConstraint(
                fields=["agreement", "outside_key"], condition=~Q(outside_key=""), name="outside_party_once_per_agreement"
            ),
            models.CheckConstraint(condition=Q(role__in=["", "supplier", "customer", "other"]), name="party_role_is_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The party's name in the page's language."""
        return self.company.title if self.company else self.outside_name
