"""Training examples that several files of tests look at."""

from __future__ import annotations

import pytest

from cai.mini.examples import examples
from cai.mini.parts import Example


@pytest.fixture(scope="session")
def late() -> list[Example]:
    return examples(11, count=3000, progress=1.0)
