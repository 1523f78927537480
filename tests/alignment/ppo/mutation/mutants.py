"""Bugs that PPO for text is known for, each as one change to the source, and who must notice it."""

from __future__ import annotations

from typing import NamedTuple

PPO = "cai.alignment.ppo"
HERE = "tests/alignment/ppo"
NAIVE = f"{HERE}/test_whole_update.py::test_updates_agree_with_the_naive_ones"
GPT2 = f"{NAIVE}[gpt2, KL in the reward]"
LOSS = f"{NAIVE}[qwen2, KL in the loss]"
LEARNING, FORMULAS = f"{HERE}/test_learning.py", f"{HERE}/test_formulas.py"
IDENTITIES, NETWORKS = f"{HERE}/test_identities.py", f"{HERE}/test_networks.py"
TRAINER, RUN = f"{HERE}/test_trainer.py", f"{HERE}/test_run.py"
CUT = f"{LEARNING}::test_gradients_do_not_depend_on_the_cut_into_passes"
COLLATE = f"{NETWORKS}::test_collate_points_at_the_predicting_positions"
SLOW_LOGPROBS = f"{NETWORKS}::test_logprobs_in_a_batch_equal_the_slow_ones_alone"
FIRST_VALUE = f"{NETWORKS}::test_the_value_model_starts_as_the_normalised_reward_model"
SCORED_TEXT = f"{RUN}::test_the_score_is_that_of_the_text_as_training_saw_it"
DRAWN = f"{TRAINER}::test_answers_are_drawn_from_the_distribution_that_is_trained"
SURROGATE = f"{IDENTITIES}::test_the_surrogate_by_its_definition"


class Mutant(NamedTuple):
    """In `module`, `old` (which stands there once) becomes `new`; one of `tests` must fail."""

    name: str
    module: str
    old: str
    new: str
    tests: tuple[str, ...]


