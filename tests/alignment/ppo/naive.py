"""PPO as one would write it on a blackboard, in float64.

It pads the whole batch on the left, behind an attention mask, computes every logit, walks through
tokens one by one, and takes its Adam steps by the formula. It starts from a trainer's weights and
keeps its own from then on.
"""

from __future__ import annotations

import copy
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from cai.alignment.ppo import PPOTrainer
from cai.alignment.ppo.batches import TokenSequence
from cai.alignment.ppo.learning import minibatches
from cai.alignment.ppo.trainer import UpdateReport
from cai.records import derive_seed


@dataclass
class Adam:
    """Kingma & Ba 2015, algorithm 1, after the gradient was scaled down to a norm."""

    parameters: list[nn.Parameter]
    step_number: int = 0

    def __post_init__(self) -> None:
        self.first = [torch.zeros_like(p) for p in self.parameters]
        self.second = [torch.zeros_like(p) for p in self.parameters]

    def step(self, loss: Tensor, *, rate: float, limit: float) -> tuple[list[Tensor], float]:
        gradients = list(torch.autograd.grad(loss, self.parameters))
        norm = math.sqrt(math.fsum(float(g.square().sum()) for g in gradients))
        gradients = [g * min(1.0, limit / (norm + 1e-6)) for g in gradients]
        self.step_number += 1
        for i, g in enumerate(gradients):
            self.first[i] = 0.9 * self.first[i] + 0.1 * g
            self.second[i] = 0.999 * self.second[i] + 0.001 * g * g
            mean = self.first[i] / (1 - 0.9**self.step_number)
            spread = self.second[i] / (1 - 0.999**self.step_number)
            with torch.no_grad():
                self.parameters[i] -= rate * mean / (spread.sqrt() + 1e-8)
        return gradients, norm


