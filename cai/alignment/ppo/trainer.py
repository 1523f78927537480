"""The loop of PPO: sample, score, assign credit, learn."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from cai.alignment.ppo import formulas
from cai.alignment.ppo.batches import TokenSequence
from cai.alignment.ppo.config import PPOConfig
from cai.alignment.ppo.learning import Learner, assign_credit, learn
from cai.alignment.ppo.metrics import Metrics, learning_metrics, rollout_metrics
from cai.alignment.ppo.moments import Moments
from cai.alignment.ppo.networks import TokenPolicy, ValueModel, banned_tokens
from cai.alignment.ppo.passes import Computing
from cai.alignment.ppo.processes import (
    metrics_of_the_first,
    whole_answers,
    whole_record,
    whole_scores,
    whole_tokens,
)
from cai.alignment.ppo.rollout import (
    Answers,
    Conversation,
    EncodedPrompt,
    RewardFunction,
    TokenMatrix,
    encode_demonstrations,
    encode_prompts,
    measure,
    pick,
    sample_answers,
)
from cai.alignment.ppo.state import TrainerState
from cai.errors import DataError, RecipeError
from cai.models import context_in, stop_ids
from cai.ranks import ALONE, World
from cai.ranks.collectives import check_same
from cai.ranks.shares import own_share
from cai.records import Prompt, Row, derive_seed
from cai.reward.sources.answered import ask
from cai.reward.sources.scores import Scores, scores_of


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdateReport:
    """What one update did.

    Attributes:
        metrics: its numbers by name.
        samples: some of its answers, as rows for reading.
        answers: the whole batch.
        scores: what the reward gave them, `total` [episodes], before clipping and penalties, and
            by name what each of its sources said.
    """

    metrics: Metrics
    samples: list[Row]
    answers: Answers
    scores: Scores


class PPOTrainer:
    """Trains a causal language model to raise a reward while it stays near where it started.

    All state is the weights, the optimisers and `state`: every random number is derived from the
    seed and the update, so nothing else needs to be saved.

    Args:
        policy: the model to train, changed in place; plain, or with LoRA adapters. The reference
            is a frozen copy of it as given here (or the model without its adapters).
        value: the value model, changed in place.
        tokenizer: the policy's.
        reward: scores of conversations, best with a standard deviation near 1 over ordinary
            answers: `kl_coefficient`, `reward_clip` and others are in its units.
        prompts: conversations ending with a user turn (`prompts_left_out` counts those that were
            dropped because they are too long).
        demonstrations: conversations ending with an answer to imitate, if `ptx_coefficient` is set.
        settings: see `PPOConfig`; what of it is about loading models (`lora_rank`, rewards
            normalised by what their "model" stores) is for whoever loads them.
        world: the processes that share every batch. Each is given the same of all above, and calls
            `update` as often; the reward function is called with a share of the answers.

    Raises:
        DataError: if a prompt does not fit and `too_long` is "error", or if none does; or if
            demonstrations are needed and there are none.
        RecipeError: if a batch has fewer episodes than there are processes.
    """

    def __init__(
        self,
        *,
        policy: PreTrainedModel,
        value: ValueModel,
        tokenizer: PreTrainedTokenizerBase,
        reward: RewardFunction,
        prompts: Sequence[Prompt],
        settings: PPOConfig,
        demonstrations: Sequence[Conversation] = (),
        world: World = ALONE,
    ) -> None:
        if settings.batch_size < world.size:
            raise RecipeError(
                f"align-ppo.batch_size {settings.batch_size} gives {world.size} processes not even "
                "one episode each; raise it, or start fewer processes"
            )
        self.settings = settings
        self.world = world
        self.tokenizer = tokenizer
        self.reward = reward
        self.stop_ids = stop_ids(policy, tokenizer)
        banned = banned_tokens(policy, tokenizer, self.stop_ids)
        temperature = settings.temperature
        computing = Computing(
            precision=settings.precision, compile=settings.compile,
            gradient_checkpointing=settings.gradient_checkpointing,
        )  # fmt: skip
        learned = TokenPolicy(
            policy.eval(), temperature=temperature, banned_ids=banned,
            entropy_gradient=settings.entropy_coefficient > 0, computing=computing,
        )  # fmt: skip
        self.reference: TokenPolicy | None = None
        if not learned.has_adapter:
            frozen = copy.deepcopy(policy).requires_grad_(False)
            self.reference = TokenPolicy(
                frozen, temperature=temperature, banned_ids=banned, computing=computing
            )
        value.computing = computing
        self.learner = Learner(
            policy=learned,
            value=value.eval(),
            policy_optimizer=_adam(policy, settings.learning_rate),
            value_optimizer=_adam(value, settings.value_learning_rate),
            world=world,
        )
        self.prompts = encode_prompts(
            prompts, tokenizer, context=context_in(policy.config), settings=settings
        )
        self.demonstrations = encode_demonstrations(
            demonstrations, tokenizer, context=context_in(policy.config), banned_ids=banned
        )
        if settings.ptx_coefficient and not self.demonstrations:
            raise DataError("ptx_coefficient needs demonstrations that fit the policy's context")
        self.prompts_left_out = len(prompts) - len(self.prompts)
        self.state = TrainerState(kl_coefficient=settings.kl_coefficient)

    @property
    def updates_done(self) -> int:
        """Finished updates."""
        return self.state.updates_done

    @property
    def done(self) -> bool:
        """Whether all episodes were used, or something ended the run before."""
        ended = self.state.ended_by is not None
        return ended or self.updates_done >= self.settings.total_updates

    def update(self) -> UpdateReport:
        """Samples one batch of episodes and learns from it, unless it is beyond `kl_budget`: then
        it is the last one, and the weights stay those that sampled it.

        Raises:
            RunError: if the reward function or the training gives numbers that are not finite.
        """
        settings, number, beta = self.settings, self.updates_done, self.state.kl_coefficient
        answers = self._sample(number)
        scores = self._score(answers)
        tokens = self._measure(answers)
        normalised, moments = self._normalise(scores.total)
        shaped = formulas.shape_scores(
            normalised, answers.finished, clip=settings.reward_clip,
            missing_eos_penalty=settings.missing_eos_penalty,
        )  # fmt: skip
        credit = assign_credit(tokens, shaped, beta=beta, settings=settings)
        metrics = rollout_metrics(
            tokens, credit, scores=scores.total, shaped=shaped, finished=answers.finished,
            kl_in_loss=beta if settings.kl_placement == "loss" else 0.0,
        )  # fmt: skip
        metrics |= scores.metrics()
        # What is decided by them below is decided alike, however the machines round.
        metrics = metrics_of_the_first(metrics, self.world, device=tokens.mask.device)
        if moments.count:
            metrics["objective/scores_running_mean"] = moments.mean
            metrics["objective/scores_running_std"] = moments.std
        rate = self._set_rates(number)
        ended_by = _beyond(metrics["objective/kl"], settings.kl_budget)
        if ended_by is None:
            record = learn(
                self.learner, answers.sequences, tokens, credit, settings=settings,
                train_policy=number >= settings.value_warmup_updates,
                seed=derive_seed(settings.seed, "minibatches", number),
                demonstrations=self._demonstrations(number),
            )  # fmt: skip
            record = whole_record(record, self.world, device=tokens.mask.device)
            metrics |= learning_metrics(record, settings)
        metrics |= {
            "objective/kl_coefficient": beta,
            "lr": rate,
            "episode": float((number + 1) * settings.batch_size),
        }
        metrics = metrics_of_the_first(metrics, self.world, device=tokens.mask.device)
        self.state = replace(
            self.state, updates_done=number + 1, ended_by=ended_by, score_moments=asdict(moments),
            kl_coefficient=formulas.adapt_coefficient(
                beta, kl=metrics["objective/kl"], target=settings.kl_target
            ),
        )  # fmt: skip
        return UpdateReport(
            metrics=metrics, answers=answers, scores=scores,
            samples=self._samples(answers, scores, tokens, number),
        )  # fmt: skip

    def try_out(
        self, prompts: Sequence[EncodedPrompt], *, draw: int, independent: RewardFunction
    ) -> tuple[Answers, Scores, Scores]:
        """What the policy answers as it is, and how the reward and somebody else score that;
        nothing is learned.

        Args:
            draw: a number that no update has, such as -1; the same one draws the same way again.

        Raises:
            RecipeError: if there are fewer prompts than processes.
        """
        if len(prompts) < self.world.size:
            raise RecipeError(
                f"align-ppo: a look at {len(prompts)} prompts gives {self.world.size} processes "
                "not even one each; raise independent.prompts or give more prompts, or start fewer "
                "processes"
            )
        answers = self._answer(prompts, draw)
        return answers, self._score(answers), self._score(answers, independent)

    def _sample(self, number: int) -> Answers:
        settings = self.settings
        prompts = pick(
            self.prompts, name="prompts", seed=settings.seed,
            first=number * settings.batch_size, count=settings.batch_size,
        )  # fmt: skip
        return self._answer(prompts, number)

    def _answer(self, prompts: Sequence[EncodedPrompt], number: int) -> Answers:
        longest = self.settings.max_new_tokens
        rows = own_share([len(one.ids) + longest for one in prompts], self.world)
        own = sample_answers(
            self.learner.policy, self.tokenizer, [prompts[row] for row in rows],
            stop_ids=self.stop_ids, settings=self.settings, update=number, episodes=rows,
        )  # fmt: skip
        return whole_answers(own, rows, prompts, self.world)

    def _demonstrations(self, number: int) -> list[TokenSequence]:
        settings = self.settings
        if not settings.ptx_coefficient:
            return []
        count = settings.steps_per_update * settings.minibatch_size
        return pick(
            self.demonstrations, name="demonstrations", seed=settings.seed,
            first=number * count, count=count,
        )  # fmt: skip

    def _score(self, answers: Answers, reward: RewardFunction | None = None) -> Scores:
        rows = own_share([len(one) for one in answers.sequences], self.world)
        answered = answers.as_read(self.updates_done, self.settings.total_updates)
        given = ask(reward or self.reward, answered.chosen(rows))
        own = scores_of(given, count=len(rows), device=answers.finished.device)
        return whole_scores(own, rows, self.world)

    def _normalise(self, scores: torch.Tensor) -> tuple[torch.Tensor, Moments]:
        """Scores by the mean and deviation of all so far, if so set; and what these are of."""
        moments = Moments(**self.state.score_moments)
        if self.settings.reward_normalisation != "running":
            return scores, moments
        moments = moments.plus(scores)
        return (scores.double() - moments.mean) / moments.std, moments

    def _measure(self, answers: Answers) -> TokenMatrix:
        rows = own_share([len(one) for one in answers.sequences], self.world)
        own = measure(
            [answers.sequences[row] for row in rows],
            policy=self.learner.policy, reference=self.reference,
            value=self.learner.value, micro_batch_tokens=self.settings.micro_batch_tokens,
        )  # fmt: skip
        return whole_tokens(own, rows, answers.sequences, self.world)

    def check_processes(self) -> None:
        """Checks that all processes hold the same weights, state and prompts, bit for bit.

        Raises:
            RunError: on all of them, if one does not.
        """
        if self.world.alone:
            return
        parts = (self.learner.policy.model, self.learner.value)
        weights = [weight for part in parts for weight in part.parameters()]
        ids = torch.tensor([token for prompt in self.prompts for token in prompt.ids])
        state = torch.tensor(list(json.dumps(self.state.to_json()).encode()))
        said = f"align-ppo: the {{}} of update {self.updates_done + 1}"
        for name, numbers in (("prompts", ids), ("state", state)):
            check_same([numbers.to(weights[0].device)], self.world, what=said.format(name))
        check_same(weights, self.world, what=said.format("weights"))

    def _set_rates(self, number: int) -> float:
        """Sets both learning rates for this update; returns the policy's."""
        settings = self.settings
        left = 1 - number / settings.total_updates if settings.lr_schedule == "linear" else 1.0
        trained = number - settings.value_warmup_updates  # updates of the policy before this one
        warmth = min(1.0, max(0, trained + 1) / (settings.lr_warmup_updates + 1))
        rates = (settings.learning_rate * left * warmth, settings.value_learning_rate * left)
        optimizers = (self.learner.policy_optimizer, self.learner.value_optimizer)
        for optimizer, rate in zip(optimizers, rates, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate
        return rates[0]

    def _samples(
        self, answers: Answers, scores: Scores, tokens: TokenMatrix, number: int
    ) -> list[Row]:
        if number % self.settings.samples.every and not self.done:
            return []
        kl = (tokens.logprobs - tokens.reference_logprobs).sum(1)
        return [
            {
                "update": number + 1,
                "prompt_id": answers.prompts[row].id,
                "prompt": list(answers.prompts[row].messages),
                "text": answers.texts[row],
                "finished": bool(answers.finished[row]),
                "score": float(scores.total[row]),
                **scores.row(row),
                "kl": float(kl[row]),
            }
            for row in range(min(self.settings.samples.count, len(answers.texts)))
        ]


def _beyond(kl: float, budget: float | None) -> str | None:
    """What ends the run, if `kl` is beyond the budget."""
    if budget is None or kl <= budget:
        return None
    return f"the answers are {kl:.2f} nats from the reference, beyond kl_budget {budget:g}"


def _adam(module: torch.nn.Module, rate: float) -> torch.optim.Adam:
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
    return torch.optim.Adam(parameters, lr=rate, fused=True)
