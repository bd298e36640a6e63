"""`make test-money`: a thousand seeds of every kind, with progress; or one again."""

import argparse
import asyncio
import logging
import sys
import time
from collections import Counter

import structlog

from tests.money.course import KINDS, Course, Town, Wrong

EVERY = 100


def main() -> int:
    """Run the seeds; the first failure ends it."""
    parser = argparse.ArgumentParser(prog="python -m tests.money", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--kind", choices=KINDS, help="only this kind")
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    town, began, played = Town(), time.monotonic(), Counter[str]()
    seeds = range(chosen.seeds) if chosen.seed is None else [chosen.seed]
    for seed in seeds:
        for kind in [chosen.kind] if chosen.kind else KINDS:
            try:
                played += asyncio.run(Course(town, kind, seed).run())
            except Wrong as wrong:
                print(f"{kind}, seed {seed}: {wrong}", file=sys.stderr)  # noqa: T201 - a command line prints
                return 1
        if (seed + 1) % EVERY == 0:
            print(f"{time.monotonic() - began:6.0f} s  {seed + 1} seeds, {played.total()} faults", flush=True)  # noqa: T201
    print(f"nothing lost, nothing doubled: {dict(played)}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
