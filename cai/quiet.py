"""What libraries say of one another is for their authors, not for who uses `cai`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps progress bars, and warnings that libraries have for one another, off the terminal."""
    import datasets
    from transformers.utils import logging as transformers_logging

    hidden = datasets.are_progress_bars_disabled()
    bars = transformers_logging.is_progress_bar_enabled()
    datasets.disable_progress_bars()
    transformers_logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            # peft, on each checkpoint of a model that was given a pad token.
            warnings.filterwarnings("ignore", "Setting `save_embedding_layers`", UserWarning)
            yield
    finally:
        if not hidden:
            datasets.enable_progress_bars()
        if bars:
            transformers_logging.enable_progress_bar()
