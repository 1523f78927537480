"""What test_command.py starts with torchrun: `cai` with process 1 unable to read its tokenizer."""

from __future__ import annotations

import os
import sys

from cai import cli
from cai.errors import EngineError
from cai.supervised import sft


def missing(name: str) -> None:
    raise EngineError(f"{name}: there is no such tokenizer on this machine")


if __name__ == "__main__":
    if os.environ["RANK"] == "1":
        sft.load_tokenizer = missing
    sys.exit(cli.main(sys.argv[1:]))
