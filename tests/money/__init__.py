"""The money test: every fault that can hit a payment, in random order from a seed, judged by what was done."""
