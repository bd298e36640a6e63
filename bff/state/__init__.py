"""What must outlive a process and is nobody's copy: kept in the state Redis, which evicts nothing.

Today: the operators' switches. Sessions, idempotency records and limits belong here too.
"""
