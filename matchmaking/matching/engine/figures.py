"""Figures in a text: values with their units, sizes, ratings and grades, as intervals that can be compared."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

DIGIT = re.compile(r"\d")
NUMBER = r"(?<![\d.])[-\u2212]?\d+(?:,\d{3})*(?:\.\d+)?"
MANY = {"万": 1e4, "百万": 1e6, "千": 1e3, "million": 1e6, "k": 1e3}
_DIMENSIONS: dict[str, dict[str, float]] = {
    "voltage": {"V": 1, "kV": 1e3, "mV": 1e-3, "volt": 1, "volts": 1, "VDC": 1, "VAC": 1, "伏": 1, "千伏": 1e3},
    "current": {"A": 1, "mA": 1e-3, "kA": 1e3, "安": 1, "amp": 1, "amps": 1},
    "charge": {"Ah": 1, "mAh": 1e-3, "安时": 1},
    "power": {"W": 1, "kW": 1e3, "MW": 1e6, "GW": 1e9, "Wp": 1, "千瓦": 1e3, "兆瓦": 1e6, "瓦": 1, "hp": 745.7, "马力": 745.7},
    "energy": {"Wh": 1, "kWh": 1e3, "MWh": 1e6, "GWh": 1e9, "度电": 1e3, "千瓦时": 1e3, "兆瓦时": 1e6},
    "apparent power": {"kVA": 1, "MVA": 1e3, "VA": 1e-3},
    "frequency": {"Hz": 1, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9},
    "resistance": {"mΩ": 1e-3, "Ω": 1, "kΩ": 1e3, "MΩ": 1e6, "mohm": 1e-3, "毫欧": 1e-3},
    "capacitance": {"pF": 1e-12, "nF": 1e-9, "μF": 1e-6, "uF": 1e-6, "mF": 1e-3, "微法": 1e-6},
    "inductance": {"nH": 1e-9, "μH": 1e-6, "uH": 1e-6, "mH": 1e-3},
    "length": {"nm": 1e-9, "μm": 1e-6, "um": 1e-6, "micron": 1e-6, "mm": 1e-3, "cm": 1e-2, "m": 1, "km": 1e3, "微米": 1e-6,
               "毫米": 1e-3, "厘米": 1e-2, "米": 1, "纳米": 1e-9, "inch": 0.0254, "英寸": 0.0254, "寸": 0.0254, "mil": 2.54e-5},
    "mass": {"g": 1e-3, "mg": 1e-6, "kg": 1, "t": 1e3, "公斤": 1, "吨": 1e3, "克": 1e-3, "tonne": 1e3, "tonnes": 1e3},
    "torque": {"Nm": 1, "N·m": 1, "mNm": 1e-3, "kNm": 1e3, "牛米": 1},
    "force": {"N": 1, "kN": 1e3},
    "pressure": {"Pa": 1, "kPa": 1e3, "bar": 1e5, "MPa": 1e6, "GPa": 1e9, "psi": 6894.8, "兆帕": 1e6},
    "temperature": {"°C": 1, "℃": 1, "度": 1, "摄氏度": 1},
    "volume": {"L": 1, "l": 1, "ml": 1e-3, "mL": 1e-3, "升": 1, "毫升": 1e-3, "litre": 1, "liter": 1, "m3": 1e3, "立方": 1e3},
    "area": {"mm2": 1e-6, "cm2": 1e-4, "m2": 1, "平方毫米": 1e-6, "平方厘米": 1e-4, "平方米": 1},
    "areal weight": {"gsm": 1, "g/m2": 1, "克/平方米": 1},
    "density": {"g/cm3": 1, "g/cc": 1, "g/ml": 1, "kg/m3": 1e-3, "克/立方厘米": 1},
    "throughput": {"t/h": 1, "kg/h": 1e-3, "t/d": 0.0417, "吨/小时": 1, "公斤/小时": 1e-3, "吨/天": 0.0417},
    "viscosity": {"Pa·s": 1, "mPa·s": 1e-3, "cP": 1e-3},
    "catheter gauge": {"Fr": 1},
    "flow": {"LPM": 1, "L/min": 1, "升/分": 1, "m3/h": 16.67, "Nm3/h": 16.67, "L/h": 0.01667},
    "memory": {"KB": 1, "MB": 1e3, "GB": 1e6, "TB": 1e9, "PB": 1e12, "kB": 1},
    "rate": {"Gbps": 1, "Mbps": 1e-3, "G": 1, "Tbps": 1e3, "Gb/s": 1, "GbE": 1, "GBASE": 1},
    "bits": {"bit": 1, "位": 1, "bits": 1},
    "molar mass": {"Da": 1, "kDa": 1e3, "MDa": 1e6},
    "concentration": {"mol/L": 1, "M": 1, "mmol/L": 1e-3},
    "filaments": {"K": 1},
    "charging": {"C": 1},
    "rack units": {"U": 1},
    "accelerators": {"GPU": 1, "卡": 1, "accelerator": 1, "accelerators": 1, "GPUs": 1},
    "cores": {"core": 1, "cores": 1, "核": 1, "芯": 1},
    "axes": {"axis": 1, "axes": 1, "轴": 1},
    "layers": {"layer": 1, "layers": 1, "层": 1},
    "pixels": {"MP": 1, "megapixel": 1, "万像素": 0.01},
    "light": {"lm": 1, "nits": 1},
    "speed": {"rpm": 1, "r/min": 1, "转": 1, "km/h": 1},
    "percent": {"%": 1},
    "mesh": {"mesh": 1, "目": 1},
    "denier": {"dtex": 1, "D": 1},
    "activity": {"IU/mg": 1, "EU/mg": 1, "IU": 1},
    "purity nines": {"N": 1},
    "cycles": {"cycles": 1, "次循环": 1},
}  # fmt: skip
UNITS = {unit: (dimension, float(factor)) for dimension, units in _DIMENSIONS.items() for unit, factor in units.items()}
_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_SEP = r"\s*(?:-|–|—|~|至|到|to|through)\s*"
FIGURE = re.compile(
    rf"(?P<pre>≥|>=|≤|<=|>|<|at least|min\.?|minimum|from|up to|max\.?|below|under|not less than|不低于|不小于|大于|至少|低于|小于|不超过|about|approx\.?|约)?\s*"
    rf"(?P<lo>{NUMBER})\s*(?P<many>万|百万|million)?(?:(?:{_UNIT})?{_SEP}(?P<hi>[-\u2212]?\d+(?:,\d{{3}})*(?:\.\d+)?)\s*(?P<many2>万|百万|million)?)?"
    rf"\s*-?(?P<unit>{_UNIT})(?:(?<![A-Za-z])|(?![A-Za-z\d²³]))(?!/[a-zA-Z])\s*(?P<post>以上|及以上|以内|以下|or more|or better|and above|and up|min\b|max\b|class|级|or less|\+)?"
)
SUM = re.compile(rf"(?<![\d.])(?P<one>\d+(?:\.\d+)?)\s?\+\s?(?P<two>\d+(?:\.\d+)?)\s?(?P<unit>{_UNIT})(?![A-Za-z])")
"""Two parts of one thing, such as a film and its coating: 9 + 3 μm."""
STANDARD = re.compile(
    r"\b(?:ISO/IEC|ISO|IEC|EN|GB/T|GB|UL|ASTM|DIN|ECE|UN|AS|JIS|BS|SAE|IATF|AQG|AEC|FSSC|UIC|ANSI|IEEE)[ -]?[A-Z]{0,2}\d[\d.:-]*[A-Z]?\b"
)
"""Names of standards: their numbers are no figures."""
CODE = re.compile(r"(?<![A-Za-z\d])(?P<prefix>[A-Za-z]{1,5})-?(?P<number>\d{1,5})(?![\d.%])(?=[A-Za-z]{0,2}(?![A-Za-z]))")
NAMED = re.compile(
    r"(?i)\b(?P<name>size|class|type|grade|ratio|FAO|figure|no\.|series|model|减速比|速比|型号|导程|lead|模数|module)\s*:?\s*(?P<number>\d+(?:\.\d+)?)"
)
AFTER = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<name>型|号)(?!机)")
RATIO = re.compile(r"(?<![\d.])(?:1\s*:\s*(?P<one>\d+(?:\.\d+)?)|(?P<other>\d+(?:\.\d+)?)\s*:\s*1)(?!\d)")
BARE_CODE = re.compile(
    r"(?<![\d.A-Za-z])(?P<number>0\d{3}|[1-9]\d{3})(?![\d.,%A-Za-z\u4e00-\u9fff])(?!\s*(?:[A-Za-z%μΩ°℃]|万|套|只|台|件|吨|公斤))"
)
SIZE = re.compile(
    r"(?<![\d.])(?P<one>\d+(?:\.\d+)?)\s*(?:mm)?\s*[×x*]\s*(?P<two>\d+(?:\.\d+)?)(?:\s*(?:mm)?\s*[×x*]\s*(?P<three>\d+(?:\.\d+)?))?"
)
ANALYSIS = re.compile(r"(?<![\d.:/+-])(?P<one>\d{1,2})\s?(?P<sign>[-:/+])\s?(?P<two>\d{1,2})\s?(?P=sign)\s?(?P<three>\d{1,2})(?![\d.:/-])")
"""Three small numbers in a row, as a fertiliser is named by what is in it: 15-15-15."""
STAINLESS = ("stainless", "austenitic", "ferritic", "inox", "不锈钢", "sus3", "sus 3", "sus4", "aisi")
STEEL = re.compile(
    r"(?<![\d.,×x*-])(?:SUS|AISI|SS)?\s?(?P<grade>20[1-4]|30[1-9]|31[0-9]|32[19]|347|4[0-4]\d|630|904)(?:LN|L|H|N|Ti|J1)?(?![\d.%A-Za-z])"
    rf"(?!\s*(?:[×x*~至%-]\s*\d|{_UNIT})(?![a-z]))"
)
STEEL_NUMBER = re.compile(r"(?<![\d.])(?P<number>1\.4[0-9]{3})(?!\d)")
STEEL_BY_NUMBER = {
    "1.4301": "304", "1.4307": "304", "1.4306": "304", "1.4401": "316", "1.4404": "316", "1.4435": "316", "1.4571": "316", "1.4541": "321",
    "1.4310": "301", "1.4305": "303", "1.4372": "201", "1.4016": "430", "1.4021": "420", "1.4028": "420", "1.4845": "310", "1.4539": "904",
}  # fmt: skip
"""Stainless steels by their European number and by the American one, which Chinese trade uses too."""
AT_LEAST = frozenset({"≥", ">=", ">", "at least", "min", "min.", "minimum", "from", "not less than", "不低于", "不小于", "大于", "至少", "以上", "及以上", "or more", "or better", "and above", "and up", "+"})  # fmt: skip
AT_MOST = frozenset({"≤", "<=", "<", "up to", "max", "max.", "below", "under", "低于", "小于", "不超过", "以内", "以下", "or less"})
ROUGH = frozenset({"about", "approx", "approx.", "约", "class", "级"})
NOT_CODES = frozenset(
    [
        "the",
        "and",
        "of",
        "in",
        "to",
        "at",
        "for",
        "on",
        "or",
        "by",
        "is",
        "from",
        "with",
        "per",
        "hs",
        "within",
        "under",
        "over",
        "day",
        "about",
    ]
)
PURPOSE = re.compile(
    r"(?i)(?P<own>\b(?:rated|tested|certified|approved|specified|qualified|sized|calibrated|insulated|good|guaranteed|valid)\s+for\b)|"
    r"\b(?:for|fits?|fitting|matching|compatible with|used (?:in|on|with|by))\s+(?:use (?:in|on|with)\s+)?|"
    r"适用于|应用于|用于|适配于?|匹配|配套|兼容|面向"
)
"""After these words stands what the thing is for; after "rated for" what it is."""
PURPOSE_ENDS = re.compile(
    r"(?i)[;、!?。\n()\[\]|]|(?<!\d)[,.]|[,.](?!\d)|\s[-–—]\s|的|\b(?:with|at|rated|including|incl|having|made|from|per|delivered|delivery|within)\b"
)
BESIDE_FIGURES = re.compile(
    r"(?i)\b(?:and|or|to|of|max|min|dc|ac|rms|each|over|above|up|about|more|less|than|nominal|use|an?|the|"
    r"pcs|pieces|sets|units|years?|months?|weeks?|days?|hours?|operations?|service|operating|ambient|voltages?|currents?|temperatures?|"
    r"pressures?|loads?|speeds?|torques?|frequenc(?:y|ies)|ratings?)\b|"
    r"以上|以下|以内|左右|及|和|或|至|到|等|级|型|环境|工况|电压|电流|温度|压力|转速|频率|载荷|负载|工作|使用|年|个月|天|小时|套|件|只|个|台"
)
"""What may stand beside a figure without being the thing that has it: "for 150 °C operation" is said of the thing itself."""
IS_WORD = re.compile(r"[^\W\d_]{2,}|[\u4e00-\u9fff]")
STEADY, ROUGHLY = 0.0, 0.1
LINEAR = {"temperature": 50.0, "percent": 40.0, "bits": 4.0, "charging": 5.0}
EXACT = 1e-3
SMALLEST, LARGEST = 1e-15, 1e21
BOUND = 60.0
"""Beyond every value: what "at least" and "at most" are open to."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A value of one dimension as an interval on a scale where 0.05 is a small difference and 0.35 a decisive one.

    `of_use`: it is not the thing's own, but of what the thing is for: the 800 V of a module for an 800 V axle.
    """

    dimension: str
    low: float
    high: float
    of_use: bool = False


def figures_in(text: str) -> list[Figure]:
    """Return the figures of a plain text, in order of their kind; each once."""
    if not DIGIT.search(text):
        return []
    found: list[Figure | None] = []

    def taken(match: re.Match[str]) -> str:
        found.append(_measured(match))
        return " , "

    plain = STANDARD.sub(" , ", text)
    if "+" in plain:
        plain = SUM.sub(r"\g<one>\g<unit> \g<two>\g<unit>", plain)
    is_stainless = _is_stainless(text)
    found += _analyses(plain) + _steels(text, is_stainless=is_stainless)
    if is_stainless:
        plain = STEEL.sub(" , ", plain)
    text = FIGURE.sub(taken, plain)
    found += [
        _exact(f"code {match['prefix'].lower()} {len(match['number'])}", match["number"])
        for match in CODE.finditer(text)
        if _is_code(match)
    ]
    found += [_exact(_named(match["name"]), match["number"]) for match in NAMED.finditer(text)]
    found += [_exact("size", match["number"]) for match in AFTER.finditer(text)]
    found += [_exact("ratio", match["one"] or match["other"]) for match in RATIO.finditer(text)]
    found += [_exact("bare", match["number"]) for match in BARE_CODE.finditer(text)]
    for match in SIZE.finditer(text):
        found += [_exact(f"side {n}", match[name]) for n, name in enumerate(("one", "two", "three")) if match[name]]
    return list(dict.fromkeys(figure for figure in found if figure))


def _analyses(text: str) -> list[Figure | None]:
    return [_exact(f"analysis {name}", match[name]) for match in ANALYSIS.finditer(text) for name in ("one", "two", "three")]


def _is_stainless(text: str) -> bool:
    low = text.lower()
    return any(word in low for word in STAINLESS)


def _steels(text: str, *, is_stainless: bool) -> list[Figure | None]:
    numbers = [STEEL_BY_NUMBER.get(match["number"]) for match in STEEL_NUMBER.finditer(text)] if "1.4" in text else []
    grades = [match["grade"] for match in STEEL.finditer(text)] if is_stainless else []
    return [_exact("stainless steel", grade) for grade in dict.fromkeys([*numbers, *grades]) if grade]


def figures_of(text: str, *, is_use: bool = False) -> list[Figure]:
    """Return the figures of a plain text, those of what the thing is for marked so. `is_use`: all of the text says what it is for."""
    if not DIGIT.search(text):
        return []
    text, own, at = f"for {text}" if is_use else text, [], 0
    uses: list[Figure] = []
    for start, end in _uses(text):
        uses += (replace(figure, of_use=True) for figure in figures_in(text[start:end]))
        own.append(text[at:start])
        at = end
    return list(dict.fromkeys([*figures_in(" , ".join([*own, text[at:]])), *uses]))


def _uses(text: str) -> Iterator[tuple[int, int]]:
    """Yield where a text says with a figure what the thing is for: from a "for" to the end of the phrase, if something has the figure."""
    at = 0
    while lead := PURPOSE.search(text, at):
        at = lead.end()
        ends = PURPOSE_ENDS.search(text, at)
        end = ends.start() if ends else len(text)
        if lead["own"] is None and DIGIT.search(text, at, end) and IS_WORD.search(BESIDE_FIGURES.sub(" ", FIGURE.sub(" ", text[at:end]))):
            yield at, end
            at = end


def _measured(match: re.Match[str]) -> Figure | None:
    dimension, factor = UNITS[match["unit"]]
    low = _value(match["lo"]) * MANY.get(match["many"] or match["many2"] or "", 1.0)
    high = _value(match["hi"]) * MANY.get(match["many2"] or match["many"] or "", 1.0) if match["hi"] else low
    ends = sorted((scaled(dimension, low * factor), scaled(dimension, high * factor)))
    words = {(match["pre"] or "").lower(), (match["post"] or "").lower()}
    slack = ROUGHLY if words & ROUGH else STEADY
    below = -BOUND if words & AT_MOST else ends[0] - slack
    above = BOUND if words & AT_LEAST else ends[1] + slack
    return Figure(dimension, below, above)


def scaled(dimension: str, value: float) -> float:
    """Put a value on its scale: logarithmic, but for those that may be negative or are counted in steps."""
    if dimension in LINEAR:
        return min(max(value, -LARGEST), LARGEST) / LINEAR[dimension]
    return math.log(min(max(abs(value), SMALLEST), LARGEST))


def _value(text: str) -> float:
    return float(text.replace(",", "").replace("\u2212", "-"))


def _exact(dimension: str, number: str) -> Figure:
    value = min(float(number), 1e6) / EXACT
    return Figure(dimension, value, value)


def _is_code(match: re.Match[str]) -> bool:
    prefix = match["prefix"]
    return prefix.lower() not in NOT_CODES and prefix[0].isupper()


def _named(name: str) -> str:
    low = name.lower()
    return {"减速比": "ratio", "速比": "ratio", "型号": "size", "导程": "lead", "type": "size", "no.": "size", "模数": "module"}.get(
        low, low
    )
