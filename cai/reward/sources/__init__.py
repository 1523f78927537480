"""What a reward is made of: sources that each score answers, and their weighted sum."""