class Naive:
    """PPO as one would write it on a blackboard."""

    def __init__(self, trainer: PPOTrainer) -> None:
        self.settings = trainer.settings
        self.banned = set(trainer.learner.policy.banned_ids)
        self.policy = copy.deepcopy(trainer.learner.policy.model)
        self.value = copy.deepcopy(trainer.learner.value)
        self.reference = copy.deepcopy(self.policy)
        self.policy_adam = Adam(list(self.policy.parameters()))
        self.value_adam = Adam(list(self.value.parameters()))
        self.policy_gradients: list[list[Tensor]] = []
        self.value_gradients: list[list[Tensor]] = []
        self.coefficient = self.settings.kl_coefficient
        self.scores: list[float] = []

    # --- networks

    def states(self, body: nn.Module, sequences: Sequence[TokenSequence]) -> list[Tensor]:
        """Per sequence, the hidden states before each of its response tokens."""
        width = max(len(one.prompt) + len(one.response) for one in sequences)
        ids, mask, places = [], [], []
        for one in sequences:
            tokens = [*one.prompt, *one.response]
            pad = width - len(tokens)
            ids.append([7] * pad + tokens)
            mask.append([0] * pad + [1] * len(tokens))
            places.append([0] * pad + list(range(len(tokens))))
        hidden = body(
            input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask),
            position_ids=torch.tensor(places),
        ).last_hidden_state  # fmt: skip
        return [
            hidden[row, width - len(one.response) - 1 : width - 1]
            for row, one in enumerate(sequences)
        ]

    def log_distributions(
        self, model: PreTrainedModel, sequences: Sequence[TokenSequence]
    ) -> list[list[dict[int, Tensor]]]:
        """Per sequence and response token: the log-probability of every token that may be said."""
        found = []
        for states in self.states(model.base_model, sequences):
            logits = model.get_output_embeddings()(states) / self.settings.temperature
            kept = [i for i in range(logits.shape[1]) if i not in self.banned]
            normal = logits[:, kept] - logits[:, kept].exp().sum(1, keepdim=True).log()
            found.append([dict(zip(kept, row.unbind(), strict=True)) for row in normal])
        return found

    def values(self, sequences: Sequence[TokenSequence]) -> list[list[Tensor]]:
        weight, bias = self.value.head.weight[0], self.value.head.bias[0]
        return [
            [(state * weight).sum() + bias for state in states]
            for states in self.states(self.value.body, sequences)
        ]

    def said(
        self, model: PreTrainedModel, sequences: Sequence[TokenSequence]
    ) -> tuple[list[list[Tensor]], list[list[Tensor]]]:
        """Log-probabilities of the response tokens, and the entropies before them."""
        logprobs, entropies = [], []
        for one, distributions in zip(
            sequences, self.log_distributions(model, sequences), strict=True
        ):
            logprobs.append([d[t] for d, t in zip(distributions, one.response, strict=True)])
            stacked = [torch.stack(list(d.values())) for d in distributions]
            entropies.append([-(d.exp() * d).sum() for d in stacked])
        return logprobs, entropies

    # --- one update

    def update(
        self, number: int, report: UpdateReport, demonstrations: list[TokenSequence]
    ) -> dict[str, float]:
        s = self.settings
        sequences = report.answers.sequences
        raw = [float(x) for x in report.scores.total.double()]
        with torch.no_grad():
            old = [[float(x) for x in row] for row in self.said(self.policy, sequences)[0]]
            reference = [[float(x) for x in row] for row in self.said(self.reference, sequences)[0]]
            old_values = [[float(x) for x in row] for row in self.values(sequences)]
        shaped = self.shape(raw, report.answers.finished.tolist())
        in_loss = s.kl_placement == "loss"
        beta = self.coefficient
        rewards = []
        for i, score in enumerate(shaped):
            charged = 0.0 if in_loss else beta
            row = [-charged * (a - b) for a, b in zip(old[i], reference[i], strict=True)]
            row[-1] += score
            rewards.append(row)
        advantages, returns = self.advantages(rewards, old_values)
        flat = [x for row in advantages for x in row]
        mean, spread = math.fsum(flat) / len(flat), math.sqrt(statistics.pvariance(flat) + 1e-8)
        white = [[(x - mean) / spread for x in row] for row in advantages]
        price = beta / spread if in_loss else 0.0
        n = len(sequences)
        pairs = [(a, b) for x, y in zip(old, reference, strict=True)
                 for a, b in zip(x, y, strict=True)]  # fmt: skip
        kl = math.fsum(a - b for a, b in pairs) / n
        errors = [r - v for x, y in zip(returns, old_values, strict=True)
                  for r, v in zip(x, y, strict=True)]  # fmt: skip
        metrics = {
            "objective/kl": kl,
            "objective/kl_k3": math.fsum(math.exp(b - a) - 1 - (b - a) for a, b in pairs) / n,
            "objective/kl_coefficient": beta,
            "objective/entropy": -math.fsum(a for a, _ in pairs) / n,
            "objective/rlhf_reward": math.fsum(shaped) / n - beta * kl,
            "objective/non_score_reward": -beta * kl,
            "val/explained_variance": 1
            - statistics.pvariance(errors) / statistics.pvariance([r for x in returns for r in x]),
        }
        if s.kl_target is not None:
            self.coefficient *= 1 + 0.1 * max(-0.2, min(0.2, kl / s.kl_target - 1))
        return metrics | self.learn(
            number, sequences, old, reference, old_values, white, returns, price, demonstrations
        )

    def shape(self, raw: list[float], finished: list[bool]) -> list[float]:
        s = self.settings
        if s.reward_normalisation == "running":
            self.scores += raw
            mean, spread = statistics.fmean(self.scores), statistics.pstdev(self.scores)
            raw = [(x - mean) / spread for x in raw]
        limit = math.inf if s.reward_clip is None else s.reward_clip
        return [
            max(-limit, min(limit, x)) - (0.0 if ended else s.missing_eos_penalty)
            for x, ended in zip(raw, finished, strict=True)
        ]

    def advantages(
        self, rewards: list[list[float]], values: list[list[float]]
    ) -> tuple[list[list[float]], list[list[float]]]:
        s = self.settings
        advantages, returns = [], []
        for r, v in zip(rewards, values, strict=True):
            n = len(r)
            after = [*v[1:], 0.0]
            deltas = [r[t] + s.gamma * after[t] - v[t] for t in range(n)]
            row = [
                math.fsum((s.gamma * s.lam) ** (k - t) * deltas[k] for k in range(t, n))
                for t in range(n)
            ]
            advantages.append(row)
            returns.append([a + x for a, x in zip(row, v, strict=True)])
        return advantages, returns

    def learn(
        self, number: int, sequences: list[TokenSequence], old: list[list[float]],
        reference: list[list[float]], old_values: list[list[float]], white: list[list[float]],
        returns: list[list[float]], price: float, demonstrations: list[TokenSequence],
    ) -> dict[str, float]:  # fmt: skip
        s = self.settings
        left = 1 - number / s.total_updates
        warm = min(1.0, max(0, number - s.value.warmup_updates + 1) / (s.lr_warmup_updates + 1))
        seen: dict[str, list[float]] = {
            name: [] for name in ("value", "moved", "policy", "kl", "ptx", "ratio", "entropy",
                                  "low", "high", "dual", "policy norm", "value norm")
        }  # fmt: skip
        steps, stopped = 0, False
        for step, rows in enumerate(
            minibatches(len(sequences), settings=s, seed=derive_seed(s.seed, "minibatches", number))
        ):
            chosen = [sequences[i] for i in rows]
            tokens = [(i, j, t) for i, row in enumerate(rows) for j, t in enumerate(old[row])]
            values = self.values(chosen)
            value_loss = torch.zeros((), dtype=torch.float64)
            for i, j, _ in tokens:
                now, before, target = values[i][j], old_values[rows[i]][j], returns[rows[i]][j]
                loss = (now - target) ** 2 / 2
                if s.value.clip_range is not None:
                    near = before + torch.clamp(
                        now - before, -s.value.clip_range, s.value.clip_range
                    )
                    loss = torch.maximum(loss, (near - target) ** 2 / 2)
                    seen["moved"].append(float(abs(now.item() - before) > s.value.clip_range))
                value_loss = value_loss + loss / len(tokens)
                seen["value"].append(loss.item())
            policy_loss = torch.zeros((), dtype=torch.float64)
            log_ratios = []
            logprobs, entropies = self.said(self.policy, chosen)
            for i, j, before_logprob in tokens:
                advantage = white[rows[i]][j]
                ratio = torch.exp(logprobs[i][j] - before_logprob)
                log_ratios.append(logprobs[i][j].item() - before_logprob)
                surrogate = self.surrogate(ratio, advantage, seen)
                back = reference[rows[i]][j] - logprobs[i][j]
                k3 = ratio * (back.exp() - 1 - back)
                policy_loss = policy_loss + (
                    surrogate + price * k3 - s.entropy_coefficient * entropies[i][j]
                ) / len(tokens)
                seen["policy"].append(surrogate.item())
                seen["kl"].append(k3.item())
                seen["ratio"].append(ratio.item())
                seen["entropy"].append(entropies[i][j].item())
            far = statistics.fmean(x * x / 2 for x in log_ratios)
            if s.target_kl is not None and far > s.target_kl:
                stopped = True
                break
            if s.ptx_coefficient:
                shown = demonstrations[step * s.minibatch_size : (step + 1) * s.minibatch_size]
                said = [x for row in self.said(self.policy, shown)[0] for x in row]
                policy_loss = policy_loss - s.ptx_coefficient * sum(said) / len(said)
                seen["ptx"] += [-x.item() for x in said]
            gradients, norm = self.value_adam.step(
                value_loss, rate=s.value_learning_rate * left, limit=s.max_grad_norm
            )
            self.value_gradients.append(gradients)
            seen["value norm"].append(norm)
            gradients, norm = self.policy_adam.step(
                policy_loss, rate=s.learning_rate * left * warm, limit=s.max_grad_norm
            )
            self.policy_gradients.append(gradients)
            seen["policy norm"].append(norm)
            steps += 1
        return self.learning_metrics(seen, steps, stopped=stopped, in_loss=price > 0)

    def surrogate(self, ratio: Tensor, advantage: float, seen: dict[str, list[float]]) -> Tensor:
        s = self.settings
        low = 1 - s.clip_range
        high = 1 + (s.clip_range_high or s.clip_range)
        x = ratio.item()
        dual = s.dual_clip is not None and advantage < 0 and x > s.dual_clip
        seen["low"].append(float(advantage < 0 and x < low))
        seen["high"].append(float(advantage > 0 and x > high))
        seen["dual"].append(float(dual))
        if dual:
            return torch.tensor(-s.dual_clip * advantage, dtype=torch.float64)
        if (advantage < 0 and x < low) or (advantage > 0 and x > high):
            return torch.tensor(-(low if x < low else high) * advantage, dtype=torch.float64)
        return -ratio * advantage

    def learning_metrics(
        self, seen: dict[str, list[float]], steps: int, *, stopped: bool, in_loss: bool
    ) -> dict[str, float]:
        s, mean = self.settings, statistics.fmean
        metrics = {
            "loss/value_avg": mean(seen["value"]),
            "value/grad_norm": mean(seen["value norm"]) if steps else 0.0,
        }
        if seen["moved"]:
            metrics["val/clipfrac_avg"] = mean(seen["moved"])
        ordered = sorted(seen["ratio"])
        last = len(ordered) - 1
        metrics |= {
            "loss/policy_avg": mean(seen["policy"]),
            "policy/approxkl_avg": mean(math.log(x) ** 2 / 2 for x in ordered),
            "policy/clipfrac_avg": mean(
                max(side) for side in zip(seen["low"], seen["high"], seen["dual"], strict=True)
            ),
            "policy/clipfrac_low_avg": mean(seen["low"]),
            "policy/clipfrac_high_avg": mean(seen["high"]),
            "policy/entropy_avg": mean(seen["entropy"]),
            "policy/grad_norm": mean(seen["policy norm"]) if steps else 0.0,
            "policy/stopped_early": float(stopped),
            "policy/steps_share": steps / (2 * s.ppo_epochs),
            "val/ratio": mean(ordered),
            "val/ratio_var": statistics.pvariance(ordered),
            "val/ratio_min": ordered[0],
            "val/ratio_q50": ordered[round(0.5 * last)],
            "val/ratio_max": ordered[-1],
        }
        if s.dual_clip is not None:
            metrics["policy/clipfrac_dual_avg"] = mean(seen["dual"])
        if in_loss:
            metrics["loss/kl_avg"] = mean(seen["kl"])
        if seen["ptx"]:
            metrics["loss/ptx_avg"] = mean(seen["ptx"])
        return metrics
