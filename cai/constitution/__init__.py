"""The constitution: principles that a person edits, read and checked, and drawn from."""

from cai.constitution.difference import Change, difference, word_difference
from cai.constitution.drawing import Moved, applicable, drawn_in_turn, moved_draws, pick
from cai.constitution.fingerprints import dependencies
from cai.constitution.principles import USES, Constitution, FewShot, JudgeFewShot, Principle, Use
from cai.constitution.reading import Finding, check, dump, load, load_version

__all__ = [
    "USES",
    "Change",
    "Constitution",
    "FewShot",
    "Finding",
    "JudgeFewShot",
    "Moved",
    "Principle",
    "Use",
    "applicable",
    "check",
    "dependencies",
    "difference",
    "drawn_in_turn",
    "dump",
    "load",
    "load_version",
    "moved_draws",
    "pick",
    "word_difference",
]
