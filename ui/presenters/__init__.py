"""What to show, decided without Qt: plain functions from state to texts and styles."""
