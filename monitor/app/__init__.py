"""The roof: puts the rooms together for each command."""
