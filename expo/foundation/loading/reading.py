"""YAML, read with care: plain data only, no file too large, no key given twice, and every value with its line."""

from pathlib import Path
from typing import Any

import yaml

from expo.foundation.loading.problems import Problem

LARGEST_FILE_BYTES = 2 * 1024 * 1024
DEEPEST = 12
MAPPING, SEQUENCE = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"
# Both build plain data only; the second is the same in Python, for machines where the first was not built.
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Entry(dict[str, Any]):
    """A mapping of a file, with the line it starts at and the line of each key."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


class _UnreadableError(Exception):
    def __init__(self, line: int, text: str) -> None:
        self.line, self.text = line, text
        super().__init__(text)


def read_entries(path: Path) -> tuple[list[Entry], list[Problem]]:
    """Return the entries of a file that holds a list of mappings, and what is wrong with it.

    A file that cannot be read gives no entries and one problem.
    """
    try:
        found = _read(path)
    except _UnreadableError as error:
        return [], [Problem(path.name, error.line, "", "", error.text)]
    if not isinstance(found, list):
        return [], [Problem(path.name, 1, "", "", 'expected a list: entries that start with "- "')]
    strange = [Problem(path.name, 0, f"entry {place}", "", "expected fields with their values") for place, one in _strangers(found)]
    return [one for one in found if isinstance(one, Entry)], strange


def _strangers(found: list[Any]) -> list[tuple[int, Any]]:
    return [(place, one) for place, one in enumerate(found, 1) if not isinstance(one, Entry)]


def _read(path: Path) -> Any:
    if path.stat().st_size > LARGEST_FILE_BYTES:
        raise _UnreadableError(0, f"the file is larger than {LARGEST_FILE_BYTES // 1024} KiB")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _UnreadableError(0, f"expected text in UTF-8; byte {error.start + 1} is something else") from error
    if "\0" in text:
        raise _UnreadableError(text.count("\n", 0, text.index("\0")) + 1, "holds a NUL character, which cannot be stored")
    loader = Loader(text)
    try:
        node = loader.get_single_node()
        return [] if node is None else _plain(loader, node, set(), 0)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or ""
        words = f"{error.context} {problem}" if problem.startswith("but ") else problem or error.context
        raise _UnreadableError(mark.line + 1 if mark else 0, f"not YAML: {words}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise _UnreadableError(0, f"not YAML: {' '.join(str(error).split())[:200]}") from error
    finally:
        loader.dispose()


def _plain(loader: Any, node: yaml.Node, above: set[int], depth: int) -> Any:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return _scalar(loader, node, line)
    if id(node) in above:
        raise _UnreadableError(line, "an alias (*name) is not understood here; write the value again")
    if depth > DEEPEST:
        raise _UnreadableError(line, "nested too deeply")
    above.add(id(node))
    if isinstance(node, yaml.SequenceNode) and node.tag == SEQUENCE:
        return [_plain(loader, part, above, depth + 1) for part in node.value]
    if isinstance(node, yaml.MappingNode) and node.tag == MAPPING:
        return _entry(loader, node, above, depth)
    raise _UnreadableError(line, f"the tag {node.tag} is not understood here")


def _scalar(loader: Any, node: yaml.ScalarNode, line: int) -> Any:
    try:
        return loader.construct_object(node, deep=True)
    except ValueError as error:
        raise _UnreadableError(line, f"{node.value[:40]} cannot be: {error}") from error


def _entry(loader: Any, node: yaml.MappingNode, above: set[int], depth: int) -> Entry:
    entry = Entry(node.start_mark.line + 1)
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
        if not isinstance(key, str) or not key:
            raise _UnreadableError(line, "expected the name of a field before the colon")
        if key in entry:
            raise _UnreadableError(line, f"the field {key} stands here twice; the first time in line {entry.lines[key]}")
        entry[key] = _plain(loader, value_node, above, depth + 1)
        entry.lines[key] = line
    return entry
