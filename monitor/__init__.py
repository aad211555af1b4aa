"""The monitoring service: what a bed hears, judges, records and tells its clients."""
