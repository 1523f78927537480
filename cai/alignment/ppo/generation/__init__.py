"""What samples the answers that PPO learns from.

`generator` is the contract, `local` the policy itself in transformers, `vllm` an engine beside it,
and `choose` takes the one that is set. An engine beside the policy computes with other numbers than
the trainer, and with weights that must be brought to it: `correction` is the mathematics of the
first, `parity` the proof of the second.
"""
