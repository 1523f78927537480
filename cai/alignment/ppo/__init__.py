"""Proximal Policy Optimization for text, in plain PyTorch.

Ten lines are enough to align a model with any function that scores conversations::

    from cai.alignment.ppo import PPOConfig, PPOTrainer, ValueModel
    from cai.models import load_causal, load_scorer, load_tokenizer

    tokenizer = load_tokenizer("sft-folder")
    trainer = PPOTrainer(
        policy=load_causal("sft-folder", tokenizer=tokenizer),
        value=ValueModel.from_scorer(load_scorer("reward-folder", tokenizer=tokenizer)),
        tokenizer=tokenizer, reward=my_scores, prompts=my_prompts, settings=PPOConfig(),
    )
    while not trainer.done:
        print(trainer.update().metrics)

How the files are read: `config` says what can be set, `formulas` is the mathematics, `batches` puts
sequences side by side, `networks` gives log-probabilities and values, `loading` shares weights
among them, `rollout` makes episodes, `objective` is what a token's loss is made of, `learning`
turns episodes into gradient steps, `trainer` is the loop, `metrics` its numbers, `checkpoint` its
state on disk, and `run` the pipeline's stage.
"""

from cai.alignment.ppo.config import PPOConfig, SampleSettings
from cai.alignment.ppo.networks import TokenPolicy, ValueModel
from cai.alignment.ppo.run import run
from cai.alignment.ppo.trainer import PPOTrainer, UpdateReport

__all__ = [
    "PPOConfig",
    "PPOTrainer",
    "SampleSettings",
    "TokenPolicy",
    "UpdateReport",
    "ValueModel",
    "run",
]
