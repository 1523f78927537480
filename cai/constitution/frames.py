"""The words around a plain rule, such as "Be kind.", where it becomes the texts of a principle."""

from __future__ import annotations

from collections.abc import Mapping

FRAMES: Mapping[str, str] = {
    "critique_request": "Point out any way in which the answer goes against this rule: ",
    "revision_request": "Rewrite the answer so that it keeps to this rule: ",
    "comparison": "Choose the answer that keeps better to this rule: ",
}
"""What stands before the rule, by the principle's field. It says nothing of the rule itself."""
