"""What outlives the process: session files, journal and their verification."""
