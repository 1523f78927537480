"""Versions against the ranges in this package's own metadata: there is no second list."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING

from cai.doctor.finding import Finding, finding, looked
from cai.engines.settings import ROLES

if TYPE_CHECKING:
    from cai.run import Run

GROUP = "versions"
_finding = partial(finding, GROUP)


def versions(run: Run) -> Iterator[Finding]:
    """Python, and every package that this recipe needs."""
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

    try:
        about = metadata.metadata("cai")
    except metadata.PackageNotFoundError:
        yield _finding(
            "cai", "warning", "not installed",
            "its ranges are not known; install it with: pip install -e .",
        )  # fmt: skip
        return
    wanted, python = SpecifierSet(about["Requires-Python"] or ""), platform.python_version()
    fits = wanted.contains(python, prereleases=True)
    yield _finding(
        "python", "ok" if fits else "failure", f"{python} ({wanted})",
        "" if fits else f"make an environment with Python {wanted} and install cai into it",
    )  # fmt: skip
    yield _finding("cai", "ok", about["Version"])
    needed = extras(run)
    for text in metadata.requires("cai") or ():
        requirement = Requirement(text)
        if _applies(requirement.marker, needed):
            yield package(requirement.name, requirement.specifier)
    # What is not in the metadata is checked where it is used, by the ranges that stand there.
    engine = run.recipe.engine
    if any(engine.of(role).kind == "vllm" for role in ROLES):
        from cai.engines.vllm.installed import check_installed

        yield _finding("vllm", "ok", check_installed().partition(" ")[2])
    if _samples_by_vllm(run):
        from cai.alignment.ppo.generation.vllm import check_installed as check_sampler

        yield from looked(GROUP, "vllm for PPO", lambda: _sampler(check_sampler))


def package(name: str, wanted: object) -> Finding:
    """One installed package against a `SpecifierSet`."""
    from packaging.specifiers import SpecifierSet

    specifier = SpecifierSet(str(wanted))
    bounds = f" ({specifier})" if str(specifier) else ""
    mend = f"pip install '{name}{specifier}'"
    try:
        installed = metadata.version(name)
    except metadata.PackageNotFoundError:
        return _finding(name, "failure", f"not installed{bounds}", mend)
    fits = specifier.contains(installed, prereleases=True)
    return _finding(name, "ok" if fits else "failure", f"{installed}{bounds}", "" if fits else mend)


def extras(run: Run) -> list[str]:
    """The optional parts of this package that the recipe uses."""
    ppo = run.recipe.sections["align-ppo"]
    used = {
        "server": bool(run.recipe.servers),
        "ray": run.recipe.engine.ray.address is not None,
        "tensorboard": "ppo" in run.recipe.methods and "tensorboard" in ppo["report_to"],
    }
    return [name for name, is_used in used.items() if is_used]


def _sampler(check: Callable[[], object]) -> Iterator[Finding]:
    check()
    yield _finding("vllm for PPO", "ok", metadata.version("vllm"))


def _samples_by_vllm(run: Run) -> bool:
    engine = run.recipe.sections["align-ppo"]["generation"]["engine"]
    return "ppo" in run.recipe.methods and engine == "vllm"


def _applies(marker: object, extras: Sequence[str]) -> bool:
    from packaging.markers import Marker

    if not isinstance(marker, Marker):
        return True
    return any(marker.evaluate({"extra": extra}) for extra in ("", *extras))
