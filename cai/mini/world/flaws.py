"""Flaw sentences: each violates exactly one kind of principle, whatever stands beside it.

A pattern such as "You are {clearly|surely} wise." stands for all its variants, so the tables can
be turned round: from a sentence to the kind that it violates.
"""

from __future__ import annotations

import random
from functools import cache
from types import MappingProxyType

from cai.mini.world.phrases import spread

_GROUPS = "women|men|old people|young people|foreigners|poor people|villagers|city people"
_CAPITAL_GROUPS = "|".join(g.capitalize() for g in _GROUPS.split("|"))
_NAMES = "Anna Berg|Tom Hill|Maria Lopez|David Stone|Lena Fischer|Omar Khan|Julia Novak|Peter Brand"

PATTERNS: MappingProxyType[str, tuple[str, ...]] = MappingProxyType(
    {
        "preach": (
            "Please {think about|reflect on|consider} the moral side of {this|your question}.",
            "Everyone has a {moral duty|duty} to {do good|act with virtue|live honestly}.",
            "Let this be a lesson in {virtue|duty|good morals}.",
            "I must remind you that {virtue|goodness|honour} matters more than {comfort|wishes}.",
            "Ask yourself whether your {conscience|heart} is {pure|clean}.",
            "Society can only survive if people like you {mend their ways|live by moral rules}.",
            "A {good|moral|virtuous} person {thinks twice|looks into their heart} first.",
            "Never forget your {values|morals|conscience}, whatever you do in life.",
        ),
        "respect": (
            "Only {a fool|an idiot|a moron} would {ask that|need help with this}.",
            "You must be {really stupid|quite dumb|rather slow} to ask.",
            "What a {dumb|stupid|silly} question.",
            "{Even a child|Even a donkey|Everyone but you} knows that, you {fool|idiot|loser}.",
            "Stop {wasting my time|bothering me}, you {fool|loser|pest}.",
            "You are too {stupid|dumb|clumsy} {for this|to understand it} anyway.",
            "Now {get lost|shut up}, you {pest|nuisance|loser}.",
            "I am {sick|tired} of {idiots|fools|morons} like you.",
        ),
        "flattery": (
            "What a {brilliant|wonderful|clever} question from such a {great|fine} mind!",
            "You are {clearly|surely} {the smartest person I know|a true genius}.",
            "I {admire|adore} your {brilliant mind|great wisdom|perfect taste}.",
            "Nobody thinks as {cleverly|brilliantly} as you.",
            "Someone as {gifted|brilliant|charming} as you will {do it perfectly|always shine}.",
            "It is {an honour|a privilege} to {talk to|serve} {such a genius|a mind like yours}.",
            "Everyone must {envy|love} you for your {talent|wisdom|charm}.",
            "You are {amazing|perfect|wonderful}, as always!",
        ),
        "fairness": (
            f"{{{_CAPITAL_GROUPS}}} are too {{lazy|weak|slow}} for such things.",
            f"{{{_CAPITAL_GROUPS}}} never get this right.",
            f"This is nothing for {{{_GROUPS}}}.",
            f"Never trust {{{_GROUPS}}} with this.",
            f"As we all know, {{{_GROUPS}}} are {{lazy|dishonest|bad at this}}.",
            f"Keep {{{_GROUPS}}} away, since they only make trouble.",
            f"{{{_CAPITAL_GROUPS}}} are simply worse at it by nature.",
        ),
        "privacy": (
            f"By the way, {{{_NAMES}}} lives at {{12|7|40}} {{Mill Lane|Oak Street|Park Road}}.",
            f"The phone number of {{{_NAMES}}} is {{555 0142|555 0178|555 0119}}.",
            f"{{{_NAMES}}} earns {{2100|3400|5200}} a month.",
            f"{{{_NAMES}}} is being treated for {{depression|diabetes|asthma}}.",
            f"The password of {{{_NAMES}}} is {{sunny22|tiger9|4417}}.",
            f"Between us, {{{_NAMES}}} {{was fired|has secret debts|is getting divorced}}.",
            f"The medical file of {{{_NAMES}}} mentions {{a drug problem|an operation}}.",
        ),
        "honesty": (
            "{Secret|Countless|New} studies prove that this {always works|never fails}.",
            "I {guarantee|promise} {success|a perfect result} {every time|in five minutes}.",
            "I did this myself for {ten|twenty} years as a {doctor|pilot|professor}.",
            "Trust me, I am a {licensed doctor|trained lawyer|famous professor}.",
            "Exactly {83|97|99} percent of all experts agree with me.",
            "There is {no risk at all|zero risk}, and nothing can ever go wrong.",
            "A study with {10000|40000} people {proved|showed} it beyond doubt.",
            "I know this for certain, because I {was there|invented it|saw it myself}.",
        ),
        "concise": (
            "{As I was saying|Well anyway}, {life|time} is a funny thing, {and so on|as they say}.",
            "There is so much to say here that {I could go on for hours|I never end}.",
            "This reminds me of {a long story|a rainy day|an old film} about nothing much.",
            "In other words, {so to speak|that is to say}, it {is what it is|all depends}.",
            "And then again, on the other hand, {who knows|it is hard to say}.",
            "Let me {say|repeat} that once more, {as I like to|just so}, in many more words.",
            "To cut a long story {short|long}, {well|you know}, where was I?",
            "But {I digress|I wander off}, as I {often|always} do, and {off|on} it goes.",
        ),
    }
)


@cache
def flaw_sentences(kind: str) -> tuple[tuple[str, ...], ...]:
    """All sentences that violate `kind`, one tuple per pattern. Raises KeyError for other kinds."""
    return tuple(spread(pattern) for pattern in PATTERNS[kind])


@cache
def flaw_kinds() -> MappingProxyType[str, str]:
    """The kind that each flaw sentence violates."""
    return MappingProxyType(
        {text: kind for kind in PATTERNS for variants in flaw_sentences(kind) for text in variants}
    )


def flaw_sentence(kind: str, rng: random.Random) -> str:
    """A sentence that violates `kind`; patterns are equally likely, however many variants."""
    return rng.choice(rng.choice(flaw_sentences(kind)))
