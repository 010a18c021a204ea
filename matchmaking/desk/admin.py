"""People at the organiser's desk, with what only the top room can do: erasing somebody who wrote in."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from expo.accounts.admin import PersonAdmin
from expo.accounts.models import User
from expo.foundation.errors import Refused
from matchmaking.desk.privacy.erasing import erase_person, may_erase, solely_owned

admin.site.unregister(User)


@admin.register(User)
class PersonWithEndAdmin(PersonAdmin):
    actions = ["erase"]

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.has_perm("accounts.erase_person"))

    @admin.action(description=_("Erase the chosen people, who asked for it"), permissions=["erase"])
    def erase(self, request: HttpRequest, rows: QuerySet[User]) -> HttpResponseBase | None:
        by: Any = request.user
        people = list(rows.filter(erased_at__isnull=True))
        if any(not may_erase(by, person) or person.pk == by.pk for person in people):
            raise PermissionDenied
        if request.POST.get("sure"):
            self._erase(request, people, closing=bool(request.POST.get("closing")))
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Erase people"),
            "opts": self.model._meta,
            "people": [(person, list(solely_owned(person))) for person in people],
            "chosen": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/desk/erase_people.html", context)

    def _erase(self, request: HttpRequest, people: list[User], *, closing: bool) -> None:
        by: Any = request.user
        count = 0
        for person in people:
            try:
                erase_person(person, by=by, closing=closing)
            except Refused as refused:
                self.message_user(request, f"{person}: {refused.detail}", messages.ERROR)
            else:
                count += 1
        if count:
            self.message_user(request, ngettext("%d person erased.", "%d people erased.", count) % count, messages.SUCCESS)
