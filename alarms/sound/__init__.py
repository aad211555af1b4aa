"""What an alarm sounds like, and the one thread that owns the sound device."""
