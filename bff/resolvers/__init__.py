"""Decide and combine: one module per concept, from a Context to the domain's records. Knows no GraphQL.

A function for a field takes its parents and gives a value or an error per parent, in order.
"""
