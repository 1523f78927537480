"""How the material grows harder in the course of training: few words first, then people's words.

Which quality a principle is about has to be read before anything can be done with it. With all
phrases at once a small model guesses for most of its training; with ten words it soon does not
have to, and new words are then learned as names for what it can already tell apart.
"""

COPYING_ENDS, PLACING_ENDS = 0.06, 0.36  # progress up to which the two basic skills are learned
MARKING_ENDS = 0.18
NAMING_BEGINS, NAMING_ENDS = 0.14, 0.25
PLAIN_SHARE, PLAIN_ENDS = 0.8, 0.4  # share of plain names at the start, progress at which it is 0
PLAIN_AGAIN, PLAIN_AGAIN_SHARE, PLAIN_AGAIN_ENDS = 0.42, 0.6, 0.7  # once more, for judging
HINTS_BEGIN = 0.64
LETTER_HINTS_END, NAME_HINTS_FADE, NAME_HINTS_END = 0.77, 0.7, 0.88
REASONS_BEGIN = 0.86  # from here a letter follows from a reason as often as from nothing
NARROW = 0.2  # breadth of the vocabulary at the start
BREADTH_GROWS, BREADTH_FULL = 0.1, 0.55  # progress between which it opens up


def marking(progress: float) -> float:
    """How often an answer's letter stands behind its words: always when telling two answers apart
    begins, so that it only has to be copied; then ever more rarely, so that it has to be known at
    the same place without standing there."""
    return min(1.0, max(0.0, (MARKING_ENDS - progress) / (MARKING_ENDS - COPYING_ENDS)))


def naming(progress: float) -> float:
    """How often the name of a fault stands behind the sentence that has it, in the same way: first
    the name itself is looked for, then whatever would be followed by it."""
    return min(1.0, max(0.0, (NAMING_ENDS - progress) / (NAMING_ENDS - NAMING_BEGINS)))


def letter_hints(progress: float) -> float:
    """How often a comparison ends with what decides it, the fault and whose it is, once both can
    be found: first the letter only has to be turned round, then it has to be found unsaid."""
    if progress < HINTS_BEGIN:
        return 0.0
    return max(0.0, (LETTER_HINTS_END - progress) / (LETTER_HINTS_END - HINTS_BEGIN))


def name_hints(progress: float) -> float:
    """How often a comparison ends with the fault that it is about; this fades later."""
    if progress < HINTS_BEGIN:
        return 0.0
    return min(1.0, max(0.0, (NAME_HINTS_END - progress) / (NAME_HINTS_END - NAME_HINTS_FADE)))


def plain_share(progress: float) -> float:
    """How many of the principles use the plain name of a fault alone."""
    if progress >= PLAIN_AGAIN:
        left = (PLAIN_AGAIN_ENDS - progress) / (PLAIN_AGAIN_ENDS - PLAIN_AGAIN)
        return PLAIN_AGAIN_SHARE * max(0.0, left)
    return PLAIN_SHARE * max(0.0, 1 - progress / PLAIN_ENDS)


def breadth(progress: float) -> float:
    """How much of the vocabulary is drawn from, as `principles.sentence` takes it."""
    grown = (progress - BREADTH_GROWS) / (BREADTH_FULL - BREADTH_GROWS)
    return NARROW + (1 - NARROW) * min(1.0, max(0.0, grown))
