"""Stand-ins for the hardware, written from each device's document."""
