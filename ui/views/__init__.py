"""Qt widgets that paint what a presenter decided."""
