"""Where a row of a run comes from: the texts, the draws and the exact model calls behind it."""
