"""The cache: its stores, its names, its lifetimes, and reading through it."""
