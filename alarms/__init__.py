"""Alarm rules, conditions and occurrences: pure, deterministic, time is an argument."""
