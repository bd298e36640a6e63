"""Runnable stand-ins of every system behind the BFF: same protocols, real sockets, seeded data, switchable faults.

Shares no code with `bff`, which sees only URLs.
"""
