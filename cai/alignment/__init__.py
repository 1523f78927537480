"""Alignment: a preference-trained reward, or preferences themselves, change the model."""
