"""Text that people write, made safe for one line."""


def one_line(text: str) -> str:
    """Return a name without line breaks and without signs that turn the reading direction: it stands in mails, signs and badges."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
