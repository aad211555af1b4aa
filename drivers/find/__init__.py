"""Finding devices before they are bound to a bed: ports, the air, what fits, and a trial."""
