"""Clients and audits that nobody here wrote, against the house."""
