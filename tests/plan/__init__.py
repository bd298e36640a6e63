"""What queries cost in backend calls, counted in the sandbox's ledger."""
