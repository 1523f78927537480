"""The loop of PPO: sample, score, assign credit, learn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from transformers import PreTrainedTokenizerBase

from cai.alignment.ppo import formulas
from cai.alignment.ppo.batches import TokenSequence
from cai.alignment.ppo.building import PolicyForm, ValueForm, build, learner_of
from cai.alignment.ppo.config import PPOConfig
from cai.alignment.ppo.generation.choose import make_generator
from cai.alignment.ppo.generation.correction import correct
from cai.alignment.ppo.generation.generator import MakeGenerator, Sampling
from cai.alignment.ppo.generation.parity import check_parity
from cai.alignment.ppo.learning import assign_credit, learn
from cai.alignment.ppo.metrics import Metrics, learning_metrics, rollout_metrics
from cai.alignment.ppo.moments import Moments, normalise
from cai.alignment.ppo.networks import banned_tokens
from cai.alignment.ppo.processes import (
    check_alike,
    metrics_of_the_first,
    whole_answers,
    whole_record,
    whole_scores,
    whole_tokens,
)
from cai.alignment.ppo.prompt_forms import PromptForm
from cai.alignment.ppo.reward_forms import RewardForm, independent_of
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
from cai.alignment.ppo.samples import sample_rows
from cai.alignment.ppo.schedule import beyond_budget, set_rates
from cai.alignment.ppo.state import TrainerState
from cai.console import stage_progress
from cai.errors import DataError, RecipeError
from cai.heap import give_back
from cai.models import context_in, stop_ids
from cai.progress import Progress
from cai.ranks import ALONE, World
from cai.ranks.shares import own_share
from cai.records import Row, derive_seed
from cai.reward.sources.answered import ask
from cai.reward.sources.scores import Scores, scores_of

_DEFAULTS = PPOConfig()
# Answers by which a generator is compared with the trainer before training.
_PARITY_PROMPTS = 8


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
        policy: the model to train: a folder or hub name, or a loaded model, which is changed in
            place; plain, or with LoRA adapters. The reference is a frozen copy of it as given here
            (or the model without its adapters).
        reward: a reward model's folder or name; a function of conversations, or one with the
            signature of TRL's reward functions; or a list of these, each alone or as a pair with
            its weight. Best with a standard deviation near 1 over ordinary answers:
            `kl_coefficient`, `reward_clip` and others are in its units. Without it,
            `settings.rewards` say it.
        prompts: texts, conversations that end with a user turn, or rows with a column `prompt`,
            such as a Hugging Face `Dataset` (`prompts_left_out` counts those that were dropped
            because they are too long).
        settings: see `PPOConfig`.
        tokenizer: the policy's, if it is not the one that lies beside it.
        value: the value model, changed in place, or the model that it begins as; without it, it
            begins as the reward model where that reads the same tokens, else as the policy.
        demonstrations: conversations ending with an answer to imitate, if `ptx_coefficient` is set.
        device: where models that are named are put; the first GPU, if there is one.
        generator: makes what samples the answers; without it, `settings.generation` says it.
        world: the processes that share every batch. Each is given the same of all above, and calls
            `update` as often; the reward function is called with a share of the answers.

    Raises:
        DataError: if a prompt does not fit and `too_long` is "error", or if none does; or if
            demonstrations are needed and there are none.
        RecipeError: if a batch has fewer episodes than there are processes, or something is given
            in a form that is not known.
        EngineError: if a model cannot be loaded, or a generator does not speak for the policy.
    """

    def __init__(
        self,
        *,
        policy: PolicyForm,
        reward: RewardForm = None,
        prompts: Iterable[PromptForm],
        settings: PPOConfig = _DEFAULTS,
        tokenizer: PreTrainedTokenizerBase | None = None,
        value: ValueForm = None,
        demonstrations: Sequence[Conversation] = (),
        device: str | None = None,
        generator: MakeGenerator | None = None,
        world: World = ALONE,
    ) -> None:
        if settings.batch_size < world.size:
            raise RecipeError(
                f"align-ppo.batch_size {settings.batch_size} gives {world.size} processes not even "
                "one episode each; raise it, or start fewer processes"
            )
        parts = build(
            policy=policy, reward=reward, prompts=prompts, settings=settings, tokenizer=tokenizer,
            value=value, device=device, world=world,
        )  # fmt: skip
        model, tokenizer = parts.policy, parts.tokenizer
        self.settings = settings
        self.world = world
        self.tokenizer = tokenizer
        self.reward = parts.reward
        self.stop_ids = stop_ids(model, tokenizer)
        banned = banned_tokens(model, tokenizer, self.stop_ids)
        self.learner, self.reference = learner_of(parts, settings, banned=banned, world=world)
        self.prompts = encode_prompts(
            parts.prompts, tokenizer, context=context_in(model.config), settings=settings
        )
        self.demonstrations = encode_demonstrations(
            demonstrations, tokenizer, context=context_in(model.config), banned_ids=banned
        )
        if settings.ptx_coefficient and not self.demonstrations:
            raise DataError("ptx_coefficient needs demonstrations that fit the policy's context")
        self.prompts_left_out = len(parts.prompts) - len(self.prompts)
        self.state = TrainerState(kl_coefficient=settings.kl_coefficient)
        sampling = Sampling(
            policy=self.learner.policy, tokenizer=tokenizer, stop_ids=self.stop_ids,
            max_new_tokens=settings.max_new_tokens, processes=world.size,
            longest=max(len(one.ids) for one in self.prompts),
        )  # fmt: skip
        self.generator = (generator or partial(make_generator, settings))(sampling)
        if self.generator.holds_copy:
            self.parity = check_parity(
                self.generator, self.learner.policy,
                [one.ids for one in self.prompts[:_PARITY_PROMPTS]],
                [derive_seed(settings.seed, "parity", row) for row in range(_PARITY_PROMPTS)],
            )  # fmt: skip

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
        give_back()  # sampling leaves holes in the heap, and learning needs most
        normalised, moments = normalise(
            scores.total, Moments(**self.state.score_moments),
            running=settings.reward_normalisation == "running",
        )  # fmt: skip
        shaped = formulas.shape_scores(
            normalised, answers.finished, clip=settings.reward_clip,
            missing_eos_penalty=settings.missing_eos_penalty,
        )  # fmt: skip
        credit = assign_credit(tokens, shaped, beta=beta, settings=settings)
        correction = correct(
            answers.drawn_logprobs,
            tokens.logprobs,
            tokens.mask,
            cap=settings.generation.importance_cap,
        )
        credit = replace(credit, importance=correction.weights)
        metrics = rollout_metrics(
            tokens, credit, scores=scores.total, shaped=shaped, finished=answers.finished,
            kl_in_loss=beta if settings.kl_placement == "loss" else 0.0,
        )  # fmt: skip
        metrics |= scores.metrics() | correction.metrics
        # What is decided by them below is decided alike, however the machines round.
        metrics = metrics_of_the_first(metrics, self.world, device=tokens.mask.device)
        if moments.count:
            metrics["objective/scores_running_mean"] = moments.mean
            metrics["objective/scores_running_std"] = moments.std
        rate = set_rates(
            (self.learner.policy_optimizer, self.learner.value_optimizer), settings, number
        )
        ended_by = beyond_budget(metrics["objective/kl"], settings.kl_budget)
        if ended_by is None:
            record = learn(
                self.learner, answers.sequences, tokens, credit, settings=settings,
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
        read = number % settings.samples.every == 0 or self.done
        samples = sample_rows(
            answers, scores, tokens, update=number + 1, count=settings.samples.count * read
        )
        return UpdateReport(metrics=metrics, answers=answers, scores=scores, samples=samples)

    def train(
        self,
        folder: str | Path,
        *,
        progress: Progress | None = None,
        independent: RewardForm = None,
    ) -> Path:
        """Makes all updates that are left, and returns the folder of the model: `folder`/model.

        Beside it are metrics.jsonl, samples.jsonl, what the alarms saw, and checkpoints/. Killed at
        any moment, called again by a trainer of the same arguments it goes on, and ends with the
        same files; where it had ended, the trainer is put where it was.

        Args:
            progress: is told how far it is; without one it is shown.
            independent: the reward that alarms and the choice of the best checkpoint go by, in any
                form of a reward; training never sees it. Without it, `settings.independent.score`
                says it, where that is a reward model or a function.

        Raises:
            RecipeError: if an alarm rolls back, and nobody scores apart from training.
            RunError: if a checkpoint is damaged or a number is not finite.
        """
        from cai.alignment.ppo.run import align  # which trains trainers, and so imports this

        folder = Path(folder)
        scored = independent_of(
            independent, settings=self.settings, tokenizer=self.tokenizer,
            device=str(self.learner.policy.model.device),
        )  # fmt: skip
        shown = nullcontext(progress) if progress else stage_progress("ppo")
        with shown as told:
            align(self, folder=folder, progress=told, independent=scored, keep=True)
        return folder / "model"

    def save_model(self, folder: str | Path) -> None:
        """Writes the policy as it is now, adapters merged, with its tokenizer, as a Hugging Face
        folder; training can go on."""
        from cai.alignment.ppo.run import save_model

        save_model(self, Path(folder))

    def try_out(
        self, prompts: Sequence[EncodedPrompt], *, draw: int, independent: RewardFunction
    ) -> tuple[Answers, Scores, Scores]:
        """What the policy answers as it is, and how the reward and somebody else score that;
        nothing is learned.

        Args:
            draw: a number that no update has, such as -1; the same one draws the same way again.
        """
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
        self.generator.sync()
        longest = self.settings.max_new_tokens
        rows = own_share([len(one.ids) + longest for one in prompts], self.world)
        own = sample_answers(
            self.learner.policy, self.tokenizer, [prompts[row] for row in rows],
            stop_ids=self.stop_ids, settings=self.settings, update=number, episodes=rows,
            generator=self.generator,
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

    def _measure(self, answers: Answers) -> TokenMatrix:
        rows = own_share([len(one) for one in answers.sequences], self.world)
        own = measure(
            [answers.sequences[row] for row in rows],
            policy=self.learner.policy, reference=self.reference,
            value=self.learner.value, micro_batch_tokens=self.settings.compute.micro_batch_tokens,
        )  # fmt: skip
        return whole_tokens(own, rows, answers.sequences, self.world)

    def check_processes(self) -> None:
        """Checks that all processes hold the same weights, state and prompts, bit for bit.

        Raises:
            RunError: on all of them, if one does not.
        """
        models = (self.learner.policy.model, self.learner.value)
        check_alike(models, self.prompts, self.state, self.world)
