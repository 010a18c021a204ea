"""What schemathesis is told beyond the API's description; `tools.fuzz` names this module in SCHEMATHESIS_HOOKS."""

import uuid
from typing import Any

import schemathesis


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    """Give every request an idempotency key of its own and no condition: repeated, the example's would be refused before anything is read."""
    headers = case.headers or {}
    if headers.get("Idempotency-Key", "").isascii() and headers.get("Idempotency-Key", "").strip():
        headers["Idempotency-Key"] = uuid.uuid4().hex
    headers.pop("If-Match", None)
