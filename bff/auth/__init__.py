"""Who is asking, and what they may: tokens, the principal, the matrix, ids that only their customer reads.

Nothing here speaks HTTP or GraphQL, and nothing calls a system behind us: what is needed from one comes in as a
callable.
"""
