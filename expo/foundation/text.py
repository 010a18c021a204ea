"""Text that people write, made safe: names for one line, numbers for a column."""

MOST_DIGITS = 18  # what every whole number in a column has room for


def one_line(text: str) -> str:
    """Return a name without line breaks and without signs that turn the reading direction: it stands in mails, signs and badges."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def whole_number(text: str, *, digits: int = MOST_DIGITS) -> int | None:
    """Return the number that somebody typed or an address names, None for anything that is none or has more digits."""
    return int(text) if text.isdecimal() and len(text) <= digits else None
