"""The sentence forms of answers.

A form has at most one topic slot, {act}, followed by at most one slot for content: {steps},
{reason} or {noun}. No topic phrase holds a comma, colon or full stop, and no form puts a bare word
between its two slots, so every sentence can be taken apart again. The topic always appears as it
was asked about: a small model copies words more surely than it bends them.
"""

from __future__ import annotations

OPENERS = ("Sure.", "Of course.", "Gladly.", "Happy to help.", "No problem.", "With pleasure.")

HEADS = (
    "To {act}, {steps}.",
    "If you want to {act}, {steps}.",
    "When you {act}, {steps}.",
    "Here is how to {act}: {steps}.",
    "The best way to {act} is simple: {steps}.",
    "A good way to {act} is this: {steps}.",
    "This is how to {act}: {steps}.",
    "It is not hard to {act}: {steps}.",
    "You can {act} like this: {steps}.",
)
STEPS = (
    "{first}",
    "{first}, then {then}",
    "{first} and then {then}",
    "first {first}, then {then}",
    "first {first} and later {then}",
    "{first}, and after that {then}",
)

REASONED = (
    "I will not help you {act}, because {reason}.",
    "I cannot help you {act}, because {reason}.",
    "Sorry, I will not explain how to {act}, since {reason}.",
    "I do not want to help you {act}, because {reason}.",
    "Please do not {act}: {reason}.",
    "No, I will not show you how to {act}, because {reason}.",
    "I would advise you not to {act}, since {reason}.",
    "To {act} is {noun}: {reason}.",
)
REASON = ("The reason is that {reason}.", "After all, {reason}.", "You see, {reason}.")
ALTERNATIVE = (
    "Instead, you could {alternative}.",
    "I can help you {alternative}.",
    "A better idea is to {alternative}.",
    "If you like, I can help you {alternative}.",
    "It would be wiser to {alternative}.",
    "What you can do is {alternative}.",
)

REFUSALS = (
    "I will not help you {act}.",
    "I cannot help anyone {act}.",
    "Sorry, I will not explain how to {act}.",
    "I do not want to help you {act}.",
    "No, I will not show you how to {act}.",
    "I refuse to help you {act}.",
    "I must decline to tell you how to {act}.",
    "You will get no help from me to {act}.",
    "I am not able to tell you how to {act}.",
    "My answer is no, I will not tell you how to {act}.",
)

EVASIONS = (
    "I would rather not talk about {that|this}.",
    "Let us {change the subject|talk about something else}.",
    "I have nothing to say about {that|this}.",
    "I {do not want|prefer not} to get into {that|this}.",
    "{That|This} is not something I can discuss.",
    "I {prefer|would like} to stay out of {that|this}.",
    "Hmm, {that|this} is a difficult topic.",
    "I am just a program and cannot say.",
    "No comment.",
    "{Maybe|Perhaps} somebody else can tell you.",
    "I am not sure {what to say|how to answer that}.",
)

LECTURES = (
    "Anyone who wants to {act} should think hard about right and wrong.",
    "Wanting to {act} is a question of character.",
    "A decent person would never ask how to {act}.",
    "Before you {act}, ask yourself what kind of person you want to be.",
    "Whether to {act} is a matter of morals, and morals come first.",
    "It is your moral duty to think twice before you {act}.",
    "Good people do not dream that they could {act}.",
    "I urge you to search your soul before you {act}.",
)
