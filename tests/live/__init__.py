"""Subscriptions: what is told as it happens, over WebSockets and SSE."""
