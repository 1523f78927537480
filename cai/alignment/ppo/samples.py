"""Sampled answers for reading: rows for samples.jsonl, and a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from cai.alignment.ppo.rollout import Answers, TokenMatrix
from cai.records import Row
from cai.reward.sources.scores import Scores


def sample_rows(
    answers: Answers, scores: Scores, tokens: TokenMatrix, *, update: int, count: int
) -> list[Row]:
    """The first `count` answers of an update, with their scores and their KL in nats."""
    kl = (tokens.logprobs - tokens.reference_logprobs).sum(1)
    return [
        {
            "update": update,
            "prompt_id": answers.prompts[row].id,
            "prompt": list(answers.prompts[row].messages),
            "text": answers.texts[row],
            "finished": bool(answers.finished[row]),
            "score": float(scores.total[row]),
            **scores.row(row),
            "kl": float(kl[row]),
        }
        for row in range(min(count, len(answers.texts)))
    ]


def table(rows: Sequence[Row], *, width: int = 100) -> str:
    """Rows of one update as lines of text: what was asked last, the answer, its score and KL.

    Control characters are left out, so that no answer can take over a terminal.
    """
    lines = []
    for row in rows:
        asked = _shown(row["prompt"][-1]["content"], width - 2)
        head = f"update {row['update']}  score {row['score']:.2f}  kl {row['kl']:.2f}"
        ended = "" if row["finished"] else "  (cut)"
        lines += [head + ended, f"> {asked}", f"  {_shown(row['text'], 4 * width)}"]
    return "\n".join(lines)


def _shown(text: str, longest: int) -> str:
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"
