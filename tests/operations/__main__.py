"""Writes the calls beside each page and its answers anew, for review: `python -m tests.operations [page …]`."""

import logging
import sys

import structlog

from sandbox.server import Sandbox
from tests.operations import answer, page
from tests.operations.asked import PERSONAS
from tests.operations.run import run

_RUNS = 2  # whether two parts of a page are joined in one call may be a matter of time


def main(names: list[str]) -> None:
    """Write what the pages named cost and answer; all of them by default."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with Sandbox(latency=False) as sandbox:
        for each in page.pages():
            if not names or each.path.stem in names:
                runs = {profile: [run(sandbox, each, profile) for _ in range(_RUNS)] for profile in PERSONAS}
                calls = {
                    profile: page.Calls(page.seen([ran.cold for ran in all_]), page.seen([ran.warm for ran in all_]))
                    for profile, all_ in runs.items()
                }
                page.write(each, calls)
                answer.store(each.name, {profile: all_[0].answer for profile, all_ in runs.items()})


if __name__ == "__main__":
    main(sys.argv[1:])
