"""Real recordings: what a device can be fed with, and a reader for each format."""
