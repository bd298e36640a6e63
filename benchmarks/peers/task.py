"""What a peer is told: one JSON object as its only argument, the same for the peers on Node."""

import sys
from datetime import date
from enum import Enum
from typing import Self

import msgspec


class Cache(Enum):
    """Where records are kept that were read: nowhere, in Redis as JSON, in the process."""

    NONE = "none"
    REDIS = "redis"
    PROCESS = "process"


class Task(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where to listen, where to read, what to keep, which day it is; `redis` is a Unix socket."""

    port: int
    mobile: str
    cache: Cache
    redis: str
    today: date
    issued_from: date
    answers: str
    """The directory of the answers that the floors repeat."""

    @classmethod
    def read(cls) -> Self:
        """Read it from the command line."""
        return msgspec.json.decode(sys.argv[1], type=cls)
