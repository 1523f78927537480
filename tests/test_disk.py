"""A full disk, as every library that writes a file for us puts it, and as a user is told of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cai.disk import refusal

# No file may grow above 4 kB in a process of its own, which is how a full disk behaves.
WRITERS = """
import resource, sys
from pathlib import Path
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models
from cai.disk import refusal
from cai.journal import append_rows, write_rows
from cai.store import write_text

folder, tensors = Path(sys.argv[1]), {"a": torch.zeros(50_000)}
words = Tokenizer(models.WordLevel({str(n): n for n in range(5000)}, unk_token="0"))
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
for write in (
    lambda path: write_text(path, "x" * 9000),
    lambda path: append_rows(path, [{"a": "x" * 9000}]),
    lambda path: write_rows(path, [{"a": "x" * 9000}]),
    lambda path: save_file(tensors, path),
    lambda path: torch.save(tensors, path),
    lambda path: words.save(str(path)),
):
    try:
        write(folder / "file")
    except Exception as error:
        print(refusal(error, folder))
"""


def test_every_writer_s_error_is_known(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", WRITERS, str(tmp_path)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    mend = "; free some space and run the same command again: what is finished is kept"
    own = [f"cannot write {tmp_path / 'file'} (File too large){mend}"] * 3
    rust = f"cannot write a file in {tmp_path} (File too large){mend}"
    torch = f"cannot write a file in {tmp_path} (the disk took only a part of it){mend}"
    assert told == [*own, rust, torch, rust]


def test_another_error_is_not_taken_for_a_full_disk() -> None:
    assert refusal(FileNotFoundError(2, "No such file or directory")) is None
    assert refusal(RuntimeError("CUDA out of memory")) is None


@pytest.mark.parametrize(
    ("command", "file"),
    [
        (["init", "new"], "new/constitution/default.tests.yaml"),
        (["run", "--out", "new"], "new/.holder.json"),
        (["critique-revise", "--out", "new"], "new/.holder.json"),
        (["report", "old"], "old/report.html"),
    ],
)
def test_a_command_that_cannot_write_says_so_in_a_line(
    command: list[str], file: str, tmp_path: Path
) -> None:
    code = (
        "import resource, sys; from cai import cli\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY))\n"
        "sys.exit(cli.main(sys.argv[1:]))"
    )
    (tmp_path / "old").mkdir()
    full = subprocess.run(
        [sys.executable, "-c", code, *command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert full.returncode == 2, full.stderr
    assert full.stderr.startswith(f"cai: error: cannot write {file} (File too large); free some ")
    assert full.stderr.count("\n") == 1
    assert not (tmp_path / file).exists()
