"""How long `cai critique-revise` takes from its start to the first finished text.

A part of `benchmarks/engines.py`. The command runs as a user runs it, on the embedded model, in a
process of its own with a store of calls that knows nothing. A text is there when the store has it:
all its tokens were written then, so the first token was there before.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_LOOKS = 0.02  # seconds between two looks into the store


def first_text(prompts: int) -> float:
    """Seconds until the store of calls holds a first result.

    Raises:
        RuntimeError: if the command ends without one.
    """
    with tempfile.TemporaryDirectory(prefix="cai-start-") as folder:
        store = Path(folder) / "cache" / "calls.sqlite"
        command = [
            *(sys.executable, "-m", "cai.cli", "critique-revise", "--limit", str(prompts)),
            *("--out", str(Path(folder) / "run")),
        ]
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            env={**os.environ, "CAI_CACHE": str(store.parent)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            while not _has_result(store):
                if process.poll() is not None and not _has_result(store):
                    told = process.stderr.read() if process.stderr else ""
                    raise RuntimeError(f"{' '.join(command)} wrote nothing: {told[-500:]}")
                time.sleep(_LOOKS)
            return time.perf_counter() - began
        finally:
            process.terminate()
            process.communicate()


def _has_result(store: Path) -> bool:
    if not store.exists():
        return False
    database = sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=10)
    try:
        return database.execute("SELECT 1 FROM results LIMIT 1").fetchone() is not None
    except sqlite3.OperationalError:  # its tables are being made
        return False
    finally:
        database.close()
