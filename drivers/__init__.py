"""Real monitors: bytes off a serial port or a Bluetooth link become readings."""
