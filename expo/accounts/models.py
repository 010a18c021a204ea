import secrets
import zoneinfo
from typing import Any, ClassVar

from django.conf.locale import LANG_INFO
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken

from expo.foundation.models import OutboxMessage
from expo.foundation.staff import acts_as_staff

# Django's own list: names come translated with it. Chinese is one language to speak, whatever it is written in.
LANGUAGE_NAMES = {code: info["name_local"] for code, info in LANG_INFO.items() if code.isalpha() and len(code) < len("eng")} | {
    "zh": "中文"
}
MOST_LANGUAGES = 12
Way = OutboxMessage.Way


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person who signs in with `email`."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


def known_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("“%(name)s” is not a time zone, for example Asia/Shanghai."), params={"name": name})


def known_languages(codes: object) -> None:
    """Refuse what is not a short list of two-letter language codes ("en", "zh")."""
    if (
        not isinstance(codes, list)
        or len(codes) > MOST_LANGUAGES
        or not all(isinstance(code, str) and code in LANGUAGE_NAMES for code in codes)
    ):
        raise ValidationError(_("Write languages as codes of two letters, for example en, zh, de."))


class User(AbstractBaseUser, PermissionsMixin):
    """The person who signs in. The e-mail address is the login; there is no user name."""

    class Language(models.TextChoices):
        ENGLISH = "en", _("English")
        CHINESE = "zh-hans", _("Chinese")

    email = models.EmailField(_("e-mail address"), unique=True)
    full_name = models.CharField(_("name"), max_length=120)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=10, choices=Language, default=Language.ENGLISH)
    time_zone = models.CharField(_("time zone"), max_length=60, default="Asia/Shanghai", validators=[known_time_zone])
    speaks = models.JSONField(
        _("languages spoken"), default=list, blank=True, validators=[known_languages], help_text=_("Empty means the language of the pages.")
    )
    wants_match_mail = models.BooleanField(
        _("mails of new matches"), default=True, help_text=_("At most one in 12 hours, and none when there is nothing new.")
    )
    mails_of_requests = models.CharField(_("requests and answers"), max_length=8, choices=Way, default=Way.GATHERED)
    mails_of_meetings = models.CharField(_("changes of agreed meetings"), max_length=8, choices=Way, default=Way.AT_ONCE)
    mails_of_reminders = models.CharField(_("reminders"), max_length=8, choices=Way, default=Way.AT_ONCE)
    mails_of_messages = models.CharField(_("messages of the other side"), max_length=8, choices=Way, default=Way.GATHERED)
    mails_of_agreements = models.CharField(_("agreements"), max_length=8, choices=Way, default=Way.AT_ONCE)
    is_staff = models.BooleanField(_("staff"), default=False, help_text=_("May enter the organiser's desk."))
    is_active = models.BooleanField(_("active"), default=True, help_text=_("Unmark instead of deleting."))
    date_joined = models.DateTimeField(_("joined at"), default=timezone.now)
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True, editable=False)
    end_announced_on = models.DateField(
        null=True, blank=True, editable=False, help_text=_("When the person was told that the account ends for want of use.")
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    # Noted by the door that the person came through, for as long as this object lives.
    second_factor_given = False

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [models.UniqueConstraint(Lower("email"), name="one_account_per_address")]
        permissions = [("erase_person", _("May erase people who ask for it"))]

    def __str__(self) -> str:
        # Not the address: who may read the log need not be one who may read addresses.
        return self.full_name or str(_("person %(number)s") % {"number": self.pk})

    @property
    def acts_as_staff(self) -> bool:
        """For templates; see `expo.foundation.staff`."""
        return acts_as_staff(self)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Permissions are for the staff's work: who does not act as staff now has none."""
        return acts_as_staff(self) and super().has_perm(perm, obj)

    def has_module_perms(self, app_label: str) -> bool:
        return acts_as_staff(self) and super().has_module_perms(app_label)

    @property
    def spoken(self) -> frozenset[str]:
        """The languages in which the person can be met, as two-letter codes: never none."""
        return frozenset(self.speaks) or frozenset({self.language.partition("-")[0]})

    def get_full_name(self) -> str:
        return self.full_name or self.email

    def get_short_name(self) -> str:
        return self.full_name or self.email


def display_name(user: User) -> str:
    """Name a person to others: never by address."""
    return user.full_name or str(_("Unnamed person"))


def copy_name() -> str:
    """A name that nobody guesses; who asks for the file is checked all the same."""
    return secrets.token_urlsafe(32)


class OwnCopy(models.Model):
    """A person's own data, asked for on a page and packed by the worker; there for a day, for that person alone."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="own_copies", verbose_name=_("person"))
    name = models.CharField(max_length=64, unique=True, default=copy_name, editable=False)
    asked_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    ready_at = models.DateTimeField(_("ready at"), null=True, blank=True)
    size = models.PositiveBigIntegerField(_("bytes"), default=0)

    class Meta:
        verbose_name = _("copy of one's data")
        verbose_name_plural = _("copies of one's data")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M}"


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def live(self) -> "ApiKeyQuerySet":
        """Keys that were not revoked and have not run out. A key may still have ended with a password: see `ApiKey.state`."""
        return self.filter(revoked_at=None, expiry__gt=timezone.now())

    def visible_to(self, visitor: Any) -> "ApiKeyQuerySet":
        """One's own."""
        return self.filter(user_id=visitor.pk) if visitor.is_authenticated else self.none()


class ApiKey(AbstractAuthToken):  # type: ignore[misc] # the library is untyped
    """A key with which programs act as a person. The secret is shown once; what is kept is its digest and its first 15 signs.

    It ends when it is revoked, when it runs out, when the person's password changes and when the account is switched off.
    """

    class Scope(models.TextChoices):
        READ = "read", _("read")
        WRITE = "write", _("read and write")

    digest = models.CharField(max_length=128, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", verbose_name=_("person"))
    name = models.CharField(_("name"), max_length=80)
    scope = models.CharField(_("scope"), max_length=5, choices=Scope)
    password_stamp = models.CharField(max_length=64, editable=False)
    with_second_factor = models.BooleanField(_("made with two steps"), default=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(expiry__isnull=False), name="every_key_ends"),
            models.CheckConstraint(condition=models.Q(scope__in=["read", "write"]), name="key_scope_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def caller(self) -> str:
        """Its name in the counts of requests."""
        return f"key:{self.pk}"

    @property
    def may_write(self) -> bool:
        return self.scope == self.Scope.WRITE

    @property
    def state(self) -> str:
        """Return live, revoked, expired, or password_changed. Reads the person."""
        if self.revoked_at:
            return "revoked"
        if self.expiry is None or self.expiry <= timezone.now():
            return "expired"
        return "live" if constant_time_compare(self.password_stamp, password_stamp(self.user)) else "password_changed"


def password_stamp(user: User) -> str:
    """Return what changes with the password and says nothing about it."""
    return str(salted_hmac("expo.accounts.ApiKey", user.password, algorithm="sha256").hexdigest())
