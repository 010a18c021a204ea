"""Parties as people write them in one cell or one line: "supplier: Borealis Cells [borealis-cells]", "Outside Steel (KR)"."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from expo.foundation.bilingual import in_each_language
from expo.foundation.sheets.choices import country_of
from expo.foundation.sheets.columns import Wrong, fold, quoted
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.models import Party
from matchmaking.participants.models import Company
from matchmaking.participants.names import name_key

REGISTERED = re.compile(r"(.*)\[([-\w]+)\]")
OUTSIDE = re.compile(r"(.*\S)\s*[(（]([^()（）]+)[)）]")
ROLE = re.compile(r"([^:：\[(（]{1,20})[:：]\s*(\S.*)")
COLUMNS = ("id", "slug", "name", "name_zh", "name_key", "country")


class KnownCompanies:
    """The companies that parties name, read many at a time: whoever was asked for once is not asked for again."""

    def __init__(self) -> None:
        self._by_slug: dict[str, Company | None] = {}
        self._by_key: dict[str, list[Company]] = {}

    def read(self, names: Iterable[str]) -> None:
        """Look up all companies that these parties may mean. Two queries at most."""
        slugs, keys = set(), set()
        for name in names:
            said = _without_role(name)[1]
            registered = REGISTERED.fullmatch(said)
            if registered:
                slugs.add(registered[2])
            else:
                keys.add(name_key(said))
        slugs, keys = slugs - self._by_slug.keys(), keys - self._by_key.keys() - {""}
        if slugs:
            found = {one.slug: one for one in Company.objects.filter(slug__in=slugs).only(*COLUMNS)}
            self._by_slug |= {slug: found.get(slug) for slug in slugs}
        if keys:
            self._by_key |= {key: [] for key in keys}
            for one in Company.objects.filter(name_key__in=keys).only(*COLUMNS).order_by("pk"):
                self._by_key[one.name_key].append(one)

    def party(self, name: str) -> PartyInput:
        """Return the party that is meant: a company by its address in square brackets or by a name that only one has, or an outside party with its
        country or region in round ones; each with its role and a colon before it, or none.

        Raises:
            Wrong: nobody can be meant, or several.
        """
        self.read([name])
        role, said = _without_role(name)
        registered, outside = REGISTERED.fullmatch(said), OUTSIDE.fullmatch(said)
        if registered:
            company = self._by_slug.get(registered[2])
            if company is None:
                raise Wrong(_("There is no company with the address “%(value)s”."), value=quoted(registered[2]))
            return PartyInput(company, role=role)
        named = self._by_key.get(name_key(said), [])
        if len(named) == 1:
            return PartyInput(named[0], role=role)
        if outside:
            return PartyInput(None, outside[1], country_of(outside[2]), role=role)
        raise Wrong(
            _("“%(value)s” is no company here, or there are several. Expected: its address in [ ], or an outside party's country in ( )."),
            value=quoted(said),
        )


def written(party: Party) -> str:
    """Return the party as `KnownCompanies.party` reads it."""
    said = f"{party.company.name} [{party.company.slug}]" if party.company else f"{party.outside_name} ({party.country.code})"
    return f"{party.role}: {said}" if party.role else said


def all_written(parties: Sequence[Any]) -> str:
    """Return parties with semicolons between them."""
    return "; ".join(map(written, parties))


def _without_role(name: str) -> tuple[str, str]:
    """Return the role and the rest. A name with a colon in it that is no role's stays whole."""
    found = ROLE.fullmatch(name.strip())
    role = _roles().get(fold(found[1])) if found else None
    return (role, found[2].strip()) if found and role else ("", name.strip())


@cache
def _roles() -> dict[str, str]:
    return {fold(word): value for value, words in Party.Role.choices for word in (value, *in_each_language(words.__str__).values())}
