"""Which answers are compared: drawn from one model or several, and chosen in pairs."""

from cai.feedback.sample.draws import ATTEMPTS, fits
from cai.feedback.sample.pairs import sample
from cai.feedback.sample.settings import ChoosePairs, SampleSettings

__all__ = ["ATTEMPTS", "ChoosePairs", "SampleSettings", "fits", "sample"]
