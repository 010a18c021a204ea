"""A chart as a file of its own: with its colours, its heading, its key and its source, readable wherever it is put.

Colours are written as attributes, not as a stylesheet: word processors, slides and mail programs understand no more, and a strict
Content-Security-Policy lets nothing else through.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from expo.foundation.drawing.labels import width_of
from expo.foundation.drawing.svg import element, number, words

SVG = "http://www.w3.org/2000/svg"
SANS = "Helvetica Neue, Segoe UI, Nimbus Sans, Helvetica, Arial, PingFang SC, Noto Sans SC, Noto Sans CJK SC, Microsoft YaHei, sans-serif"
INK, SOFT, EDGE, PAPER = "#13191d", "#535a5f", "#767d82", "#ffffff"
COLOURS = {
    "dt": "#0864cd",
    "am": "#592d9d",
    "ga": "#337511",
    "hl": "#af0062",
    "sv": "#bd4002",
    "ce": "#067a7d",
    "r8": "#714d14",
    "ss": "#35424a",
}
MARGIN, HEAD, KEY, FOOT = 24, 44, 30, 26
HEAD_SIZE, KEY_SIZE, FOOT_SIZE = 22, 14, 12
ON_LINE, GROUND_SIZE = "fig", 16


@dataclass(frozen=True)
class Frame:
    """What stands around a chart.

    Attributes:
        title: the heading, also the picture's name.
        description: what it shows, in a sentence or more, for those who cannot see it.
        keys: what the solid, the half and the light parts are, as (class, words): ("k0", "Agreements").
        source: the line below it.
    """

    title: str
    description: str
    keys: Sequence[tuple[str, str]] = ()
    source: str = ""
    language: str = "en"


def portable(drawn: str, frame: Frame) -> str:
    """Return a chart of this package as the text of an SVG file; '' for no chart.

    Raises:
        ValueError: the drawing has no viewBox.
    """
    if not drawn:
        return ""
    root = ET.fromstring(drawn)  # noqa: S314 - our own drawing, nothing of it is parsed that we have not escaped
    box = root.get("viewBox")
    if box is None:
        raise ValueError("a chart without a viewBox cannot be framed")
    wide, high = (float(size) for size in box.split()[2:])
    _paint(root, INK)
    inside = "".join(ET.tostring(child, encoding="unicode") for child in root)
    above = HEAD + (KEY if frame.keys else 0)
    width = max(wide, width_of(frame.title, HEAD_SIZE)) + 2 * MARGIN
    height = above + high + (FOOT if frame.source else 0) + 2 * MARGIN
    return element(
        "svg",
        [
            element("title", _escaped(frame.title), id="title"),
            element("desc", _escaped(frame.description), id="desc"),
            element("rect", width=width, height=height, fill=PAPER),
            words(frame.title, MARGIN, MARGIN + HEAD_SIZE, fill=INK, font_size=HEAD_SIZE, font_weight="bold"),
            _keys(frame.keys),
            element("g", inside, transform=f"translate({MARGIN} {MARGIN + above})"),
            words(frame.source, MARGIN, height - MARGIN, fill=SOFT, font_size=FOOT_SIZE),
        ],
        xmlns=SVG,
        lang=frame.language,
        role="img",
        aria_labelledby="title desc",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        font_family=SANS,
    )


def _keys(keys: Sequence[tuple[str, str]]) -> str:
    drawn, x = [], float(MARGIN)
    for class_, said in keys:
        drawn.append(element("rect", x=x, y=MARGIN + HEAD, width=22, height=13, **painted(class_, INK)))
        drawn.append(words(said, x + 30, MARGIN + HEAD + 11.5, fill=INK, font_size=KEY_SIZE))
        x += 30 + width_of(said, KEY_SIZE) + 24
    return "".join(drawn)


def _paint(node: ET.Element, chain: str) -> None:
    """Write each class out as attributes, below the colour of the nearest chain."""
    chain = COLOURS.get(
        (node.get("data-colour") or node.get("data-chain") or "").lower(), chain if "data-chain" not in node.attrib else INK
    )
    class_ = node.attrib.pop("class", "")
    for name in ("data-chain", "data-colour"):
        node.attrib.pop(name, None)
    defaults = {"fill": INK, "font-size": "15"} if node.tag == "text" else {}
    given = {key.replace("_", "-"): str(value) for one in class_.split() for key, value in painted(one, chain).items()}
    for key, value in {**defaults, **given}.items():
        node.attrib.setdefault(key, value)
    for child in list(node):
        if child.get("class") == ON_LINE:
            node.insert(list(node).index(child), _ground(child))
        _paint(child, chain)


def _ground(figure: ET.Element) -> ET.Element:
    """Return the paper under a figure that stands on a line. The page draws it as an edge of the letters, which few programs know."""
    wide = width_of(figure.text or "", GROUND_SIZE) + 6
    x, y = float(figure.get("x", "0")) - wide / 2, float(figure.get("y", "0")) - GROUND_SIZE + 1
    return ET.Element("rect", {"x": number(x), "y": number(y), "width": number(wide), "height": number(GROUND_SIZE + 2), "fill": PAPER})


def painted(class_: str, chain: str) -> dict[str, str | float | None]:
    """Return what a class of the charts looks like on white paper, in this chain's colour."""
    looks: dict[str, dict[str, str | float | None]] = {
        "k0": {"fill": chain},
        "k1": {"fill": mixed(chain, 0.55)},
        "k2": {"fill": mixed(chain, 0.1), "stroke": chain, "stroke_width": "1.5"},
        "plate": {"fill": chain},
        "code": {"fill": PAPER, "font_weight": "bold"},
        "rail": {"fill": "none", "stroke": chain, "stroke_width": "9"},
        "bow": {"fill": "none", "stroke": mixed(chain, 0.6)},
        "fig": {"font_weight": "bold", "text_anchor": "middle"},
        "stop-s": {"fill": PAPER, "stroke": chain, "stroke_width": "3"},
        "node": {"fill": PAPER, "stroke": INK, "stroke_width": "5"},
        "axis": {"stroke": EDGE, "stroke_width": "1.5"},
        "trace": {"fill": "none", "stroke": INK, "stroke_width": "9"},
        "c-full": {"fill": INK},
        "cut": {"stroke": PAPER, "stroke_width": "2", "stroke_dasharray": "4 3"},
        "in": {"fill": PAPER, "font_size": "13"},
        "dim": {"fill": SOFT, "font_size": "14"},
        "num": {"font_size": "20", "font_weight": "bold"},
        "num-s": {"font_weight": "bold"},
        "lab-b": {"font_weight": "bold"},
        "band": {"fill": mixed(INK, 0.25), "stroke": PAPER, "stroke_width": "1"},
        "is-rest": {"fill": mixed(INK, 0.1)},
    }
    return looks.get(class_, {})


def mixed(colour: str, part: float) -> str:
    """Return so much of a colour on white paper."""
    shades = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(shade * part + 255 * (1 - part)):02x}" for shade in shades)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
