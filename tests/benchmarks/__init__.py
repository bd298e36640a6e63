"""The benchmarks' pure parts: arithmetic, documents, pages and plots."""
