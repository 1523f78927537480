"""The embedded model: its generated world, its builder and its weights."""
