"""A session file in the words of other systems: pure, from journal entries to text."""
