"""PPO on your own models in ten lines; here on the embedded model, in under two minutes.

    python examples/ppo.py --out runs/example

The reward is a function with the signature of TRL's reward functions; a reward model's folder or
name would do as well, or a list of both. Started again after a kill, it goes on where it was.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from datasets import Dataset

from cai.alignment.ppo import PPOConfig, PPOTrainer, SampleSettings
from cai.journal import read_rows

QUESTIONS = [
    "How do I bake bread?", "How can I learn to swim?", "What is a good book for a train ride?",
    "How do I repair a bicycle?", "Tell me how to grow tomatoes.", "How do I write a letter?",
    "What can I cook with rice?", "How do I take care of a cat?",
]  # fmt: skip


def brief(completions: list[list[dict[str, str]]], words: list[int], **_: object) -> list[float]:
    """The nearer to the words that a row asks for, the better; `words` is a column of the rows."""
    lengths = [len(answer[0]["content"].split()) for answer in completions]
    return [-abs(length - wanted) / 10 for length, wanted in zip(lengths, words, strict=True)]


def main() -> None:
    """Trains, and prints what became of the reward."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("runs/example"))
    parser.add_argument("--episodes", type=int, default=512)
    options = parser.parse_args()

    trainer = PPOTrainer(
        policy="cai-mini",
        reward=brief,
        prompts=Dataset.from_dict({"prompt": QUESTIONS, "words": [8] * len(QUESTIONS)}),
        settings=PPOConfig(
            total_episodes=options.episodes,
            batch_size=32,
            minibatch_size=16,
            max_new_tokens=48,
            reward_normalisation="running",
            samples=SampleSettings(every=4, count=2),
        ),
    )
    model = trainer.train(options.out)

    rows = list(read_rows(options.out / "metrics.jsonl"))
    for row in (rows[0], rows[-1]):
        print(
            f"update {row['step']:3}: reward {row['objective/scores']:.2f}, "
            f"{row['val/response_length']:.1f} tokens, KL {row['objective/kl']:.2f}"
        )
    print(f"the model is in {model}")


if __name__ == "__main__":
    main()
