"""Results for machines."""

from __future__ import annotations

import json
from typing import Any


def print_json(value: Any) -> None:
    """Prints a result as JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False))
