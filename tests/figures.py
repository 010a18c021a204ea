"""What a long proof counted and measured, for whoever wants to write it down: a line of JSON in the file that FIGURES names."""

import json
import os
import platform
from pathlib import Path
from typing import Any

from django.db import connection


def note(about: str, **found: Any) -> None:
    """Add a line; nothing without FIGURES. No test reads it, and no time in it is asserted."""
    if name := os.environ.get("FIGURES"):
        engine = f"{connection.vendor} {'.'.join(map(str, connection.get_database_version()))}"
        line = {"about": about, "database": engine, "python": platform.python_version(), **found}
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
