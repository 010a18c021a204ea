"""A form's fields are its properties in a browser, and hide its own: scripts that ask `form.matches(...)` would find a radio button."""

from django import forms
from django.urls import get_resolver

HIDDEN_FROM_SCRIPTS = {
    "action", "attributes", "children", "closest", "contains", "dataset", "elements", "getAttribute", "id", "matches", "method", "nodeName",
    "parentElement", "parentNode", "querySelector", "querySelectorAll", "remove", "reset", "style", "submit", "tagName", "target",
}  # fmt: skip


def own_forms(parent=forms.BaseForm):
    for form in parent.__subclasses__():
        if form.__module__.startswith(("expo.", "matchmaking.")):
            yield form
        yield from own_forms(form)


def test_no_field_hides_what_scripts_ask_a_form():
    assert get_resolver().url_patterns  # All pages, and so all forms, are read.
    found = {(form.__name__, name) for form in own_forms() for name in getattr(form, "base_fields", {})}
    assert ("NoticesForm", "mails_of_matches") in found
    assert {one for one in found if one[1] in HIDDEN_FROM_SCRIPTS} == set()
