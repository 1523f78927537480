"""Engines: text in, text or option probabilities out."""
