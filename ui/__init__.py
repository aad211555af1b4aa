"""The clients a person looks at: the bedside dashboard and the terminal view."""
