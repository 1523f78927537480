"""From the id of a row back to the prompt: every text, draw and call on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cai.constitution import Principle
from cai.engines.cache import CallCache
from cai.engines.settings import Role
from cai.journal import read_records
from cai.lineage.memory import Call, Known, Memory, NotAskedError, asked_again
from cai.lineage.rows import FILES, Found
from cai.lineage.verdicts import calls_of, facts, is_given
from cai.records import (
    Comparison,
    Label,
    Message,
    Preference,
    Prompt,
    Revision,
    Row,
    Said,
    Score,
    SftRow,
    from_row,
)
from cai.run import Run, reopen
from cai.store import call_store

_MOST_TURNS = 64  # how often a helpful prompt may have been asked


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One station on the way, with what is to be known about it, by name."""

    title: str
    facts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trail:
    """The way from a row to its prompt. `doubts` says what could not be rebuilt, and why."""

    row: Found
    entries: tuple[Entry, ...]
    calls: tuple[Call, ...]
    doubts: tuple[str, ...]


def trail(run: Run, found: Found, *, replay: bool = False) -> Trail:
    """All that lies behind one row; with `replay` its calls are made once more, past the store."""
    tracer = _Tracer(run, CallCache(call_store()), replay, str(Path(found.file).parent))
    kind = FILES.get(found.file)
    if kind is None:
        tracer.sampled(found.row)
    else:
        tracer.follow(from_row(kind, found.row))
    return Trail(
        row=found,
        entries=tuple(tracer.entries),
        calls=tuple(tracer.calls),
        doubts=tuple(tracer.doubts),
    )


