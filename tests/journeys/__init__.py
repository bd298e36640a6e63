"""Journeys: a persona, the real app, the real sandbox, the whole answer."""
