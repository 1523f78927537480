"""Constitutional AI: a constitution file in, an aligned language model and its reasons out."""

__version__ = "0.1.0"
