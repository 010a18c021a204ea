"""Texts in a .csv that no program computes, and back. No Django here."""

import re

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
# What a program may take for the beginning of a formula, with what people or programs put before it.
RISKY = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
PREFIXED = re.compile(r"'+(\s*[=+\-@＝＋－＠]|[\t\r\n])")
# The same inside: a program that separates by semicolons begins a new cell there, and a new row at a line's end, whatever the quotation marks say.
INSIDE = re.compile(r"([;\t\r\n])('*)(?=[^\S\t\r\n]*[=+\-@＝＋－＠])")
PREFIXED_INSIDE = re.compile(r"([;\t\r\n])'('*)(?=[^\S\t\r\n]*[=+\-@＝＋－＠])")


def inert(text: str) -> str:
    """Return a text as a .csv cell that no program computes; a plain number stays. `plain` takes exactly this back."""
    if PREFIXED.match(text) or (RISKY.match(text) and not NUMBER.fullmatch(text)):
        text = "'" + text
    return INSIDE.sub(r"\1'\2", text)


def plain(text: str) -> str:
    """Return the text that `inert` was given."""
    text = PREFIXED_INSIDE.sub(r"\1\2", text)
    return text[1:] if PREFIXED.match(text) else text
