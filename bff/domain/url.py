"""Addresses of pages and files."""

from typing import NewType

Url = NewType("Url", str)
"""An absolute address."""