class _Tracer:
    """Walks from row to row and gathers what it meets."""

    def __init__(self, run: Run, store: CallCache, replay: bool, folder: str) -> None:
        self.run = run
        self.folder = folder
        self.store = store
        self.replay = replay
        self.entries: list[Entry] = []
        self.calls: list[Call] = []
        self.doubts: list[str] = []
        self._runs: dict[str, Run] = {}

    def follow(self, row: Any) -> None:
        match row:
            case SftRow():
                self._sft_row(row)
            case Revision():
                self._revision(row)
            case Preference():
                self._preference(row)
            case Label():
                [comparison] = self._read(Comparison, lambda one: one.id == row.comparison_id)
                self._comparison(comparison, [row])
            case Comparison():
                self._comparison(row, self._labels(row.id))
            case Score():
                self._score(row)

    def sampled(self, row: Row) -> None:
        """An answer drawn while a policy trained: that policy is gone, so it cannot be asked."""
        self._prompt(tuple(row.get("prompt") or ()), ())
        numbers = {
            name: f"{value:.4g}" for name, value in row.items() if isinstance(value, int | float)
        }
        self._add("sampled in training", answer=str(row.get("text", "")), **numbers)
        self.doubts.append(
            "the policy of that moment was not kept and cannot be asked again; metrics.jsonl has "
            "the training's numbers"
        )

    def _sft_row(self, row: SftRow) -> None:
        self._add(f"training row ({row.source})", completion=row.completion[0]["content"])
        if row.source == "revision":
            [chain] = self._read(Revision, lambda one: one.prompt_id == row.prompt_id)
            self._revision(replace(chain, steps=chain.steps[: row.round]))
        else:
            self._prompt(row.prompt, ())
            self._helpful(row)

    def _helpful(self, row: SftRow) -> None:
        from cai.supervised.chains import Author
        from cai.supervised.critique_revise import CritiqueReviseSettings
        from cai.supervised.dialogue import Dialogue

        run = self._made("critique-revise")
        settings = run.recipe.settings("critique-revise", CritiqueReviseSettings)
        said = Said(text=row.completion[0]["content"], call=row.call)
        prompt = Prompt(id=row.prompt_id, messages=row.prompt)
        dialogue = Dialogue(run.constitution, settings.mode == "critique")

        def ask(engine: Memory) -> None:
            author = Author(engine=engine, dialogue=dialogue, settings=settings)
            # A prompt is asked until there are answers enough; the row does not say how often.
            for turn in range(1, _MOST_TURNS + 1):
                with suppress(NotAskedError):
                    author.say([(prompt, row.prompt)], "helpful", turn)
                if row.call in engine.asked:
                    return

        known = {row.call: Known(purpose="answer", said=said)}
        self._rebuild(run, run.recipe.critic, known, ask, only={row.call}, role="critic")

    def _revision(self, chain: Revision) -> None:
        from cai.supervised.chains import Author, revise
        from cai.supervised.critique_revise import CritiqueReviseSettings
        from cai.supervised.dialogue import Dialogue

        run = self._made("critique-revise")
        self._prompt(chain.prompt, chain.tags)
        self._add("initial answer", text=chain.initial.text)
        known = {chain.initial.call: Known(purpose="initial answer", said=chain.initial)}
        for step in chain.steps:
            principle = self._principle(run, step.principle)
            self._add(
                f"round {step.round}, under {step.principle}",
                critique_request=principle.critique_request if step.critique else "",
                critique=step.critique.text if step.critique else "",
                revision_request=principle.revision_request,
                revision=step.revision.text if step.revision else "(nothing to mend)",
                problems=", ".join(step.problems),
            )
            for name, said in (("critique", step.critique), ("revision", step.revision)):
                if said is not None:
                    known[said.call] = Known(purpose=f"{name} of round {step.round}", said=said)
        settings = replace(
            run.recipe.settings("critique-revise", CritiqueReviseSettings),
            rounds=max(1, len(chain.steps)),
            sft_rounds="last",
        )
        dialogue = Dialogue(run.constitution, settings.mode == "critique")
        prompt = Prompt(id=chain.prompt_id, messages=chain.prompt, tags=chain.tags)

        def ask(engine: Memory) -> None:
            author = Author(engine=engine, dialogue=dialogue, settings=settings)
            revise([prompt], author, lambda *_: None)

        self._rebuild(run, run.recipe.critic, known, ask, role="critic")

    def _preference(self, row: Preference) -> None:
        self._add(
            f"preference, {row.split}",
            chosen=row.chosen[0]["content"],
            rejected=row.rejected[0]["content"],
            probability=f"{row.probability:.4f}",
        )
        [comparison] = self._read(Comparison, lambda one: one.id == row.comparison_id)
        self._comparison(comparison, self._labels(row.comparison_id))

    def _comparison(self, row: Comparison, labels: Sequence[Label]) -> None:
        self._prompt(row.prompt, row.tags)
        self._add(
            f"comparison {row.id}", answer_a=row.response_a.text, answer_b=row.response_b.text
        )
        if row.source:
            names = {"answer_a": row.response_a.model, "answer_b": row.response_b.model}
            self._add("given", place=row.source, **names)
        else:
            self._answers(row)
        for label in labels:
            if is_given(label):
                about = f"under {label.principle}" if label.principle else "of the answers in all"
                self._add(f"gold {label.id}, by {label.annotator}, {about}", **facts(label))
            else:
                self._label(row, label)

    def _answers(self, row: Comparison) -> None:
        from cai.engines.base import call_key
        from cai.feedback.sample.draws import possible
        from cai.feedback.settings import LabelSettings

        run = self._made("label")
        settings = run.recipe.settings("label", LabelSettings)
        known = {
            said.call: Known(purpose=f"answer {letter}", said=said)
            for letter, said in (("A", row.response_a), ("B", row.response_b))
        }
        prompts = [Prompt(id=row.prompt_id, messages=row.prompt, tags=row.tags)]
        if row.off_topic:
            prompts.append(self._other_prompt(row))

        def ask(engine: Memory) -> None:
            for request in (
                one for prompt in prompts for one in possible(prompt, settings.drawing)
            ):
                if call_key(engine.identity, request) in known:
                    engine.generate([request])

        lost = set(known)
        for model in (run.model_folder("sft"), *settings.authors):
            name = run.engine(model).identity.name
            own = {key for key, one in known.items() if one.said and one.said.model in ("", name)}
            if own & lost:
                self._rebuild(run, model, known, ask, only=own & lost)
            lost -= own
        if lost:
            self.doubts.append(
                f"{len(lost)} of the answers are of models that are others now, or gone"
            )

    def _other_prompt(self, row: Comparison) -> Prompt:
        """The prompt that one of the answers of an off-topic pair was given to."""
        found = self._read(Comparison, lambda one: one.prompt_id == row.off_topic)
        messages = found[0].prompt if found else ()
        said = {f"{n} {one['role']}": one["content"] for n, one in enumerate(messages, 1)}
        self._add("one of the answers is to another prompt", id=row.off_topic, **said)
        return Prompt(id=row.off_topic, messages=messages)

    def _label(self, row: Comparison, label: Label) -> None:
        from cai.feedback.judge import verdicts
        from cai.feedback.questions import Question
        from cai.feedback.settings import LabelSettings

        run = self._made("label")
        principle = self._principle(run, label.principle)
        self._add(
            f"label {label.id}, under {label.principle}",
            comparison=principle.comparison,
            **facts(label),
        )
        settings = run.recipe.settings("label", LabelSettings)
        judging = settings.judging
        if not label.chains:
            judging = replace(judging, reason_tokens=0)
        shots = settings.shots(run.constitution).beside(row)
        question = Question(row, principle, principle.weight, shots)
        self._rebuild(
            run,
            run.recipe.judge,
            calls_of(label),
            lambda engine: verdicts([question], engine, judging),
            role="judge",
        )

    def _score(self, row: Score) -> None:
        from cai.evaluation.run import EvaluationSettings, request

        self._prompt(row.prompt, row.tags)
        told = {
            name: "unknown" if value is None else "yes" if value else "no"
            for name, value in (
                ("harmful", row.harmful), ("evasive", row.evasive),
                ("helpful", row.helpful), ("unparseable", row.unparseable),
            )
        }  # fmt: skip
        self._add(
            f"answer of {row.model}",
            answer=row.response.text,
            **told,
            decided_by=row.decided_by,
            reward="" if row.reward is None else f"{row.reward:.4f}",
            kl_to_sft="" if row.kl_to_sft is None else f"{row.kl_to_sft:.4f} nats",
        )
        known = {row.response.call: Known(purpose=f"answer of {row.model}", said=row.response)}
        run = self._made("evaluate")
        settings = run.recipe.settings("evaluate", EvaluationSettings)
        model = {
            "initial": run.recipe.model, "sft": run.model_folder("sft")
        }.get(row.model, run.model_folder(f"align-{row.model}"))  # fmt: skip
        prompt = Prompt(id=row.prompt_id, messages=row.prompt, tags=row.tags)
        self._rebuild(
            run, model, known, lambda engine: engine.generate([request(prompt, settings)])
        )

    # --- shared -------------------------------------------------------------------------------

    def _made(self, stage: str) -> Run:
        """The run as it was when that stage was made."""
        if stage not in self._runs:
            self._runs[stage] = reopen(self.run.folder.path, stage=stage)
        return self._runs[stage]

    def _principle(self, run: Run, principle_id: str) -> Principle:
        """A principle as it was; only its id, and a doubt, where it is no longer to be found."""
        try:
            return run.constitution.principle(principle_id)
        except KeyError:
            self.doubts.append(f"the texts of {principle_id} as they were then are not kept")
            return Principle(id=principle_id)

    def _prompt(self, messages: Sequence[Message], tags: Sequence[str]) -> None:
        said = {f"{n} {one['role']}": one["content"] for n, one in enumerate(messages, 1)}
        self._add("prompt", tags=", ".join(tags), **said)

    def _add(self, title: str, **facts: str) -> None:
        kept = {name: text for name, text in facts.items() if text}
        self.entries.append(Entry(title=title, facts=kept))

    def _labels(self, comparison_id: str) -> list[Label]:
        """What is said of a comparison, by the judge and then by gold."""
        return self._read(Label, lambda one: one.comparison_id == comparison_id)

    def _read(self, kind: type, wanted: Callable[[Any], bool]) -> list[Any]:
        files = [name for name, its in FILES.items() if its is kind]
        # Gold pairs have files of their own, beside each other.
        near = [name for name in files if str(Path(name).parent) == self.folder]
        folder = Path((near or files)[0]).parent
        rows: list[Any] = []
        for name in files:
            if Path(name).parent == folder:
                rows += read_records(self.run.folder.path / name, kind)
        return [row for row in rows if wanted(row)]

    def _rebuild(
        self,
        run: Run,
        model: str,
        known: Mapping[str, Known],
        ask: Callable[[Memory], object],
        *,
        only: set[str] | None = None,
        role: Role = "policy",
    ) -> None:
        """Runs a stage's own code on what is known; `only` leaves out the calls of other rows."""
        memory = Memory(run.engine(model, role), known, self.store)
        try:
            ask(memory)
        except NotAskedError as error:
            self.doubts.append(str(error))
        wanted = set(known) if only is None else only
        missing = wanted - memory.asked
        if missing:
            self.doubts.append(
                f"{len(missing)} of {len(wanted)} calls could not be rebuilt: what decides them "
                "has changed since (weights, constitution, settings or templates)"
            )
        calls = [call for call in memory.calls if only is None or call.key in only]
        if self.replay and calls:
            calls = asked_again(calls, run.uncached_engine(model, role))
        self.calls += calls
