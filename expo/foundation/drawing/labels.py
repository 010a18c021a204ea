"""Words in a picture: how wide they are, about, and what is left of them where there is too little room."""

from unicodedata import east_asian_width

FULL, NARROW = 1.0, 0.58
SLIM = frozenset("iljftrI.,:;'|!()[] -–")
ELLIPSIS = "…"


def width_of(text: str, size: float) -> float:
    """Return about how wide a text in a sans-serif face of this size is: a picture cannot measure, and must not clip."""
    return size * sum(_ems(sign) for sign in text)


def _ems(sign: str) -> float:
    if east_asian_width(sign) in "WF":
        return FULL
    return NARROW / 2 if sign in SLIM else NARROW


def shortened(text: str, room: float, size: float) -> str:
    """Return the text, or as much of its beginning as fits, with an ellipsis. The whole of it stands in the table."""
    if width_of(text, size) <= room:
        return text
    while text and width_of(text + ELLIPSIS, size) > room:
        text = text[:-1].rstrip(" ,、")
    return text + ELLIPSIS if text else ""
