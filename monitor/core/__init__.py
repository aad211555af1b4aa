"""Words that every room shares: values, units, channels, errors and time."""
