"""Columns whose cells hold one of the permitted values, or several."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from expo.foundation.bilingual import in_each_language
from expo.foundation.countries import codes_by_name
from expo.foundation.sheets.columns import LONGEST_QUOTE, SEPARATORS, Column, Option, Words, Wrong, fold, quoted

MOST_COMPARED = 1_000
MOST_NAMED = 25


@dataclass(frozen=True)
class Choice(Column):
    """One of the permitted values; `empty` is what an empty cell means."""

    empty: Any = ""
    takes_one: bool = True

    def read(self, text: str) -> Any:
        if not text:
            return self.empty
        found = self.known.get(fold(text), ())
        if len(found) == 1:
            return found[0].value
        if found:
            raise Wrong(_("“%(value)s” means several. Expected: one of %(options)s."), value=quoted(text), options=_listed(found))
        if len(self._options) <= MOST_NAMED:
            words = _("“%(value)s” is not one of the permitted values: %(options)s.")
            raise Wrong(words, value=quoted(text), options=_joined([option.said or option.written for option in self._options]))
        raise Wrong(
            _("“%(value)s” is not one of the permitted values. Expected, for example: %(options)s."),
            value=quoted(text),
            options=_listed(self._near(text)),
        )

    def write(self, value: Any) -> str:
        if value is None or value == "":
            return ""
        return self.written.get(value, str(value))

    def _near(self, text: str) -> Sequence[Option]:
        """Return the options that are called nearly so, or else the first ones; each text is compared once."""
        if text not in self._compared and len(self._compared) < MOST_COMPARED:
            names = get_close_matches(fold(text[:LONGEST_QUOTE]), self.known, n=4)
            self._compared[text] = [self.known[name][0] for name in names]
        return list({option.written: option for option in self._compared.get(text, ())}.values()) or self._options

    @cached_property
    def _compared(self) -> dict[str, list[Option]]:
        return {}

    @cached_property
    def _options(self) -> tuple[Option, ...]:
        return tuple(self.options()) if self.options else ()

    @cached_property
    def written(self) -> Mapping[Any, str]:
        return {option.value: option.written for option in self._options}

    @cached_property
    def known(self) -> Mapping[str, tuple[Option, ...]]:
        """Options by what they are called, folded; a value's own writing wins over another one's name."""
        exact = {fold(option.written): (option,) for option in self._options}
        named: dict[str, tuple[Option, ...]] = {}
        for option in self._options:
            for name in {fold(name) for name in (str(option.value), *option.names) if name}:
                named[name] = (*named.get(name, ()), option)
        return {**named, **exact}


@dataclass(frozen=True)
class Choices(Choice):
    """Any of the permitted values, with commas between them; read as a sorted tuple."""

    takes_one: bool = False

    def read(self, text: str) -> tuple[Any, ...]:
        parts = [part.strip() for part in SEPARATORS.split(text) if part.strip()]
        return tuple(sorted({super(Choices, self).read(part) for part in parts}))

    def write(self, value: Any) -> str:
        return ", ".join(self.written.get(one, str(one)) for one in value or ())


@dataclass(frozen=True)
class Country(Choice):
    takes_one: bool = True

    def read(self, text: str) -> str:
        return country_of(text) if text else ""

    def write(self, value: Any) -> str:
        return str(getattr(value, "code", value) or "")


@dataclass(frozen=True)
class Countries(Choice):
    takes_one: bool = False

    def read(self, text: str) -> tuple[str, ...]:
        return tuple(sorted({country_of(part.strip()) for part in SEPARATORS.split(text) if part.strip()}))

    def write(self, value: Any) -> str:
        return ", ".join(value or ())


def countries_known() -> list[Option]:
    """Return the countries and regions for the list of permitted values, named in the active language."""
    return [Option(code, code, note=name) for code, name in countries]


def country_of(text: str) -> str:
    """Return the code of a country or region, given by code or name in either language. Raises Wrong."""
    code = codes_by_name().get(text.casefold())
    if code is None:
        raise Wrong(
            _("“%(value)s” is no country or region that the list knows. Expected: a two-letter code, for example DE."), value=quoted(text)
        )
    return code


def _join(words: Iterable[Words]) -> str:
    return gettext(", ").join(map(str, words))


_joined = lazy(_join, str)


def _listed(options: Iterable[Option]) -> Words:
    """Return what some of them are called, said in the language in which it is read: a fault is kept in every one."""
    return _joined([option.said or option.written for option in options][:4])


def options_of(choices: Iterable[tuple[Any, Words]]) -> list[Option]:
    """Return the options of a model's choices: written as their code, understood by their names in both languages."""
    return [Option(value, str(value), tuple(in_each_language(words.__str__).values()), words) for value, words in choices]
