"""The constitution: principles that a person edits, read and checked, and drawn from."""

from cai.constitution.drawing import applicable, pick
from cai.constitution.fingerprints import dependencies
from cai.constitution.principles import USES, Constitution, FewShot, Principle, Use
from cai.constitution.reading import Finding, check, dump, load

__all__ = [
    "USES",
    "Constitution",
    "FewShot",
    "Finding",
    "Principle",
    "Use",
    "applicable",
    "check",
    "dependencies",
    "dump",
    "load",
    "pick",
]
