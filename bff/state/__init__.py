"""What must outlive a process and is nobody's copy: kept in the state Redis, which evicts nothing.

Today: the operators' switches, what persons have spent in this minute, links to files, events, and what became of each
change. Sessions belong here too.
"""
