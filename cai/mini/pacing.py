"""How the material grows harder in the course of training: few words first, then people's words.

Which quality a principle is about has to be read before anything can be done with it. With all
phrases at once a small model guesses for most of its training; with ten words it soon does not
have to, and new words are then learned as names for what it can already tell apart.
"""

COPYING_ENDS, PLACING_ENDS = 0.05, 0.35  # progress up to which the two basic skills are learned
MARKING_ENDS = 0.15
NAMING_BEGINS, NAMING_ENDS = 0.12, 0.21
PLAIN_SHARE, PLAIN_ENDS = 0.8, 0.45  # share of plain names at the start, progress at which it is 0
NARROW = 0.2  # breadth of the vocabulary at the start
BREADTH_GROWS, BREADTH_FULL = 0.08, 0.5  # progress between which it opens up


def marking(progress: float) -> float:
    """How often an answer's letter stands behind its words: always when telling two answers apart
    begins, so that it only has to be copied; then ever more rarely, so that it has to be known at
    the same place without standing there."""
    return min(1.0, max(0.0, (MARKING_ENDS - progress) / (MARKING_ENDS - COPYING_ENDS)))


def naming(progress: float) -> float:
    """How often the name of a fault stands behind the sentence that has it, in the same way: first
    the name itself is looked for, then whatever would be followed by it."""
    return min(1.0, max(0.0, (NAMING_ENDS - progress) / (NAMING_ENDS - NAMING_BEGINS)))


def plain_share(progress: float) -> float:
    """How many of the principles use the plain name of a fault alone."""
    return PLAIN_SHARE * max(0.0, 1 - progress / PLAIN_ENDS)


def breadth(progress: float) -> float:
    """How much of the vocabulary is drawn from, as `principles.sentence` takes it."""
    grown = (progress - BREADTH_GROWS) / (BREADTH_FULL - BREADTH_GROWS)
    return NARROW + (1 - NARROW) * min(1.0, max(0.0, grown))
