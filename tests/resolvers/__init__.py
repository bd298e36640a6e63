"""Resolvers without GraphQL: what only they decide and no journey can bring about."""
