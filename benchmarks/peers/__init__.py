"""The peers in Python, and the floor: the least that answers the benchmark's queries. None shares code with the BFF."""
