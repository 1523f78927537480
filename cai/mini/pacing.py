"""How the material grows harder in the course of training: few words first, then people's words.

Which quality a principle is about has to be read before anything can be done with it. With all
phrases at once a small model guesses for most of its training; with ten words it soon does not
have to, and new words are then learned as names for what it can already tell apart.
"""

PLAIN_SHARE, PLAIN_ENDS = 0.8, 0.4  # share of plain names at the start, progress at which it is 0
NARROW = 0.2  # breadth of the vocabulary at the start
BREADTH_GROWS, BREADTH_FULL = 0.1, 0.55  # progress between which it opens up


def plain_share(progress: float) -> float:
    """How many of the principles use the plain name of a fault alone."""
    return PLAIN_SHARE * max(0.0, 1 - progress / PLAIN_ENDS)


def breadth(progress: float) -> float:
    """How much of the vocabulary is drawn from, as `principles.sentence` takes it."""
    grown = (progress - BREADTH_GROWS) / (BREADTH_FULL - BREADTH_GROWS)
    return NARROW + (1 - NARROW) * min(1.0, max(0.0, grown))
