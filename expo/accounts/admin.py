"""People and roles on the organiser's desk, and the door to it.

Signing in goes through the site's own sign-in: rate limits, second factor, list of sessions. Only a superuser changes who is staff,
who is superuser, groups and permissions, and only a superuser touches the account of somebody on the staff.
"""

from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _

from expo.accounts import actions
from expo.accounts.models import ApiKey, User
from expo.foundation.staff import acts_as_staff

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


class NewPersonForm(forms.ModelForm):  # type: ignore[type-arg] # generic only in the stubs
    address_is_checked = forms.BooleanField(
        label=_("The address is checked"), required=False, help_text=_("Otherwise the person confirms it by mail when signing in.")
    )

    class Meta:
        model = User
        fields = ("email", "full_name", "language", "time_zone")

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if User.objects.filter(email__iexact=email).exists() or EmailAddress.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(_("Somebody has an account with this address already."))
        return email

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit=False)
        user.set_unusable_password()
        if commit:
            user.save()
        return user


@admin.register(User)
class PersonAdmin(UserAdmin[User]):
    add_form = NewPersonForm
    list_display = ["email", "full_name", "language", "is_active", "is_staff", "last_login", "date_joined"]
    list_filter = ["is_active", "is_staff", "is_superuser", "groups", "language"]
    search_fields = ["email", "full_name"]
    ordering = ["email"]
    date_hierarchy = "date_joined"
    readonly_fields = ["email", "last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["email", "full_name", "phone", "language", "time_zone"]}),
        (_("Rights"), {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "fields": ["email", "full_name", "language", "time_zone", "address_is_checked"],
                "description": _("The person sets a password with “Forgot your password?” on the sign-in page."),
            },
        ),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return []
        return [*self.readonly_fields, *(() if _is_superuser(request) else (*RIGHTS, "is_active"))]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        touches_staff = obj is not None and (obj.is_staff or obj.is_superuser)
        return super().has_change_permission(request, obj) and (_is_superuser(request) or not touches_staff)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002 - Django's name
        if not _is_superuser(request):
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            checked = bool(form.cleaned_data.get("address_is_checked"))
            EmailAddress.objects.create(user=obj, email=obj.email, primary=True, verified=checked)


admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(GroupAdmin):
    """Groups hold rights: whoever could change them could take any right. Others only look."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)


@admin.register(ApiKey)
class KeyAdmin(admin.ModelAdmin[ApiKey]):
    """Keys as the organiser sees them: whose, until when, and an end to them. Nothing of the secret, and no making."""

    list_display = ["name", "user", "scope", "created", "expiry", "last_used_at", "revoked_at"]
    list_filter = ["scope", "revoked_at"]
    search_fields = ["name", "user__email"]
    list_select_related = ["user"]
    fields = ["name", "user", "scope", "with_second_factor", "created", "expiry", "last_used_at", "revoked_at"]
    readonly_fields = ["name", "user", "scope", "with_second_factor", "created", "expiry", "last_used_at", "revoked_at"]
    actions = ["revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description=_("Revoke the chosen keys"), permissions=["change"])
    def revoke(self, request: HttpRequest, chosen: Any) -> None:
        for key in chosen:
            actions.revoke_key(key, by=cast("User", request.user))
        self.message_user(request, _("Revoked."))


def _is_superuser(request: HttpRequest) -> bool:
    return acts_as_staff(request.user) and bool(request.user.is_superuser)


@login_not_required
def admin_login(request: HttpRequest) -> HttpResponse:
    """Send whoever knocks at the desk to the site's sign-in, and back.

    Signed in without being staff, they get a 403; staff who did not give the second factor that the site asks for are asked for it, or led to turning it on.
    """
    asked = request.GET.get("next", "")
    back = asked if url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}) else _desk_address(request)
    if not request.user.is_authenticated:
        return HttpResponseRedirect(f"{redirect(settings.LOGIN_URL)['Location']}?{urlencode({'next': back})}")
    if not (request.user.is_active and request.user.is_staff):
        raise PermissionDenied
    if not admin.site.has_permission(request):
        if is_mfa_enabled(request.user):  # Here they came in without: another browser, or just before it was turned on.
            return HttpResponseRedirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': back})}")
        messages.warning(request, _("Turn on two-step sign-in first: the organiser's desk asks for it."))
        return redirect("mfa_activate_totp")
    return HttpResponseRedirect(back)


def may_enter(request: HttpRequest) -> bool:
    """Say whether the person may enter the desk: staff, with a second factor, given in this session, where the site asks for one."""
    return acts_as_staff(request.user)


def _desk_address(request: HttpRequest) -> str:
    return request.path.removesuffix("login/")


def admin_password_change(_request: HttpRequest) -> HttpResponse:
    """Send staff to the site's own page for changing a password."""
    return redirect("account_change_password")


admin.site.login = admin_login  # type: ignore[method-assign, assignment] # the way the sign-in library documents for replacing the stock one
admin.site.has_permission = may_enter  # type: ignore[method-assign] # as above; Django asks it before every page of the desk
admin.site.password_change = admin_password_change  # type: ignore[method-assign, assignment] # as above; a redirect
