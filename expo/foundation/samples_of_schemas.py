"""An example for a schema: believable where a field's name is known, valid everywhere, the same each time."""

import re
from typing import Any

Schema = dict[str, Any]
DEEPEST = 10
KNOWN: dict[str, list[Any]] = {
    "about_en": ["Battery cells for vehicles and storage."],
    "about_zh": ["车用与储能电芯。"],
    "amount": ["1250000.00"],
    "at": ["2026-06-22T09:30:00Z"],
    "booth": ["SV 212"],
    "budget": ["98.0000"],
    "budget_unit": ["kWh"],
    "chain": ["smart-vehicle"],
    "chains": [["smart-vehicle"]],
    "company": ["borealis-cells"],
    "country": ["CN"],
    "currency": ["CNY"],
    "deliver_to": ["DE"],
    "description": ["Prismatic cells, 280 Ah, 6,000 cycles."],
    "edition": ["2026"],
    "email": ["anna@example.com"],
    "external_id": ["ERP-4711"],
    "full_name": ["Anna Adler"],
    "hs_code": ["850760"],
    "incoterms": [["FOB"]],
    "key": ["iso-9001"],
    "kind": ["company"],
    "language": ["en"],
    "lead_time_days": [45],
    "minimum_quantity": ["500.000"],
    "monthly_capacity": ["20000.000"],
    "name": ["Borealis Cells"],
    "name_en": ["Smart vehicle chain"],
    "name_zh": ["北极光电芯"],
    "needed_by": ["2026-09-30"],
    "origin": ["CN"],
    "origins_accepted": [["CN", "VN"]],
    "phone": ["+49 30 1234567"],
    "price_unit": ["kWh"],
    "quantity": ["1200.000"],
    "reason": ["The certificate has ended."],
    "registration": [4711],
    "role": ["exhibitor"],
    "main_segment": [12],
    "segment": ["battery-cells", 12],
    "ships_to": [["DE", "FR"]],
    "slug": ["borealis-cells"],
    "thing": ["offer"],
    "time_zone": ["Asia/Shanghai"],
    "title": ["Prismatic cells for storage"],
    "title_other": ["储能用方形电芯"],
    "unit": ["kWh"],
    "unit_price": ["0.4200"],
    "verb": ["submit"],
    "website": ["https://borealis.example/"],
}
FORMATS = {
    "date": "2026-06-22",
    "date-time": "2026-06-22T09:30:00Z",
    "time": "09:30:00",
    "uri": "https://expo.example/",
    "email": "anna@example.com",
    "uuid": "7f2c1a52-0f6e-4c0e-9d1e-2f5a4b8c9d10",
    "binary": "",
    "decimal": "12.50",
}


def sample_of(schema: Schema, components: Schema, name: str = "", depth: int = 0) -> Any:
    """Return a value that is valid for the schema."""
    if "$ref" in schema:
        return sample_of(components[schema["$ref"].rpartition("/")[2]], components, name, depth)
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            return sample_of(schema[several][0], components, name, depth)
    known = next((value for value in KNOWN.get(name, []) if fits(value, schema)), None)
    if known is not None:
        return known
    if schema.get("enum"):
        return schema["enum"][0]
    return _made(schema, components, name, depth)


def _made(schema: Schema, components: Schema, name: str, depth: int) -> Any:
    kind = kind_of(schema)
    if kind == "object":
        properties = schema.get("properties", {}) if depth < DEEPEST else {}
        return {one: sample_of(inner, components, one, depth + 1) for one, inner in properties.items()}
    if kind == "array":
        one = sample_of(schema.get("items", {}), components, name, depth + 1) if depth < DEEPEST else None
        return [one] * max(schema.get("minItems", 1), 1) if depth < DEEPEST else []
    if kind in {"integer", "number"}:
        return max(schema.get("minimum", 1), 1)
    if kind == "boolean":
        return schema.get("default", False)
    return _text(schema, name) if kind == "string" else None


def _text(schema: Schema, name: str) -> str:
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    tries = ["12.50", "battery-cells", "CN", "12", "a", name.replace("_", " ").capitalize() or "Text"]
    pattern = schema.get("pattern")
    words = next((one for one in tries if pattern and re.search(pattern, one)), tries[-1])
    return words[: schema.get("maxLength", len(words))]


def kind_of(schema: Schema) -> str:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kinds = [kind] if isinstance(kind, str) else [one for one in kind if one != "null"]
    return str(kinds[0]) if kinds else "null"


def fits(value: Any, schema: Schema) -> bool:
    """Say whether a believable value is a valid one too."""
    kind = kind_of(schema)
    if isinstance(value, list):
        items = schema.get("items", {})
        return kind == "array" and "$ref" not in items and all(fits(one, items) for one in value)
    if schema.get("enum") and value not in schema["enum"]:
        return False
    if not isinstance(value, str):
        return kind == "integer"
    if kind != "string":
        return False
    form = schema.get("format")
    right_form = form not in FORMATS or (form == "decimal" and re.fullmatch(r"-?\d+(\.\d+)?", value)) or looks_like(value, FORMATS[form])
    return bool(right_form) and len(value) <= schema.get("maxLength", len(value)) and bool(re.search(schema.get("pattern", ""), value))


def looks_like(value: str, other: str) -> bool:
    return re.sub(r"\d", "0", value) == re.sub(r"\d", "0", other) or ("://" in value and "://" in other)
