"""How good a reward model is: measured on preferences that it was not trained on."""
