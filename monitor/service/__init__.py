"""The service of a station: it owns devices, alarms and record, and needs no screen."""
