"""The servers that are measured: how each is started, and what it can be measured at."""

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from benchmarks.estate import Address
from benchmarks.peers.task import Cache, Task
from sandbox import credentials

ROOT: Final = Path(__file__).parents[1]
_NODE: Final = ROOT / "benchmarks" / "node"
_POINTS_A_MINUTE: Final = "1000000000"  # counted as always, and never spent: 40 persons ask all the time
_MESH: Final = ROOT / "benchmarks" / "mesh"
_SMALL_CACHE_BYTES: Final = (
    2**20
)  # the least that the BFF takes: what is asked in turn has left it when it is asked again


class Mode(Enum):
    """Where what is asked for is found."""

    COLD = "cold"
    REDIS = "redis"
    WARM = "warm"


CACHES: Final = {Mode.COLD: Cache.NONE, Mode.REDIS: Cache.REDIS, Mode.WARM: Cache.PROCESS}


class Setting(NamedTuple):
    """What a server is started for."""

    mode: Mode
    address: Address
    task: Task
    scratch: Path


class Launch(NamedTuple):
    """How it is started."""

    command: Sequence[str]
    environment: Mapping[str, str]


class Server(NamedTuple):
    """A server: its name and title, what starts it, what for; `needs` is a program and `made` a file that it needs.

    `no_other_mode` says why some modes are not for it, in a clause behind its title; of a floor, which reads nothing,
    that is plain.
    """

    name: str
    title: str
    launch: Callable[[Setting], Launch]
    modes: frozenset[Mode]
    needs: str = sys.executable
    made: Path | None = None
    is_floor: bool = False
    all_cpus: bool = False
    no_other_mode: str = ""

    @property
    def missing(self) -> str | None:
        """Why it can't be measured here, None when it can."""
        if shutil.which(self.needs) is None:
            return f"{self.needs} is not installed"
        if self.made is not None and not self.made.exists():
            return f"`make bench` has not made {self.made.relative_to(ROOT)}"
        return None


def bff(
    *, workers: int = 1, executor: str = "compiled", others: Mapping[str, str] | None = None
) -> Callable[[Setting], Launch]:
    """Give what launches the BFF as it is in production, but for the points a minute; `others` are more settings."""

    def launch(setting: Setting) -> Launch:
        mode, address, task, _ = setting
        environment = {
            "BFF_PORT": str(task.port),
            "BFF_WORKERS": str(workers),
            "BFF_EXECUTOR": executor,
            "BFF_MOBILE_URL": address.mobile,
            "BFF_MOBILE_KEY": credentials.MOBILE_KEY,
            "BFF_FIXED_URL": address.fixed,
            "BFF_FIXED_USERNAME": credentials.FIXED_USERNAME,
            "BFF_FIXED_PASSWORD": credentials.FIXED_PASSWORD,
            "BFF_DIRECTORY_URL": address.directory,
            "BFF_DIRECTORY_KEY": credentials.DIRECTORY_KEY,
            "BFF_IDENTITY_KEY": credentials.IDENTITY_KEY,
            "BFF_OIDC_ISSUER": address.identity,
            "BFF_CLOCK_FILE": address.clock_file,
            "BFF_REDIS_URL": f"unix://{task.redis}",
            "BFF_STATE_REDIS_URL": f"unix://{task.redis}",
            "BFF_GRAPHIQL": "false",
            "BFF_INTROSPECTION": "false",
            "BFF_LIMIT_POINTS_PER_MINUTE": _POINTS_A_MINUTE,
        }
        if mode is not Mode.WARM:
            environment["BFF_MEMORY_MAX_BYTES"] = str(_SMALL_CACHE_BYTES)
        return Launch([sys.executable, "-m", "bff", "serve"], environment | dict(others or {}))

    return launch


def _python(module: str) -> Callable[[Setting], Launch]:
    return lambda setting: Launch([sys.executable, "-m", f"benchmarks.peers.{module}", _told(setting)], {})


def _node(file: str) -> Callable[[Setting], Launch]:
    return lambda setting: Launch(
        [shutil.which("node") or "node", str(_NODE / file), _told(setting)], {"NODE_ENV": "production"}
    )


def _mesh(setting: Setting) -> Launch:
    gateway = [str(_MESH / "node_modules" / ".bin" / "hive-gateway"), "supergraph"]
    config = ["--config-path", str(_MESH / "gateway.config.js")]
    environment = {"NODE_ENV": "production", "BENCHMARK_TASK": _told(setting)}
    return Launch([shutil.which("node") or "node", *gateway, *config], environment)


def _told(setting: Setting) -> str:
    return msgspec.json.encode(setting.task).decode()


def _nginx(setting: Setting) -> Launch:
    template = (ROOT / "benchmarks" / "nginx.conf").read_text(encoding="utf-8")
    config = setting.scratch / "nginx.conf"
    values = {"SCRATCH": str(setting.scratch), "PORT": str(setting.task.port), "ANSWERS": setting.task.answers}
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    config.write_text(template, encoding="utf-8")
    return Launch([shutil.which("nginx") or "nginx", "-c", str(config), "-p", str(setting.scratch)], {})


_ALL: Final = frozenset(Mode)
_COLD: Final = frozenset({Mode.COLD})
_WARM: Final = frozenset({Mode.WARM})

_MODULES: Final = _NODE / "node_modules"

SERVERS: Final = (
    Server("bff", "**this BFF**", bff(), _ALL),
    Server("bff-2", "this BFF, two workers", bff(workers=2), _ALL, all_cpus=True),
    Server("bff-core", "this BFF on graphql-core", bff(executor="graphql-core"), _ALL),
    Server("strawberry", "plain Strawberry", _python("strawberry_plain"), _ALL),
    Server("core", "graphql-core, bare ASGI, all cached", _python("core"), _ALL),
    Server(
        "mesh",
        "Hive Gateway with Mesh",
        _mesh,
        _COLD,
        needs="node",
        made=_MESH / "supergraph.graphql",
        no_other_mode="whose caches keep no records, but whole answers or whole replies of HTTP",
    ),
    Server("apollo", "Apollo Server 5", _node("apollo.js"), _ALL, needs="node", made=_MODULES),
    Server("yoga", "GraphQL Yoga", _node("yoga.js"), _ALL, needs="node", made=_MODULES),
    Server("mercurius", "Mercurius with jit", _node("mercurius.js"), _ALL, needs="node", made=_MODULES),
    Server("jit", "hand-made node:http, graphql-jit, undici", _node("jit.js"), _ALL, needs="node", made=_MODULES),
    Server("floor-uvicorn", "floor: uvicorn, the same bytes", _python("floor"), _WARM, is_floor=True),
    Server("floor-node", "floor: node:http, the same bytes", _node("floor.js"), _WARM, needs="node", is_floor=True),
    Server("floor-nginx", "floor: nginx, the same bytes", _nginx, _WARM, needs="nginx", is_floor=True),
)
