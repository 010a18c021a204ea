import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from django_countries.fields import CountryField
from simple_history.models import HistoricalRecords

from expo.editions.models import Edition, Segment
from expo.foundation.fields import CodesField
from expo.foundation.money import CURRENCY_CHOICES
from expo.foundation.staff import acts_as_staff
from expo.foundation.units import UNIT_CHOICES
from expo.foundation.versions import Versions
from matchmaking.participants.models import Member, Registration, Visitor

HS_CODE = RegexValidator(r"^\d{2}(\d{2}(\d{2})?)?$", _("An HS code has 2, 4 or 6 digits, for example 854129."))
INCOTERMS = [(code, code) for code in ("EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP")]
LONGEST_LEAD_DAYS = 3650
LANGUAGES = [("en", _("English")), ("zh-hans", _("Chinese"))]


def certificate_path(_certificate: "OfferCertificate", _filename: str) -> str:
    """Store a certificate's file under a random name."""
    return f"certificates/{uuid.uuid4().hex}.pdf"


class PostingStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("in review")
    CHANGES_REQUESTED = "changes_requested", _("changes requested")
    PUBLISHED = "published", _("published")
    PAUSED = "paused", _("paused")
    FULFILLED = "fulfilled", _("fulfilled")
    EXPIRED = "expired", _("expired")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Certificate(models.Model):
    """A standard or mark by its usual name ("IATF 16949"); one row for each, so that offers and requests mean the same."""

    name = models.CharField(_("name"), max_length=80)
    key = models.CharField(_("key"), max_length=80, unique=True, editable=False, help_text=_("The name without case, spaces and signs."))

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PostingQuerySet(models.QuerySet[Any]):
    def published(self) -> Any:
        """Open to be found now: published, not run out, and by a company that takes part."""
        return self.filter(
            status=PostingStatus.PUBLISHED,
            valid_until__gte=timezone.localdate(),
            registration__status=Registration.Status.VERIFIED,
        )

    def visible_to(self, visitor: Visitor) -> Any:
        """Published ones for everyone, one's own in any state, all for staff. Invited-only requests are for invited eyes."""
        if acts_as_staff(visitor):
            return self
        seen = self._open_to_all()
        if visitor.is_authenticated:
            own = Member.objects.filter(user_id=visitor.pk, status=Member.Status.ACTIVE).values("company")
            seen |= Q(registration__company__in=own)
        return self.filter(seen)

    def _open_to_all(self) -> Q:
        return Q(
            status=PostingStatus.PUBLISHED,
            valid_until__gte=timezone.localdate(),
            registration__status=Registration.Status.VERIFIED,
        )

    def in_edition(self, edition: Edition) -> Any:
        return self.filter(registration__edition=edition)

    def for_card(self) -> Any:
        """With all that a card reads, in one query; `cards.cards_of` adds the certificates. Long texts stay behind."""
        return self.select_related("registration__company", "registration__booth", "segment__chain").defer(
            "description",
            "registration__company__about_en",
            "registration__company__about_zh",
            "registration__shown_en",
            "registration__shown_zh",
            "segment__chain__summary_en",
            "segment__chain__summary_zh",
        )

    def for_page(self) -> Any:
        """With all that a posting's own page reads. Two queries."""
        held = OfferCertificate if self.model is Offer else RequestCertificate
        named = held.objects.select_related("certificate").order_by("certificate__name")
        return self.select_related(
            "registration__company", "registration__booth", "registration__edition", "segment__chain"
        ).prefetch_related(models.Prefetch("certificates", named))


class SourcingRequestQuerySet(PostingQuerySet):
    def _open_to_all(self) -> Q:
        return super()._open_to_all() & ~Q(visibility=SourcingRequest.Visibility.INVITED)

    def published(self) -> Any:
        """As for offers; requests for invited eyes only are not counted among the open ones."""
        return super().published().exclude(visibility=SourcingRequest.Visibility.INVITED)

    def named(self) -> Any:
        """Those that say who buys: the only ones that a company's page, a filter by company or a search for its name may show."""
        return self.filter(visibility=SourcingRequest.Visibility.PUBLIC)


