"""The wireless devices of the virtual radio, written from the Bluetooth documents alone."""
