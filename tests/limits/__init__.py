"""Limits and cost: what one document may ask for, and what it may make us do before we know."""
