"""The icons and the site's mark. Icons are decoration beside a word; a lone icon needs a hidden word next to it."""

from functools import cache

from expo.foundation.drawing.svg import element, picture

SHAPES = {
    "arrow": '<path d="M3 10h13M11 5l5 5-5 5"/>',
    "back": '<path d="M17 10H4M9 5l-5 5 5 5"/>',
    "offer": '<circle cx="5" cy="10" r="3.2" fill="currentColor"/><path d="M5 10h12M13 6l4 4-4 4"/>',
    "request": '<circle cx="15" cy="10" r="3.2"/><path d="M2 10h9M7.5 6l4 4-4 4"/>',
    "check": '<path d="M4 10.5l4 4 8-9"/>',
    "cross": '<path d="M5 5l10 10M15 5L5 15"/>',
    "minus": '<path d="M4 10h12"/>',
    "plus": '<path d="M4 10h12M10 4v12"/>',
    "search": '<circle cx="8.5" cy="8.5" r="5"/><path d="M12.5 12.5L17 17"/>',
    "clock": '<circle cx="10" cy="10" r="7"/><path d="M10 6v4.3l3 2"/>',
    "pin": '<path d="M10 18s6-5.2 6-10a6 6 0 10-12 0c0 4.8 6 10 6 10z"/><circle cx="10" cy="8" r="2"/>',
    "print": '<path d="M6 7V3h8v4M5 14H3V8h14v6h-2M6 12h8v5H6z"/>',
    "calendar": '<path d="M3 5h14v12H3zM3 9h14M7 2.5v4M13 2.5v4"/>',
    "download": '<path d="M10 3v10M5.5 9l4.5 4.5L14.5 9M4 17h12"/>',
    "upload": '<path d="M10 14V4M5.5 8L10 3.5 14.5 8M4 17h12"/>',
    "warning": '<path d="M10 3l8 14H2zM10 8v4.5M10 14.6v.4"/>',
    "info": '<circle cx="10" cy="10" r="7.5"/><path d="M10 9v5M10 6v.4"/>',
    "bell": '<path d="M5 14V9a5 5 0 0110 0v5l1.5 1h-13zM8.5 17.5h3"/>',
    "swap": '<path d="M3 7h12M11.5 3.5L15 7l-3.5 3.5M17 13H5M8.5 9.5L5 13l3.5 3.5"/>',
    "people": '<circle cx="7" cy="7" r="3"/><path d="M2 17c0-3 2-5 5-5s5 2 5 5M13 4.5a3 3 0 010 5.5M14 12.2c2.4.4 4 2.2 4 4.8"/>',
    "filter": '<path d="M3 5h14M6 10h8M8.5 15h3"/>',
    "lock": '<path d="M5 9h10v8H5zM7 9V6.5a3 3 0 016 0V9"/>',
    "document": '<path d="M5 2.5h7l3.5 3.5v11.5H5zM11.5 2.5V7h4M8 11h5M8 14h5"/>',
    "link": '<path d="M8.5 11.5l3-3M7 9l-2.5 2.5a3.2 3.2 0 004.5 4.5L11.5 13.5M13 11l2.5-2.5a3.2 3.2 0 00-4.5-4.5L8.5 6.5"/>',
}


@cache
def icon(name: str, size: int = 20) -> str:
    """Draw one icon in the colour of the text around it.

    Raises:
        KeyError: there is no icon of this name.
    """
    return element(
        "svg",
        SHAPES[name],
        class_="icon",
        width=size,
        height=size,
        viewBox="0 0 20 20",
        fill="none",
        stroke="currentColor",
        stroke_width=2,
        stroke_linecap="round",
        stroke_linejoin="round",
        aria_hidden="true",
    )


@cache
def logo() -> str:
    """Draw the mark: two stations joined by a short line."""
    stations = [element("path", class_="logo-a", d="M11 11H29", stroke="#fecf16", stroke_width=7)]
    stations += [element("circle", class_="logo-a", cx=x, cy=11, r=10.5, fill="#fecf16") for x in (11, 29)]
    stations += [element("circle", class_="logo-b", cx=x, cy=11, r=4.8, fill="#13191d") for x in (11, 29)]
    return picture(stations, width=40, height=22, class_="logo")
