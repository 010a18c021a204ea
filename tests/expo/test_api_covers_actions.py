"""Whatever an action does for a person can be asked for over the API, or docs/api.md says why not."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from django.urls import Resolver404, resolve

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("expo.accounts", "expo.editions", "expo.venue", "expo.programme", "matchmaking.participants", "matchmaking.marketplace",
         "matchmaking.matching", "matchmaking.meetings", "matchmaking.agreements")  # fmt: skip
MODULES = [
    *(f"{room}.actions" for room in ROOMS),
    "expo.foundation.sheets.actions",
    "expo.foundation.sheets.exporting",
    "matchmaking.desk.privacy.copies",
    "matchmaking.desk.privacy.erasing",
]
# Parts of the verbs of meetings and of agreements, under a lock that the verb holds.
PARTS = {
    "matchmaking.meetings": {"call_off", "lay_ready", "log_for", "messages_of_acting", "move", "reseat", "settle"},
    "matchmaking.agreements": {
        "give_number", "ledger_log", "ledger_log_all", "refuse_who_takes_no_part", "renew_links", "say_no", "say_yes",
        "tell_introducer", "tell_parties", "tell_parties_of_all",
    },
}  # fmt: skip
HEADING = "## What a page does, and its call"
WHY_NOT = re.compile(r"(page|desk) only: .{20,}")
CALL = re.compile(r"(GET|POST|PATCH|PUT|DELETE) (/[^`]*/)")
BLANKS = {"{id}": "1", "{offer}": "1", "{slug}": "one", "{key}": "one"}


def modules(name: str) -> Iterator[ModuleType]:
    module = importlib.import_module(name)
    yield module
    for inner in pkgutil.iter_modules(getattr(module, "__path__", [])):
        yield importlib.import_module(f"{name}.{inner.name}")


def verbs() -> set[str]:
    """Return the actions that somebody does: public functions that name who does it."""
    found = set()
    for module in (module for name in MODULES for module in modules(name)):
        for name, one in inspect.getmembers(module, inspect.isfunction):
            by = inspect.signature(one).parameters.get("by")
            if one.__module__ == module.__name__ and not name.startswith("_") and by and by.kind is by.KEYWORD_ONLY:
                room = ".".join(module.__name__.split(".")[:2])
                found |= {name} - PARTS.get(room, set())
    return found


def table() -> dict[str, str]:
    """Return the last column of the table by the action that each row names."""
    section = (ROOT / "docs" / "api.md").read_text().partition(HEADING)[2].partition("\n## ")[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| ")][1:]
    return {action: call.strip() for _page, actions, call in lines for action in re.findall(r"`(\w+)`", actions)}


def called() -> str:
    """Return the code of every room's api."""
    files = [*ROOT.glob("expo/*/api.py"), *ROOT.glob("matchmaking/*/api.py"), *ROOT.glob("matchmaking/*/api/*.py")]
    return "\n".join(file.read_text() for file in files)


def test_every_action_is_in_the_table():
    assert set(table()) == verbs()


def test_what_the_table_says_is_called_is_called():
    code = called()
    for action, call in table().items():
        assert bool(re.search(rf"\bactions\.{action}\(|(?<!def )\b{action}\(", code)) == bool(CALL.search(call)), action
        assert CALL.search(call) or WHY_NOT.fullmatch(call.replace("`", "")), action


@pytest.mark.parametrize(("method", "path"), sorted({found for call in table().values() for found in CALL.findall(call)}))
def test_every_call_of_the_table_exists(method, path):
    for blank, value in BLANKS.items():
        path = path.replace(blank, value)
    try:
        view = resolve(f"/api/v1{path}").func
    except Resolver404:
        pytest.fail(f"there is no {path}")
    assert method.lower() in view.actions


def test_an_action_that_was_forgotten_would_be_noticed(monkeypatch):
    from matchmaking.participants.actions import members  # Local: only this test adds to it.

    def forgotten(*, by):
        """Do something."""

    forgotten.__module__ = members.__name__
    monkeypatch.setattr(members, "forgotten", forgotten, raising=False)
    assert verbs() - set(table()) == {"forgotten"}
