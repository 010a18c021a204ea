"""A person with a browser that reads pages: opens addresses, follows links by their words, fills in forms by their button."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from django.core import mail
from django.test import Client

Attributes = dict[str, str | None]


@dataclass
class Form:
    """A form as the page holds it: what would be sent if nothing were touched, and its buttons (words, name, value)."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, name: str | None, value: str | None) -> None:
        if name:
            self.values.setdefault(name, []).append(value or "")


class Reader(HTMLParser):
    """Collects the forms and links of a page, and the values that boxes could send."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.boxes: dict[str, list[str]] = {}
        self._form: Form | None = None
        self._text: list[str] | None = None
        self._open: Attributes = {}
        self._select: str | None = None
        self._first: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        given: Attributes = dict(attributes)
        if tag == "form":
            self._form = Form(given.get("action") or "", (given.get("method") or "get").lower())
            self.forms.append(self._form)
        elif tag == "input":
            self._input(given)
        elif tag == "select":
            self._select, self._first = given.get("name"), None
        elif tag == "option" and self._form is not None:
            self._first = self._first if self._first is not None else given.get("value") or ""
            if "selected" in given:
                self._form.add(self._select, given.get("value"))
        elif tag in {"textarea", "button", "a"}:
            self._text, self._open = [], given

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select" and self._form is not None and self._select not in self._form.values and self._first is not None:
            self._form.add(self._select, self._first)
        elif tag in {"textarea", "button", "a"} and self._text is not None:
            words, self._text = "".join(self._text), None
            self._close(tag, words)

    def _input(self, given: Attributes) -> None:
        kind = given.get("type") or "text"
        if kind in {"checkbox", "radio"}:
            self.boxes.setdefault(given.get("name") or "", []).append(given.get("value") or "on")
            if "checked" not in given:
                return
        if self._form is None or kind == "file":
            return
        if kind == "submit":
            self._form.buttons.append((given.get("value") or "", given.get("name") or "", given.get("value") or ""))
        else:
            self._form.add(given.get("name"), given.get("value") or ("on" if kind == "checkbox" else ""))

    def _close(self, tag: str, words: str) -> None:
        plain = " ".join(words.split())
        if tag == "a":
            self.links.append((plain, self._open.get("href") or ""))
        elif self._form is not None and tag == "textarea":
            self._form.add(self._open.get("name"), words.removeprefix("\n"))
        elif self._form is not None and (self._open.get("type") or "submit") == "submit":
            self._form.buttons.append((plain, self._open.get("name") or "", self._open.get("value") or ""))


class Visitor:
    """A browser of its own; the form's token against forgery is checked as on the real site."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.address, self.text, self.status = "/", "", 0

    def open(self, address: str, status: int = 200) -> str:
        """Open an address, follow where it leads, expect the status, and return the page."""
        return self._arrive(self.client.get(address, follow=True), address, status)

    def click(self, words: str) -> str:
        """Follow the first link with these words."""
        links = [address for text, address in Reader(self.text).links if words in text]
        assert links, f"no link “{words}” on {self.address}"
        return self.open(urljoin(self.address, links[0]))

    def send(self, button: str, **values: Any) -> str:
        """Fill in the form that has the button, press it, and return the page it leads to."""
        form, name, value = self._form_with(button)
        sent = {**form.values, **({name: value} if name else {}), **values}
        unknown = set(values) - set(form.values) - set(Reader(self.text).boxes)
        assert not unknown, f"the form on {self.address} has no {unknown}"
        address = urljoin(self.address, form.action or self.address)
        call = self.client.post if form.method == "post" else self.client.get
        return self._arrive(call(address, sent, follow=True), address, 200)

    def choices(self, name: str) -> list[str]:
        """Return the values that the boxes of that name could send."""
        return Reader(self.text).boxes.get(name, [])

    def sign_in(self, email: str, password: str) -> str:
        self.open("/accounts/login/")
        return self.send("Sign in", login=email, password=password)

    def follow_mail(self, email: str) -> str:
        """Open the link in the newest mail to the address."""
        letter = next(letter for letter in reversed(mail.outbox) if email in letter.to)
        link = re.search(r"https?://testserver(/\S+)", str(letter.body))
        assert link, letter.body
        return self.open(link[1])

    def _form_with(self, button: str) -> tuple[Form, str, str]:
        for form in Reader(self.text).forms:
            for words, name, value in form.buttons:
                if words == button:
                    return form, name, value
        raise AssertionError(f"no button “{button}” on {self.address}")

    def _arrive(self, response: Any, address: str, status: int) -> str:
        self.address = response.redirect_chain[-1][0] if response.redirect_chain else address
        self.status = response.status_code
        self.text = response.text if "text" in response.headers.get("Content-Type", "") else ""
        assert self.status == status, f"{self.address} answered {self.status}"
        return self.text
