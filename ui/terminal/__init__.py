"""`vigil watch`: the live table and the JSON lines."""
