"""Where the bytes come from: serial ports, terminal servers, Bluetooth."""
