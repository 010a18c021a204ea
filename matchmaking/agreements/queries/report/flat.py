"""A report as one row a figure, in one language: what the command writes as text and CSV."""

from collections.abc import Iterator, Mapping

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
    "published_also",
    "sources",
    "difference",
    "difference_words",
    "change",
    "change_against",
    "why_no_change",
    "definition",
    "version",
    "has_demo",
)


def figures(report: Report, language: str) -> Iterator[dict[str, str]]:
    """Yield a row for each figure, every value a text; "" for what there is not."""
    sources = {one.number: f"{one.publisher}: {one.title}" for one in report.sources}
    for group in report.groups:
        for line in group.lines:
            yield _figure(group, line, language, sources)


def _figure(group: Group, line: Line, language: str, sources: Mapping[int, str]) -> dict[str, str]:
    stands, difference, change = line.stands, line.difference, line.change
    others = [one for one in line.published if not one.stands]
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
        "published_also": "; ".join(said_of(one, language) for one in others),
        "sources": "; ".join(sources[number] for number in dict.fromkeys(number for one in line.published for number in one.cites)),
        "difference": exact(difference.value) if difference else "",
        "difference_words": difference.words.of(language) if difference else "",
        "change": change.words.of(language) if change else "",
        "change_against": change.against.of(language) if change else "",
        "why_no_change": line.why_no_change.of(language),
        "definition": line.definition.of(language),
        "version": str(line.version),
        "has_demo": "yes" if line.has_demo else "",
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
    demo = f" ({'演示' if chinese else 'Demo'})" if line.has_demo else ""
    colon = "：" if chinese else ": "
    yield f"  {line.name.of(language)}{colon}{line.text.of(language) or line.why_not.of(language)}{figure}{demo}"
    for one in line.published:
        yield f"    {'公布' if chinese else 'published'}{colon}{said_of(one, language)} [{', '.join(str(number) for number in one.cites)}]"
    if line.difference:
        yield f"    {line.difference.words.of(language)}"
    if line.change:
        yield f"    {line.change.against.of(language)}"
    elif line.why_no_change:
        yield f"    {line.why_no_change.of(language)}"
    if line.note:
        yield f"    {line.note.of(language)}"


def said_of(one: Published, language: str) -> str:
    """Return a published figure with the words before it, and the day that it is of where it is not the last."""
    qualifier = one.qualifier_name.of(language)
    said = f"{qualifier}{'' if language == 'zh' else ' '}{one.text.of(language)}" if qualifier else one.text.of(language)
    return f"{said} ({one.as_of})" if one.as_of else said