class Posting(models.Model):
    """What an offer and a request share: who, where on the chain, in which words, and the ladder."""

    if TYPE_CHECKING:
        registration: models.ForeignKey[Registration, Registration]
        registration_id: int

    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="%(class)ss", verbose_name=_("segment"))
    title = models.CharField(_("title"), max_length=160)
    description = models.TextField(_("description"), max_length=6000, blank=True)
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES, default="en")
    title_other = models.CharField(_("title in the other language"), max_length=160, blank=True)
    hs_code = models.CharField(_("HS code"), max_length=6, blank=True, validators=[HS_CODE])
    unit = models.CharField(_("unit"), max_length=10, choices=UNIT_CHOICES, default="pc")
    incoterms = CodesField(_("incoterms"), codes=INCOTERMS)
    status = models.CharField(_("status"), max_length=20, choices=PostingStatus, default=PostingStatus.DRAFT)
    review_reason = models.TextField(_("what to change"), blank=True, max_length=1000)
    valid_until = models.DateField(_("open until"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    is_demo = models.BooleanField(_("demo"), default=False)
    external_id = models.CharField(
        _("own reference"), max_length=80, blank=True, default="", help_text=_("The company's own number for it; once per registration.")
    )
    reminded_days = models.PositiveSmallIntegerField(
        null=True, blank=True, editable=False, help_text=_("How many days before its end the owners were last reminded.")
    )
    # Kept in base units and yuan at the edition's rate, so that lists filter and sort without arithmetic.
    price_cny_base = models.DecimalField(max_digits=24, decimal_places=8, null=True, blank=True, editable=False)
    base_unit = models.CharField(max_length=10, blank=True, editable=False)
    quantity_base = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True, editable=False)

    class Meta:
        abstract = True
        ordering = ["-published_at", "-id"]

    def __str__(self) -> str:
        return self.title_here

    def get_absolute_url(self) -> str:
        """The address of its page in the active language."""
        return reverse("offer" if self.kind == "offer" else "sourcing_request", args=[self.pk])

    @property
    def title_here(self) -> str:
        """The title in the active language, where the author gave one."""
        return self.title_other if self.title_other and self.language != (get_language() or "en") else self.title

    @property
    def kind(self) -> str:
        """The word for it in addresses and cards: "offer" or "request"."""
        return "offer" if isinstance(self, Offer) else "request"

    @property
    def is_open(self) -> bool:
        """Published and not run out."""
        return self.status == PostingStatus.PUBLISHED and self.valid_until is not None and self.valid_until >= timezone.localdate()


def ladder_constraints(name: str) -> list[models.CheckConstraint]:
    """The checks that both ladders share, named for the table they keep."""
    return [
        models.CheckConstraint(condition=Q(status__in=PostingStatus.values), name=f"{name}_status_is_known"),
        models.CheckConstraint(condition=~Q(status="changes_requested") | ~Q(review_reason=""), name=f"{name}_review_has_reason"),
        models.CheckConstraint(
            condition=~Q(status="published") | Q(valid_until__isnull=False, published_at__isnull=False), name=f"{name}_published_has_end"
        ),
    ]


class Offer(Posting):
    """What a verified exhibitor has to sell."""

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="offers", verbose_name=_("exhibitor"))
    unit_price = models.DecimalField(
        _("price"), max_digits=18, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(Decimal(0))]
    )
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCY_CHOICES, blank=True)
    price_unit = models.CharField(_("price per"), max_length=10, choices=UNIT_CHOICES, blank=True)
    minimum_quantity = models.DecimalField(
        _("minimum order"), max_digits=18, decimal_places=3, null=True, blank=True, validators=[MinValueValidator(Decimal("0.001"))]
    )
    monthly_capacity = models.DecimalField(
        _("monthly capacity"), max_digits=18, decimal_places=3, null=True, blank=True, validators=[MinValueValidator(Decimal("0.001"))]
    )
    lead_time_days = models.PositiveIntegerField(
        _("lead time in days"), null=True, blank=True, validators=[MaxValueValidator(LONGEST_LEAD_DAYS)]
    )
    origin = CountryField(_("origin"), blank=True)
    ships_to = CodesField(_("ships to"), codes=countries, help_text=_("None chosen means anywhere."), max_length=900)
    is_debut = models.BooleanField(_("debut"), default=False, help_text=_("Shown here for the first time."))

    history = HistoricalRecords(history_manager=Versions)
    objects: ClassVar[Any] = PostingQuerySet.as_manager()

    class Meta(Posting.Meta):
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = [
            *ladder_constraints("offer"),
            models.CheckConstraint(condition=Q(unit_price__isnull=True) | Q(unit_price__gte=0), name="offer_price_is_not_negative"),
            models.CheckConstraint(
                condition=Q(unit_price__isnull=True) | (~Q(currency="") & ~Q(price_unit="")), name="offer_price_has_currency_and_unit"
            ),
            models.CheckConstraint(
                condition=Q(minimum_quantity__isnull=True) | Q(minimum_quantity__gt=0), name="offer_minimum_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(monthly_capacity__isnull=True) | Q(monthly_capacity__gt=0), name="offer_capacity_is_positive"
            ),
            models.UniqueConstraint(
                fields=["registration", "external_id"], condition=~Q(external_id=""), name="offer_reference_once_per_registration"
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-published_at", "-id"], name="offer_newest"),
            models.Index(fields=["status", "-id"], name="offer_latest"),
            models.Index(fields=["status", "valid_until", "-id"], name="offer_closing"),
            models.Index(fields=["status", "price_cny_base", "-id"], name="offer_cheapest"),
            models.Index(fields=["status", "lead_time_days", "-id"], name="offer_soonest"),
            models.Index(fields=["segment", "status", "-published_at", "-id"], name="offer_newest_of_segment"),
        ]


class SourcingRequest(Posting):
    """What a verified buyer looks for. Each requirement is a must or a wish."""

    class Visibility(models.TextChoices):
        PUBLIC = "public", _("everyone")
        NAME_HIDDEN = "name_hidden", _("name hidden until I accept")
        INVITED = "invited", _("invited only")

    class Requirement(models.TextChoices):
        CERTIFICATES = "CERTS", _("certificates")
        DELIVERY = "MARKET", _("delivery place")
        ORIGIN = "ORIGIN", _("origin")
        QUANTITY = "QUANTITY", _("quantity")
        PRICE = "PRICE", _("budget")
        LEAD_TIME = "LEAD", _("date")
        INCOTERMS = "TERMS", _("incoterms")

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="requests", verbose_name=_("buyer"))
    quantity = models.DecimalField(
        _("quantity"), max_digits=18, decimal_places=3, null=True, blank=True, validators=[MinValueValidator(Decimal("0.001"))]
    )
    budget = models.DecimalField(
        _("budget per unit"), max_digits=18, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(Decimal(0))]
    )
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCY_CHOICES, blank=True)
    budget_unit = models.CharField(_("budget per"), max_length=10, choices=UNIT_CHOICES, blank=True)
    needed_by = models.DateField(_("needed by"), null=True, blank=True)
    deliver_to = CountryField(_("deliver to"), blank=True)
    origins_accepted = CodesField(_("origins accepted"), codes=countries, help_text=_("None chosen means any."), max_length=900)
    musts = CodesField(
        _("must have"),
        codes=Requirement.choices,
        default="CERTS,MARKET,ORIGIN,QUANTITY,PRICE,LEAD",
        help_text=_("What an offer may not miss. The rest are wishes."),
    )
    visibility = models.CharField(_("who may see it"), max_length=12, choices=Visibility, default=Visibility.PUBLIC)
    answer_cap = models.PositiveSmallIntegerField(
        _("most answers"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Shields you from more. Empty means no limit."),
    )

    history = HistoricalRecords(history_manager=Versions)
    objects: ClassVar[Any] = SourcingRequestQuerySet.as_manager()

    class Meta(Posting.Meta):
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        constraints = [
            *ladder_constraints("request"),
            models.CheckConstraint(condition=Q(budget__isnull=True) | Q(budget__gte=0), name="request_budget_is_not_negative"),
            models.CheckConstraint(
                condition=Q(budget__isnull=True) | (~Q(currency="") & ~Q(budget_unit="")), name="request_budget_has_currency_and_unit"
            ),
            models.CheckConstraint(condition=Q(quantity__isnull=True) | Q(quantity__gt=0), name="request_quantity_is_positive"),
            models.UniqueConstraint(
                fields=["registration", "external_id"], condition=~Q(external_id=""), name="request_reference_once_per_registration"
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-published_at", "-id"], name="request_newest"),
            models.Index(fields=["status", "-id"], name="request_latest"),
            models.Index(fields=["status", "valid_until", "-id"], name="request_closing"),
            models.Index(fields=["status", "price_cny_base", "-id"], name="request_cheapest"),
            models.Index(fields=["segment", "status", "-published_at", "-id"], name="request_newest_of_segment"),
        ]


# Inviting one by one needs meetings; until then nothing offers it.
VISIBILITIES = [choice for choice in SourcingRequest.Visibility.choices if choice[0] != SourcingRequest.Visibility.INVITED]


class OfferCertificate(models.Model):
    """A certificate that an offer holds, with its end and its proof."""

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="certificates", verbose_name=_("offer"))
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="held", verbose_name=_("certificate"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    file = models.FileField(_("file"), upload_to=certificate_path, blank=True)

    class Meta:
        verbose_name = _("certificate of an offer")
        verbose_name_plural = _("certificates of an offer")
        constraints = [models.UniqueConstraint(fields=["offer", "certificate"], name="certificate_once_per_offer")]

    def __str__(self) -> str:
        return str(self.certificate)


class RequestCertificate(models.Model):
    """A certificate that a request asks for."""

    request = models.ForeignKey(SourcingRequest, on_delete=models.CASCADE, related_name="certificates", verbose_name=_("request"))
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="asked", verbose_name=_("certificate"))

    class Meta:
        verbose_name = _("certificate of a request")
        verbose_name_plural = _("certificates of a request")
        constraints = [models.UniqueConstraint(fields=["request", "certificate"], name="certificate_once_per_request")]

    def __str__(self) -> str:
        return str(self.certificate)
