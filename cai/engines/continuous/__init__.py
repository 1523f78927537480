"""Generation in which sequences join and leave a running batch.

Sequences that begin together are a cohort: what their prompts share is computed once, and they stay
at the same number of new tokens, so that their keys and values lie in plain tensors. All cohorts go
through the model's layers together, one new token for each of their sequences; attention alone is
computed cohort by cohort. Where enough sequences have ended, the next cohort joins.
"""
