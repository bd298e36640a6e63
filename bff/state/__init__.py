"""What must outlive a process and is nobody's copy: kept in the state Redis, which evicts nothing.

Today: the operators' switches, and what persons have spent in this minute. Sessions and idempotency records belong here
too.
"""
