"""What a call to a system costs below the adapter: transports under httpx, and reading the answer."""
