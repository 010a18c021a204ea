"""Spreadsheets of this room: companies with what they are registered as in an edition."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from expo.editions.models import Edition
from expo.editions.sheets import chains_column
from expo.foundation.errors import Invalid
from expo.foundation.sheets.by_action import ByAction
from expo.foundation.sheets.choices import Choice, Country, countries_known, options_of
from expo.foundation.sheets.columns import Column, Option, Text, Wrong
from expo.foundation.sheets.kinds import Given, Report, Scope
from matchmaking.participants import actions
from matchmaking.participants.models import Company, Registration
from matchmaking.participants.names import name_key

Role, Status = Registration.Role, Registration.Status
COMPANY_FIELDS = ("name", "name_zh", "country", "kind", "website", "about_en", "about_zh")
ROLES = (Role.EXHIBITOR, Role.BUYER)


class Companies(ByAction):
    """Known by their address on the site; without one by name and country. A registration is started, handed in and verified."""

    name, title = "companies", gettext_lazy("Companies")
    model, about_model = Company, Edition
    views = "participants.view_company"
    writes = ("participants.add_company", "participants.change_company", "participants.change_registration")

    def home(self, scope: Scope) -> str:
        return reverse("admin:participants_company_changelist")

    def columns(self, scope: Scope) -> list[Column]:
        def role(key: str, label: Any) -> Choice:
            permitted = [Option(Status.SUBMITTED.value, "submitted"), Option(Status.VERIFIED.value, "verified")]
            words = gettext_lazy("Empty, submitted or verified; what was decided already is changed on the organiser's desk.")
            return Choice(key, label, words, options=lambda: permitted, get=lambda row: _status(row, key))

        return [
            Text("slug", gettext_lazy("Address"), gettext_lazy("The last part of its page's address. Leave it as it is; empty for a new company."), longest=80, width=26),
            Text("name", gettext_lazy("Name"), required=True, longest=160, width=36),
            Text("name_zh", gettext_lazy("Name (Chinese)"), longest=160, width=26),
            Country("country", gettext_lazy("Country/region"), gettext_lazy("By code or name."), required=True, options=countries_known),
            Choice("kind", gettext_lazy("Kind"), gettext_lazy("Empty means company."), options=lambda: options_of(Company.Kind.choices), empty="company"),
            Text("website", gettext_lazy("Website"), gettext_lazy("With https:// in front."), longest=300, width=30),
            Text("about_en", gettext_lazy("About (English)"), longest=4000, one_line=False, width=40),
            Text("about_zh", gettext_lazy("About (Chinese)"), longest=4000, one_line=False, width=40),
            role(Role.EXHIBITOR, gettext_lazy("As exhibitor")),
            role(Role.BUYER, gettext_lazy("As buyer")),
            chains_column(scope, get=_chains),
        ]  # fmt: skip

    def keyed(self, rows: Sequence[Given], scope: Scope, report: Report) -> tuple[Mapping[int, Any], Mapping[int, Any]]:
        slugs = {row.cells["slug"] for row in rows if row.cells.get("slug")}
        names = {name_key(row.cells.get("name", "")) for row in rows}
        by_slug = {one.slug: one for one in self._rows(scope).filter(slug__in=slugs)}
        by_name = {(one.name_key, one.country.code): one for one in self._rows(scope).filter(name_key__in=names)}
        country = next(column for column in self.columns(scope) if column.key == "country")
        keys, found = {}, {}
        for row in rows:
            slug = row.cells.get("slug", "")
            one = (
                by_slug.get(slug)
                if slug
                else by_name.get((name_key(row.cells.get("name", "")), _read(country, row.cells.get("country", ""))))
            )
            if slug and one is None:
                report(
                    row.number, "slug", Wrong(gettext_lazy("There is no company with this address. Leave the cell empty for a new one."))
                )
            keys[row.number] = one.pk if one is not None else (name_key(row.cells.get("name", "")), row.cells.get("country", "").casefold())
            if one is not None:
                found[row.number] = one
        return keys, found

    def completed(self, row: Any, values: dict[str, Any], scope: Scope) -> dict[str, Any]:
        # The address only says which company is meant: an empty one beside a known name changes nothing.
        return {name: value for name, value in values.items() if name != "slug"}

    def write(self, row: Any, values: Mapping[str, Any], scope: Scope) -> Any:
        fields = {name: values[name] for name in COMPANY_FIELDS if name in values}
        if row is None:
            row = actions.add_company(by=scope.by, **fields)
        elif fields:
            row = actions.edit_company(row, by=scope.by, **fields)
        registered = False
        for role in ROLES:
            if values.get(role):
                self._register(row, role, values, scope)
                registered = True
        if "chains" in values and values["chains"] and not registered:
            raise Invalid(fields={"chains": [_("Chains are set with a new registration; later on the organiser's desk.")]})
        return row

    @staticmethod
    def _register(company: Company, role: str, values: Mapping[str, Any], scope: Scope) -> None:
        wanted = values[role]
        registration = Registration.objects.filter(company=company, edition=scope.row, role=role).first()
        if registration is None or registration.status != Status.SUBMITTED:
            chains = values.get("chains") or [chain.pk for chain in (registration.chains.all() if registration else ())]
            try:
                registration = actions.start_registration(company, scope.row, role, by=scope.by)
                registration = actions.save_participation(
                    registration,
                    by=scope.by,
                    chains=[scope.memo["chains"][pk] for pk in chains],
                    attendance=registration.attendance,
                    parallel_meetings=registration.parallel_meetings,
                    booth=registration.booth,
                )
                registration = actions.submit_registration(registration, by=scope.by)
            except Invalid as refused:
                raise Invalid(fields={role if name != "chains" else name: texts for name, texts in refused.fields.items()}) from refused
        if wanted == Status.VERIFIED:
            actions.verify_registration(registration, by=scope.by)

    def rows(self, scope: Scope) -> Iterable[Any]:
        yield from self._rows(scope).order_by("pk").iterator(chunk_size=500)

    def count(self, scope: Scope) -> int:
        return Company.objects.count()

    @staticmethod
    def _rows(scope: Scope) -> Any:
        here = Registration.objects.filter(edition=scope.row).order_by("role").prefetch_related("chains")
        return Company.objects.prefetch_related(Prefetch("registrations", here, to_attr="here"))


def _status(company: Any, role: str) -> str:
    return next((one.status for one in company.here if one.role == role), "")


def _chains(company: Any) -> tuple[int, ...]:
    return tuple(sorted({chain.pk for one in company.here for chain in one.chains.all()}))


def _read(column: Column, text: str) -> Any:
    try:
        return column.read(text)
    except Wrong:
        return None  # Its own cell says so.


SHEETS = [Companies()]
