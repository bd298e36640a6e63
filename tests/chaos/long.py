"""Long storms, one after the other over one house: `make chaos`, with CHAOS_MINUTES=10 and CHAOS_SEED=….

Not collected with the suite. The first failure ends it with the seed of its storm and the last events; that seed as
CHAOS_SEED draws the same faults again.
"""

import os
import random
import secrets
import time
from collections import Counter

import pytest

from sandbox.server import Sandbox
from tests.chaos.storm import HEALTHY_S, storms
from tests.process import open_sockets
from tests.redis_server import RedisServer

STORM_S = 20.0
SETTLED = 2
"""How many storms until the pools of connections are as large as they get."""
SLACK_SOCKETS = 20

pytestmark = pytest.mark.redis


def test_long_storms(own_redis: RedisServer) -> None:
    minutes = float(os.environ.get("CHAOS_MINUTES", "10"))  # noqa: TID251 - the command's own variables
    seed = int(os.environ.get("CHAOS_SEED") or secrets.randbelow(1_000_000))  # noqa: TID251
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {line}", flush=True)  # noqa: T201 - for who waits

    say(f"chaos for {minutes:g} minutes from seed {seed}")
    played: Counter[str] = Counter()
    sockets: list[int] = []
    answers = 0
    with Sandbox() as sandbox, storms(sandbox, own_redis) as house:
        while time.monotonic() < began + minutes * 60:
            tally = house.storm(seed, STORM_S, say)
            played += tally.played
            answers += sum(tally.statuses.values())
            sockets.append(open_sockets())
            say(f"storm {seed} over: {tally}, {sockets[-1]} sockets")
            assert tally.healthy_s <= HEALTHY_S
            seed = random.Random(seed).randrange(1_000_000)  # noqa: S311 - each storm follows from the one before
    assert max(sockets[SETTLED:], default=0) <= max(sockets[:SETTLED]) + SLACK_SOCKETS
    say(f"{answers} answers, none wrong; {sum(played.values())} faults of {len(played)} kinds")
