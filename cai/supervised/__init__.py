"""The supervised phase: a model criticises and revises its own answers, then learns from them."""
