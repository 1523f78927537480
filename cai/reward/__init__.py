"""The reward model: trained on preferences, measured on held-out ones, read as a score."""
