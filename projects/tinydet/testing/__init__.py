"""The support matrix: which component works in which detector, and the trials that show it."""
