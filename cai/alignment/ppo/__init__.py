"""Proximal Policy Optimization for text, in plain PyTorch.

Ten lines are enough to align a model with whatever scores its answers::

    from datasets import load_dataset
    from cai.alignment.ppo import PPOConfig, PPOTrainer

    trainer = PPOTrainer(
        policy="sft-folder",                              # or a hub name, or a loaded model
        reward=["reward-folder", (my_function, 0.5)],     # models and functions, with weights
        prompts=load_dataset("my/prompts", split="train"),
        settings=PPOConfig(learning_rate=3e-6, lora_rank=16),
    )
    trainer.train("runs/mine")                            # resumes; leaves runs/mine/model

`trainer.update()` makes one update and reports on it; `trainer.save_model(folder)` writes the
policy as it is. docs/ppo.md has the equations, every default's reason, and how to read the curves.

How the files are read: `config` says what can be set, and `groups` what surrounds the method;
`formulas` is the mathematics, `building` makes models, a reward and prompts of what is given,
`batches` puts sequences side by side, `networks` gives log-probabilities and values, `generation`
samples, `rollout` makes episodes, `objective` is what a token's loss is made of, `learning` turns
episodes into gradient steps, `trainer` is the loop, `metrics` its numbers, `checkpoint` its state
on disk, and `run` the pipeline's stage.
"""

from cai.alignment.ppo.alarms import AlarmSettings, IndependentSettings
from cai.alignment.ppo.config import PPOConfig
from cai.alignment.ppo.generation.settings import GenerationSettings
from cai.alignment.ppo.groups import (
    CheckpointSettings,
    ComputeSettings,
    SampleSettings,
    ValueSettings,
)
from cai.alignment.ppo.networks import TokenPolicy, ValueModel
from cai.alignment.ppo.run import run
from cai.alignment.ppo.trainer import PPOTrainer, UpdateReport

__all__ = [
    "AlarmSettings",
    "CheckpointSettings",
    "ComputeSettings",
    "GenerationSettings",
    "IndependentSettings",
    "PPOConfig",
    "PPOTrainer",
    "SampleSettings",
    "TokenPolicy",
    "UpdateReport",
    "ValueModel",
    "ValueSettings",
    "run",
]
