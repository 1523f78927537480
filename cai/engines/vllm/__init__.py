"""vLLM in this process, as an engine."""
