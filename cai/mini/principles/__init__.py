"""Principle texts for the embedded model's training: many wordings of ten kinds."""

from cai.mini.principles.lexicon import LEXICON
from cai.mini.principles.mixed import families, mixed
from cai.mini.principles.sentences import Use, sentence

__all__ = ["LEXICON", "Use", "families", "mixed", "sentence"]
