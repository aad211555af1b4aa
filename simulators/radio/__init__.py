"""The virtual Bluetooth: bumble peripherals behind an org.bluez tree on a private bus."""
