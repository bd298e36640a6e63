"""What outlives a process, with a real Redis."""
