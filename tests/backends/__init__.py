"""Tests of the adapters: against scripted answers, raw sockets, and the stand-ins."""
