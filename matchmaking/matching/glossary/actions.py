"""The verbs of terms on the desk: what somebody changed here stays, whatever is loaded later."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from expo.accounts.models import User
from expo.foundation import staff
from expo.foundation.errors import Conflict, Invalid, NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.moves import locked
from expo.foundation.sheets.columns import quoted
from matchmaking.matching.glossary.files import Shipped, read_folder, shipped_folder
from matchmaking.matching.glossary.names import cleaned, faults_of, first_key, key_of, names_of
from matchmaking.matching.models import Term

STATED = ("kind", "broader", "english", "chinese")
DEEPEST = 20


class IsShipped(Conflict):
    """A shipped term would come back with the next load; switched off it stays away."""

    code = "term_is_shipped"
    detail = gettext_lazy("A shipped term would come back with the next update. Switch it off instead.")


@transaction.atomic
def save_term(term: Term | None, *, by: User, fields: Mapping[str, Any], coming: Collection[str] = ()) -> Term:
    """Write a new term or change one; it counts as changed here. `fields` are columns of Term, what is left out stays.

    A term keeps its chain and its key; a new one without a key is called by its first name. `coming` are keys that follow in the same file.

    Raises:
        NotAllowed: `by` is not staff who may.
        Invalid: by field: no name, too long, an unknown kind, a key that is taken, a wider term that is not there or lies below.
    """
    if not staff.may(by, "matching.add_term" if term is None else "matching.change_term"):
        raise NotAllowed
    row = Term() if term is None else locked(term)
    given = checked(row, fields, coming=coming)
    changed = sorted(name for name in given if term is None or getattr(row, name) != given[name])
    if not changed:
        return row
    for name in changed:
        setattr(row, name, given[name])
    row.is_own = True
    row.save()
    log(row, "add_term" if term is None else "edit_term", by=by, changed=changed)
    return row


def checked(row: Term, fields: Mapping[str, Any], *, coming: Collection[str] = ()) -> dict[str, Any]:
    """Return the columns that a term gets from `fields`, cleaned; a row without a number is a new one. Raises Invalid, as `save_term`."""
    given = {**fields, **cleaned({name: str(fields.get(name, getattr(row, name))) for name in STATED})}
    given["key"] = key_of(given.get("key") or row.key or first_key(given["english"], given["chinese"]))
    faults = {**faults_of(given), **_identity_faults(row, given)}
    if not faults and (fault := _broader_fault(given, coming)):
        faults = {"broader": [fault]}
    if faults:
        raise Invalid(fields=faults)
    return given


@transaction.atomic
def switch_terms(terms: Iterable[Term], *, on: bool, by: User) -> int:
    """Take terms into use or out of it; they count as changed here. Returns how many were otherwise. Raises NotAllowed."""
    turned = [term for term in terms if term.is_active != on]
    for term in turned:
        save_term(term, by=by, fields={"is_active": on})
    return len(turned)


@transaction.atomic
def restore_terms(terms: Iterable[Term], *, by: User) -> tuple[int, list[Term]]:
    """Make terms that were changed here what the shipped files say. Returns how many were, and those that the files do not have.

    Raises:
        NotAllowed: `by` is not staff who may.
    """
    if not staff.may(by, "matching.change_term"):
        raise NotAllowed
    shipped = shipped_terms()
    restored, unknown = 0, []
    for term in terms:
        row = locked(term)
        stated = shipped.get((_chain_of(row), row.key))
        if stated is None:
            unknown.append(row)
        elif row.is_own:
            for name in STATED:
                setattr(row, name, getattr(stated, name))
            row.is_active, row.is_own = True, False
            row.save()
            log(row, "restore_term", by=by)
            restored += 1
    return restored, unknown


@transaction.atomic
def remove_term(term: Term, *, by: User) -> None:
    """Delete a term that was made here. Raises NotAllowed, IsShipped."""
    if not staff.may(by, "matching.delete_term"):
        raise NotAllowed
    row = locked(term)
    if is_shipped(row):
        raise IsShipped
    log(row, "remove_term", by=by, key=row.key, english=row.english, chinese=row.chinese)
    row.delete()


def shipped_terms() -> dict[tuple[str, str], Shipped]:
    """Return the shipped terms by chain and key."""
    return {(term.chain, term.key): term for term in read_folder(shipped_folder())}


def is_shipped(term: Term) -> bool:
    """Say whether the shipped files have the term. Reads them."""
    return (_chain_of(term), term.key) in shipped_terms()


def shared_names(term: Term) -> list[tuple[str, Term]]:
    """Return the names that other terms of the same chain have too, with one of them each: a text that says it means either. One query."""
    own = {name.casefold(): name for name in (*names_of(term.english), *names_of(term.chinese))}
    found: dict[str, Term] = {}
    for other in Term.objects.filter(chain=term.chain_id, is_active=True).exclude(pk=term.pk):
        for name in (*names_of(other.english), *names_of(other.chinese)):
            if name.casefold() in own:
                found.setdefault(own[name.casefold()], other)
    return list(found.items())


def _chain_of(term: Term) -> str:
    return term.chain.slug if term.chain is not None else ""


def _identity_faults(row: Term, given: Mapping[str, Any]) -> dict[str, list[str]]:
    chain = given.get("chain", row.chain)
    if not row.pk:
        other = Term.objects.filter(chain=chain, key=given["key"]).first()
        taken = _("The key “%(key)s” is taken by the term “%(names)s” of this chain.")
        return {"key": [taken % {"key": given["key"], "names": quoted(other.english or other.chinese)}]} if other else {}
    kept = _("A term keeps its chain and its key: it is known by them. Write a new one, and switch this one off.")
    return {"key": [kept]} if (chain, given["key"]) != (row.chain, row.key) else {}


def _broader_fault(given: Mapping[str, Any], coming: Collection[str]) -> str:
    """Say what is wrong with the wider term: it must be there, and not lie below. The family of a property may be any word."""
    if not given["broader"] or given["kind"] == Term.Kind.PROPERTY:
        return ""
    said = {"name": quoted(given["broader"])}
    above = key_of(given["broader"])
    if above not in coming and not Term.objects.filter(key=above).exists():
        return _("There is no term “%(name)s”. Expected: the key or the first English name of another term.") % said
    for _step in range(DEEPEST):
        if above == given["key"]:
            return _("“%(name)s” is this term, or lies below it.") % said
        names = Term.objects.filter(key=above).exclude(broader="").exclude(kind=Term.Kind.PROPERTY).values_list("broader", flat=True)
        above = key_of(names.first() or "")
    return ""
