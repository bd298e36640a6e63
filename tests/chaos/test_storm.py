"""Short storms: one house, everything that can fail, and all well afterwards."""

import gc

import pytest

from sandbox.server import Sandbox
from tests.chaos.storm import HEALTHY_S, storms
from tests.process import open_sockets
from tests.redis_server import RedisServer

pytestmark = pytest.mark.redis

STORM_S = 3.0
SEEDS = (1, 2, 3)


def test_whatever_fails_no_answer_is_wrong_and_afterwards_all_is_well(sandbox: Sandbox, own_redis: RedisServer) -> None:
    gc.collect()
    sockets = open_sockets()
    with storms(sandbox, own_redis) as house:
        for seed in SEEDS:
            tally = house.storm(seed, STORM_S)
            assert tally.statuses[200] > 0
            assert tally.codes
            assert tally.healthy_s <= HEALTHY_S
    gc.collect()
    assert open_sockets() <= sockets
