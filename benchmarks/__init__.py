"""The BFF against its peers, measured: see `docs/benchmarks.md`. `make bench` runs it."""
