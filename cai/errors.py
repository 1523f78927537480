"""Errors a user can cause. A message says in a line or two what is wrong, where, and the mend."""


class CaiError(Exception):
    """Base of every error that the command line prints without a traceback (exit code 2)."""


class ConstitutionError(CaiError):
    """The constitution file is missing, malformed or contradictory."""


class RecipeError(CaiError):
    """The recipe, or an override of it, is malformed."""


class DataError(CaiError):
    """A prompt set or another file of rows cannot be read as asked."""


class EngineError(CaiError):
    """A model cannot be loaded, or an engine cannot do what was asked of it."""


class RunError(CaiError):
    """A run folder is in use, damaged, or lacks what a stage needs."""
