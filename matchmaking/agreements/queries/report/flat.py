"""A report as one row a figure, in one language: what the command writes as text and CSV."""

from collections.abc import Iterator

from matchmaking.agreements.queries.report.keeping import exact
from matchmaking.agreements.queries.report.shapes import Group, Line, Published, Report

COLUMNS = (
    "group",
    "key",
    "name",
    "logged",
    "part",
    "whole",
    "unit",
    "wording",
    "why_not",
    "published",
    "published_qualifier",
    "difference",
    "difference_words",
    "change",
    "change_against",
    "why_no_change",
    "definition",
    "version",
)


def figures(report: Report, language: str) -> Iterator[dict[str, str]]:
    """Yield a row for each figure, every value a text; "" for what there is not."""
    for group in report.groups:
        for line in group.lines:
            yield _figure(group, line, language)


def _figure(group: Group, line: Line, language: str) -> dict[str, str]:
    stands, difference, change = line.stands, line.difference, line.change
    return {
        "group": group.name.of(language),
        "key": line.key,
        "name": line.name.of(language),
        "logged": "" if line.logged is None else exact(line.logged),
        "part": "" if line.part is None else str(line.part),
        "whole": "" if line.whole is None else str(line.whole),
        "unit": line.unit_name.of(language),
        "wording": line.text.of(language),
        "why_not": line.why_not.of(language),
        "published": exact(stands.value) if stands else "",
        "published_qualifier": stands.qualifier if stands else "",
        "difference": exact(difference.value) if difference else "",
        "difference_words": difference.words.of(language) if difference else "",
        "change": change.words.of(language) if change else "",
        "change_against": change.against.of(language) if change else "",
        "why_no_change": line.why_no_change.of(language),
        "definition": line.definition.of(language),
        "version": str(line.version),
    }


def page(report: Report, language: str) -> Iterator[str]:
    """Yield the lines of the report as plain text: each figure with its wording, what was published, and how far apart the two are."""
    yield report.title.of(language)
    if report.dates:
        yield report.dates.of(language)
    for group in report.groups:
        yield ""
        yield group.name.of(language).upper()
        for line in group.lines:
            yield from _lines(line, language)


def _lines(line: Line, language: str) -> Iterator[str]:
    chinese = language == "zh"
    figure = "" if line.logged is None else f" [{exact(line.logged)}]"
    yield f"  {line.name.of(language)}: {line.text.of(language) or line.why_not.of(language)}{figure}"
    for one in line.published:
        yield f"    {'公布' if chinese else 'published'}: {_published(one, language)}"
    if line.difference:
        yield f"    {line.difference.words.of(language)}"
    if line.change:
        yield f"    {line.change.against.of(language)}"
    elif line.why_no_change:
        yield f"    {line.why_no_change.of(language)}"
    if line.note:
        yield f"    {line.note.of(language)}"


def _published(one: Published, language: str) -> str:
    qualifier = one.qualifier_name.of(language)
    said = f"{qualifier}{'' if language == 'zh' else ' '}{one.text.of(language)}" if qualifier else one.text.of(language)
    return f"{said} [{', '.join(str(number) for number in one.cites)}]"
