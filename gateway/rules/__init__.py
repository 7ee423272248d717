"""The decisions: pure functions over the words. No file, no clock, no randomness."""
