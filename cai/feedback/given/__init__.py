"""Comparisons that somebody gives: files of answer pairs, with gold labels where they have some."""

from cai.feedback.given.pair import RankingPairs
from cai.feedback.given.reading import Source, read
from cai.feedback.given.writing import count, write

__all__ = ["RankingPairs", "Source", "count", "read", "write"]