MUTANTS = [
    Mutant(
        "wrong mask", f"{PPO}.batches", "columns[None, :] < lengths[:, None]",
        "columns[None, :] <= lengths[:, None]", (COLLATE,),
    ),
    Mutant(
        "whitening over padding: mean", f"{PPO}.formulas", "(values - real.mean()) * factor",
        "(values - values.mean()) * factor",
        (f"{FORMULAS}::test_whitening_reads_real_tokens_only",),
    ),
    Mutant(
        "whitening over padding: deviation", f"{PPO}.formulas",
        "torch.rsqrt(values[mask].var(correction=0)", "torch.rsqrt(values.var(correction=0)",
        (f"{FORMULAS}::test_whitening_reads_real_tokens_only",),
    ),
    Mutant(
        "shifted log-probabilities", f"{PPO}.batches", "start = len(sequence.prompt) - 1",
        "start = max(len(sequence.prompt) - 2, 0)", (f"{SLOW_LOGPROBS}[llama]",),
    ),
    Mutant(
        "wrong pad side", f"{PPO}.batches", "ids[row, : len(tokens)] =",
        "ids[row, width - len(tokens) :] =", (f"{SLOW_LOGPROBS}[gpt2]",),
    ),
    Mutant(
        "dropout on in the policy", f"{PPO}.building", "model.eval()", "model.train()", (GPT2,)
    ),
    Mutant(
        "dropout on in the value model", f"{PPO}.building", "value=parts.value.eval()",
        "value=parts.value.train()", (GPT2,),
    ),
    Mutant(
        "KL sign in the reward", f"{PPO}.formulas",
        "torch.where(mask, -kl_coefficient *", "torch.where(mask, kl_coefficient *",
        (f"{FORMULAS}::test_the_score_lands_on_the_last_real_token",),
    ),
    Mutant(
        "KL sign in the loss", f"{PPO}.objective", "total + kl_price * kl", "total - kl_price * kl",
        (f"{IDENTITIES}::test_the_objective_is_the_sum_of_its_terms",),
    ),
    Mutant(
        "reward on the last column", f"{PPO}.formulas", "last = (mask.sum(1) - 1)[:, None]",
        "last = torch.full_like(mask.sum(1), mask.shape[1] - 1)[:, None]",
        (f"{FORMULAS}::test_the_score_lands_on_the_last_real_token",),
    ),
    Mutant(
        "reward one token early", f"{PPO}.formulas", "last = (mask.sum(1) - 1)[:, None]",
        "last = (mask.sum(1) - 2).clamp(min=0)[:, None]",
        (f"{FORMULAS}::test_the_score_lands_on_the_last_real_token",),
    ),
    Mutant(
        "EOS mismatch: not scored", "cai.reward.score",
        "ids = [encode_full(self.tokenizer, each) for",
        "ids = [encode_full(self.tokenizer, each)[:-1] for",
        (SCORED_TEXT,),
    ),
    Mutant(
        "EOS mismatch: another token counts as the end", f"{PPO}.rollout",
        "torch.tensor([one.finished for one in drawn]",
        "torch.tensor([one.tokens[-1] == tokenizer.pad_token_id for one in drawn]",
        (f"{TRAINER}::test_a_stop_token_is_part_of_the_response_but_not_of_the_text",),
    ),
    Mutant(
        "temperature forgotten in log-probabilities", f"{PPO}.token_scores",
        "if temperature != 1.0:", "if temperature < 0:", (f"{SLOW_LOGPROBS}[llama]",),
    ),
    Mutant(
        "temperature forgotten in sampling", f"{PPO}.generation.local",
        "temperature=asked.policy.temperature", "temperature=1.0", (DRAWN,),
    ),
    Mutant(
        "KL clipped with the reward", f"{PPO}.formulas",
        "return rewards.scatter_add(1, last, scores[:, None].to(rewards.dtype))",
        "return rewards.scatter_add(1, last, scores[:, None].to(rewards.dtype)).clamp(-5, 5)",
        (f"{FORMULAS}::test_the_reward_clip_leaves_the_kl_alone",),
    ),
    Mutant(
        "mean of micro-batch means in the policy", f"{PPO}.gradients",
        "losses.total.sum() / total", "losses.total.mean()", (CUT,),
    ),
    Mutant(
        "mean of micro-batch means in the value model", f"{PPO}.gradients",
        "(losses.sum() / total)", "(losses.mean())", (CUT,),
    ),
    Mutant(
        "score through another template", "cai.reward.score",
        "ids = [encode_full(self.tokenizer, each) for",
        "ids = [self.tokenizer(each[-1]['content']).input_ids for", (SCORED_TEXT,),
    ),
    Mutant(
        "values read one position late", f"{PPO}.networks",
        "self._states()(batch)[: len(batch.targets)]",
        "self._states()(batch).roll(-1, 0)[: len(batch.targets)]",
        (f"{NAIVE}[llama, KL in the reward]",),
    ),
    Mutant(
        "banned tokens sampled", f"{PPO}.generation.local",
        "banned_ids=asked.policy.banned_ids", "banned_ids=()",
        (DRAWN,),
    ),
    Mutant(
        "banned tokens keep their probability", f"{PPO}.token_scores",
        "block.index_fill_(1, banned, lowest)", "block.index_fill_(1, banned[:0], lowest)",
        (f"{SLOW_LOGPROBS}[llama]",),
    ),
    Mutant(
        "k3 in the loss without its correction", f"{PPO}.formulas",
        "return (logprobs - old_logprobs).exp() * kl_k3",
        "return (logprobs - old_logprobs).exp().detach() * kl_k3",
        (f"{IDENTITIES}::test_the_loss_has_the_gradient_of_the_exact_kl_whoever_sampled",),
    ),
    Mutant(
        "KL in the loss at another price than in the reward", f"{PPO}.learning",
        "beta * float(formulas.whitening_factor(advantages, tokens.mask))", "beta", (LOSS,),
    ),
    Mutant(
        "KL charged twice", f"{PPO}.learning", "kl_coefficient=0.0 if in_loss else beta",
        "kl_coefficient=beta", (LOSS,),
    ),
    Mutant(
        "upper clip ignored", f"{PPO}.formulas", "1 - clips.low, 1 + clips.high",
        "1 - clips.low, 1 + clips.low", (SURROGATE,),
    ),
    Mutant(
        "dual clip of good tokens", f"{PPO}.formulas",
        "torch.where(advantages < 0, torch.minimum", "torch.where(advantages > 0, torch.minimum",
        (SURROGATE,),
    ),
    Mutant(
        "the better of both surrogates", f"{PPO}.formulas",
        "torch.maximum(-advantages * ratio", "torch.minimum(-advantages * ratio", (SURROGATE,),
    ),
    Mutant(
        "entropy sign", f"{PPO}.objective", "total - settings.entropy_coefficient",
        "total + settings.entropy_coefficient",
        (f"{IDENTITIES}::test_the_objective_is_the_sum_of_its_terms",),
    ),
    Mutant(
        "entropy without a gradient", f"{PPO}.networks",
        "if self.entropy_gradient:", "if not self.entropy_gradient:",
        (f"{IDENTITIES}::test_entropies_carry_a_gradient_only_where_it_is_wanted",),
    ),
    Mutant(
        "the value after the last token is read", f"{PPO}.formulas",
        "values = torch.where(mask, values, 0.0)", "values = values.nan_to_num(1.0)",
        (f"{FORMULAS}::test_gae_equals_its_definition",),
    ),
    Mutant(
        "the better of both value losses", f"{PPO}.formulas", "torch.maximum(losses, 0.5 *",
        "torch.minimum(losses, 0.5 *",
        (f"{FORMULAS}::test_value_losses_take_the_worse_of_both",),
    ),
    Mutant(
        "missing EOS charged before the clip", f"{PPO}.formulas",
        "return clipped - missing_eos_penalty * (~finished).to(scores.dtype)",
        "return (scores - missing_eos_penalty * (~finished)).clamp(-clip, clip)",
        (f"{FORMULAS}::test_missing_eos_is_charged_after_the_clip",),
    ),
    Mutant(
        "gradients kept from one step to the next", f"{PPO}.learning",
        "value_optimizer.zero_grad(set_to_none=True)", "value_optimizer.state_dict()",
        (f"{NAIVE}[llama, KL in the reward]",),
    ),
    Mutant(
        "a step after the early stop", f"{PPO}.learning",
        "            _clear(learner)\n            break", "            pass",
        (f"{LEARNING}::test_target_kl_stops_before_the_step",),
    ),
    Mutant(
        "old log-probabilities of the reference", f"{PPO}.learning",
        "credit.advantages, tokens.logprobs,", "credit.advantages, tokens.reference_logprobs,",
        (f"{LEARNING}::test_the_loss_is_the_mean_over_all_real_tokens",),
    ),
    Mutant(
        "running statistics forgotten", f"{PPO}.trainer", "score_moments=asdict(moments)",
        "score_moments={}", (LOSS,),
    ),
    Mutant(
        "controller turned round", f"{PPO}.formulas", "coefficient * (1 + 0.1 * error)",
        "coefficient * (1 - 0.1 * error)", (f"{FORMULAS}::test_the_kl_controller",),
    ),
]  # fmt: skip
