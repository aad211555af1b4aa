"""How each monitor behaves: start-up, characteristics, silence, what its events mean."""
