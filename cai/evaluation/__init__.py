"""The evaluate stage: every model answers the same held-out prompts, and what came of it.

Each answer is told harmful, evasive, helpful or unparseable by the embedded world's oracle where it
knows the request, else by a judge model that has passed control questions, else by nobody. Scores,
distances to the SFT model and rates with their intervals follow from the answers.
"""
