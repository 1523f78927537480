"""Run folders: one holder at a time, and stage folders that are whole or not there at all.

A stage works in `NAME/.work/STAGE-FINGERPRINT/`. When it is done its manifest is written there,
last, and the folder is swapped in as `NAME/STAGE/`. A kill therefore leaves either the old stage or
the new one, and a work folder that the next try goes on with if its inputs are still the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from cai import disk
from cai.errors import RunError
from cai.records import digest

Inputs = Mapping[str, Any]

_PACKAGES = ("cai", "torch", "transformers", "trl", "datasets", "peft", "accelerate")
_REPLACED = "replaced"


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """What a finished stage was made of, and what came out.

    `inputs` holds everything the stage depended on, by name; `fingerprint` is their digest.
    `outputs` maps each file to its SHA-256. Of its `seconds`, `asking_seconds` went into `calls`.
    """

    stage: str
    fingerprint: str
    inputs: dict[str, Any]
    started: str
    finished: str
    seconds: float
    counts: dict[str, Any]
    calls: int
    cached_calls: int
    packages: dict[str, str]
    asking_seconds: float = 0.0
    outputs: dict[str, str] = field(default_factory=dict)


def fingerprint(inputs: Inputs) -> str:
    """The name of a stage's inputs: equal inputs, equal name."""
    return digest(dict(inputs))


def changed_inputs(old: Inputs, new: Inputs, prefix: str = "") -> list[str]:
    """Dotted names of the inputs that differ, were added or are gone, down to the leaves."""
    names: list[str] = []
    for key in sorted(set(old) | set(new)):
        before, after = old.get(key), new.get(key)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            names += changed_inputs(before, after, f"{prefix}{key}.")
        elif digest(before) != digest(after):
            names.append(f"{prefix}{key}")
    return names


def package_versions() -> dict[str, str]:
    """Versions of the packages that shape results, where they are installed."""
    versions = {}
    for name in _PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def call_store() -> Path:
    """The file of all finished model calls: one for a user's runs, wherever these are.

    The environment's `CAI_CACHE` names its folder; else it is `cai` in the user's cache folder.
    """
    own = os.environ.get("CAI_CACHE")
    folder = Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "cai"
    return folder.expanduser() / "calls.sqlite"


class RunFolder:
    """`runs/NAME/`: reads and writes stage folders as the module text says."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def stage(self, name: str) -> Path:
        """The folder of a finished stage."""
        return self.path / name

    def manifest(self, name: str) -> Manifest | None:
        """The manifest of a finished stage, or None if the stage never finished.

        Raises:
            RunError: if the manifest is damaged.
        """
        path = self.stage(name) / "manifest.json"
        if not path.exists():
            return None
        try:
            return Manifest(**json.loads(path.read_text("utf-8")))
        except (ValueError, TypeError) as error:
            raise RunError(
                f"{path}: damaged manifest ({error}); delete {path.parent} and run again"
            ) from None

    def work(self, name: str, inputs: Inputs) -> Path:
        """The work folder for these inputs, with whatever an earlier try left in it.

        Of the stage's other work folders the one used last stays, so that a setting that is
        changed by mistake, and back, does not cost the checkpoints of a training.
        """
        folder = self.path / ".work" / f"{name}-{fingerprint(inputs)[:16]}"
        folder.mkdir(parents=True, exist_ok=True)
        others = [
            other
            for other in folder.parent.glob(f"{name}-*")
            if other.name.rpartition("-")[0] == name
            and other != folder
            and other.name != f"{name}-{_REPLACED}"
        ]
        for other in sorted(others, key=lambda path: path.stat().st_mtime_ns)[:-1]:
            _remove(other)
        used = time.time_ns()  # the system's own stamps are too coarse to tell two uses apart
        os.utime(folder, ns=(used, used))
        return folder

    def commit(self, work: Path, manifest: Manifest) -> None:
        """Writes the manifest into the work folder and swaps the folder in."""
        outputs = {
            str(file.relative_to(work)): file_digest(file)
            for file in sorted(work.rglob("*"))
            if file.is_file() and file.name != "manifest.json"
        }
        text = json.dumps({**asdict(manifest), "outputs": outputs}, indent=2, ensure_ascii=False)
        write_text(work / "manifest.json", text + "\n")
        self._swap_in(manifest.stage, work)

    def recover(self) -> None:
        """Finishes swaps that a kill interrupted, and removes what they replaced."""
        works = self.path / ".work"
        if not works.exists():
            return
        for folder in sorted(works.iterdir()):
            stage, _, suffix = folder.name.rpartition("-")
            if suffix == _REPLACED:
                if not self.stage(stage).exists() and not self._finished_work(stage):
                    folder.rename(self.stage(stage))
                    continue
                _remove(folder)
            elif (folder / "manifest.json").exists():
                self._swap_in(stage, folder)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Holds the run for this process; the operating system lets go when the process ends.

        Raises:
            RunError: if another process holds it, naming that process.
        """
        self._make()
        lock = FileLock(self.path / ".lock")
        holder = self.path / ".holder.json"
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise RunError(f"{self.path} is in use by {_describe(holder)}; wait for it") from None
        try:
            write_text(
                holder,
                json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": now()}),
            )
            self.recover()
            yield
        finally:
            holder.unlink(missing_ok=True)
            lock.release()

    def _make(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(
                f"{self.path}: cannot be made ({error.strerror}); choose another --out"
            ) from error

    def _finished_work(self, stage: str) -> bool:
        return any(
            (folder / "manifest.json").exists()
            for folder in (self.path / ".work").glob(f"{stage}-*")
            if not folder.name.endswith(f"-{_REPLACED}")
        )

    def _swap_in(self, stage: str, work: Path) -> None:
        target = self.stage(stage)
        replaced = work.parent / f"{stage}-{_REPLACED}"
        _remove(replaced)
        if target.exists():
            target.rename(replaced)
        work.rename(target)
        _remove(replaced)


def write_text(path: Path, text: str) -> None:
    """Writes a file whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    with disk.named(path), partial.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def now() -> str:
    """The time in UTC, to the second, as manifests write it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _describe(holder: Path) -> str:
    try:
        facts = json.loads(holder.read_text("utf-8"))
        return f"process {facts['pid']} on {facts['host']} since {facts['since']}"
    except (OSError, ValueError, KeyError):
        return "another process"  # it took the lock a moment ago and has not signed yet


def _remove(path: Path) -> None:
    if path.is_dir():
        # Out of sight first: a kill while deleting must not leave something that looks whole.
        manifest = path / "manifest.json"
        manifest.unlink(missing_ok=True)
        shutil.rmtree(path)
