"""Texts and their translations, without GNU gettext: `python -m tools.messages update|check|compile`.

update   gathers every text of code and templates into locale/*/LC_MESSAGES/django.po, keeps what is translated, and compiles
check    says which texts have no good translation; writes nothing
compile  writes the .mo files, which are kept in the repository because a bare machine cannot make them
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from tools import library_texts
from tools.machine import ROOT, say

LANGUAGES = ["zh_Hans"]
ONE, MANY, IN_CONTEXT, MANY_IN_CONTEXT = None, (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
KEYWORDS = {
    "_": ONE,
    **dict.fromkeys(["_t", "gettext", "gettext_lazy", "gettext_noop"], ONE),
    **dict.fromkeys(["ngettext", "ngettext_lazy"], MANY),
    **dict.fromkeys(["pgettext", "pgettext_lazy"], IN_CONTEXT),
    **dict.fromkeys(["npgettext", "npgettext_lazy"], MANY_IN_CONTEXT),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")


def main(verb: str) -> int:
    if verb == "update":
        for language in LANGUAGES:
            update(language)
    elif verb == "compile":
        for language in LANGUAGES:
            compile_(language)
    elif verb == "check":
        problems = [problem for language in LANGUAGES for problem in problems_of(language)]
        print("\n".join(problems))
        return 1 if problems else 0
    else:
        print(__doc__)
        return 2
    return 0


def po_path(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    path = po_path(language)
    if not path.exists():
        return Catalog(locale=language, project="Interchange")
    with path.open("rb") as file:
        return read_po(file, locale=language, ignore_obsolete=True)


def gathered() -> Catalog:
    """Return every text of code and templates, and those said instead of a library's, with the files they stand in."""
    catalog = Catalog(project="Interchange")
    for path in sources():
        for number, text, comments, context in texts_of(path):
            catalog.add(text, locations=[(str(path.relative_to(ROOT)), number)], auto_comments=comments, context=context)
    for borrowed in library_texts.TEXTS:
        catalog.add(borrowed, locations=[("tools/library_texts.py", 1)])
    return catalog


def sources() -> list[Path]:
    code = [path for wing in ("expo", "matchmaking") for path in (ROOT / wing).rglob("*.py") if "migrations" not in path.parts]
    templates = [path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"}]
    return sorted(code) + sorted(templates)


def texts_of(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    """Yield line, text (or singular and plural), translators' comments and context of each text of a file."""
    content = path.read_text()
    if path.suffix != ".py":
        # What remains of a template is calls between crosses; its indentation would confuse Python's tokenizer.
        content = "\n".join(line.lstrip() for line in templatize(content, origin=str(path)).splitlines())
    found = extract("python", io.BytesIO(content.encode()), keywords=KEYWORDS, comment_tags=["Translators:"])
    for number, text, comments, context in found:
        if text and (text if isinstance(text, str) else text[0]):
            yield number, text, comments, context


def update(language: str) -> None:
    catalog = read(language)
    stamps = catalog.creation_date, catalog.revision_date
    catalog.update(gathered(), no_fuzzy_matching=True)
    catalog.creation_date, catalog.revision_date = stamps  # A date that changes by itself makes noise in every comparison.
    catalog.obsolete.clear()
    po_path(language).parent.mkdir(parents=True, exist_ok=True)
    with po_path(language).open("wb") as file:
        write_po(file, catalog, width=120, sort_by_file=True, include_lineno=False)
    compile_(language)
    texts = [message for message in catalog if message.id]
    missing = sum(not is_translated(message) for message in texts)
    say(f"{language}: {len(texts)} texts, {missing} of them without translation")


def compile_(language: str) -> None:
    po_path(language).with_suffix(".mo").write_bytes(compiled(read(language)))


def compiled(catalog: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def is_translated(message: Message) -> bool:
    strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return all(strings) and not message.fuzzy


def problems_of(language: str) -> Iterator[str]:
    """Name each text without a good translation, each translation without a text, and a compiled file that is behind."""
    catalog, texts = read(language), gathered()
    known = {(message.id if isinstance(message.id, str) else message.id[0], message.context) for message in texts if message.id}
    for message in texts:
        if message.id:
            yield from problems_of_message(language, message, catalog.get(message.id, message.context))
    for message in catalog:
        key = message.id if isinstance(message.id, str) else message.id[0]
        if key and (key, message.context) not in known:
            yield f"{language}: “{key}” is no longer used; run `make messages`"
    mo = po_path(language).with_suffix(".mo")
    if not mo.exists() or mo.read_bytes() != compiled(catalog):
        yield f"{language}: {mo.name} is behind; run `make messages`"


def problems_of_message(language: str, text: Message, message: Message | None) -> Iterator[str]:
    shown = text.id if isinstance(text.id, str) else text.id[0]
    place = f"{language}: {text.locations[0][0]}: “{shown}”"
    if message is None:
        yield f"{place} was not gathered; run `make messages`"
    elif not is_translated(message):
        yield f"{place} is {'marked fuzzy' if message.fuzzy else 'not translated'}"
    elif isinstance(message.id, str) is not isinstance(text.id, str):
        yield f"{place} has a plural form in one place and none in another; run `make messages`"
    else:
        yield from (f"{place}: {what}" for what in wrong_placeholders(message))


def wrong_placeholders(message: Message) -> Iterator[str]:
    """Name the placeholders that a translation lost or made up; where the language has one form, the plural counts."""
    wanted = message.id if isinstance(message.id, str) else message.id[-1]
    for string in message.string if isinstance(message.string, (tuple, list)) else (message.string,):
        lost = set(PLACEHOLDER.findall(wanted)) ^ set(PLACEHOLDER.findall(string or ""))
        if lost:
            yield f"placeholders differ: {', '.join(sorted(lost))}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
