"""What the bytes mean: sans-IO decoders, no clock, no I/O, no logging."""
