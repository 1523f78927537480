"""AI feedback: pairs of answers, a judge's verdicts on them, and the preferences they add up to."""
