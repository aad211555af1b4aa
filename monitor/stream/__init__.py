"""What a bed keeps in memory: the waveform ring and the numerics beside it."""
