"""Bad days: what an answer looks like while systems, caches or both fail."""
