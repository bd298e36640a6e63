"""Redis URLs in parts, and what is wrong with one that can't be used."""

from typing import Literal, NamedTuple, TypeAlias
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

Kind: TypeAlias = Literal["single", "unix", "cluster", "sentinel"]

_KINDS: dict[str, Kind] = {
    "redis": "single",
    "rediss": "single",
    "unix": "unix",
    "redis+cluster": "cluster",
    "rediss+cluster": "cluster",
    "redis+sentinel": "sentinel",
    "rediss+sentinel": "sentinel",
}
_PORTS: dict[Kind, int] = {"single": 6379, "cluster": 6379, "sentinel": 26379}
_FORMS = (
    "redis://host:port/db, unix:///path?db=n, redis+cluster://host:port,host:port or "
    "redis+sentinel://host:port,host:port/service/db, and rediss instead of redis for TLS"
)


class Login(NamedTuple):
    """Who we are to a node; None where it wants none."""

    username: str | None
    password: str | None


class Tls(NamedTuple):
    """Paths of PEM files; None takes the system's authorities, and no certificate of our own."""

    ssl_ca_certs: str | None = None
    ssl_certfile: str | None = None
    ssl_keyfile: str | None = None


class Target(NamedTuple):
    """A URL in parts. `places` are "host:port", or the path of a unix socket; `service` is what Sentinels watch."""

    kind: Kind
    places: tuple[str, ...]
    service: str
    db: int
    login: Login
    sentinel_login: Login
    tls: Tls | None


def check_url(url: str) -> None:
    """Accept a URL that `open_client` can use.

    User and password are the data nodes'; `sentinel_username` and `sentinel_password` are options. Those of TLS are
    `ssl_ca_certs`, `ssl_certfile` and `ssl_keyfile`, paths of PEM files.

    Raises:
        ValueError: what is wrong, as it follows the name of a variable; it quotes nothing of the URL.
    """
    parse(url)


def parse(url: str) -> Target:
    """Take a URL apart.

    Raises:
        ValueError: see `check_url`.
    """
    parts = _split(url)
    kind = _KINDS[parts.scheme]
    tls = parts.scheme.startswith("rediss")
    options = _options(parts.query, kind, tls=tls)
    login, _, hosts = parts.netloc.rpartition("@")
    username, _, password = login.partition(":")
    service, db = _path(kind, parts.path)
    return Target(
        kind=kind,
        places=(_socket(hosts, parts.path),) if kind == "unix" else _places(kind, hosts),
        service=service,
        db=_db(options.get("db", db)),
        login=Login(unquote(username) or None, unquote(password) or None),
        sentinel_login=Login(options.get("sentinel_username"), options.get("sentinel_password")),
        tls=Tls(**{name: options[name] for name in Tls._fields if name in options}) if tls else None,
    )


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(f"is no address; right are {_FORMS}") from None
    if parts.scheme not in _KINDS:
        raise ValueError(f"is no Redis address; right are {_FORMS}")
    if parts.fragment:
        raise ValueError("has a fragment; a # in a password is written %23")
    return parts


def _options(query: str, kind: Kind, *, tls: bool) -> dict[str, str]:
    given = dict(parse_qsl(query, keep_blank_values=True))
    known = {*(Tls._fields if tls else ())}
    known |= {"unix": {"db"}, "sentinel": {"sentinel_username", "sentinel_password"}}.get(kind, set())
    if given.keys() - known:
        raise ValueError(f"has an option that is not known here; known are: {', '.join(sorted(known)) or 'none'}")
    return given


def _path(kind: Kind, path: str) -> tuple[str, str]:
    """Give the service that Sentinels watch, and the database."""
    if kind == "unix":
        return "", "0"
    steps = [unquote(step) for step in path.split("/") if step]
    if kind == "cluster" and steps:
        raise ValueError("has a path; a Cluster has one database")
    if kind == "sentinel" and not steps:
        raise ValueError("names no service; right is redis+sentinel://host:port,host:port/service/db")
    service = steps.pop(0) if kind == "sentinel" else ""
    if len(steps) > 1:
        raise ValueError(f"has too long a path; right are {_FORMS}")
    return service, steps[0] if steps else "0"


def _socket(hosts: str, path: str) -> str:
    if hosts or not path:
        raise ValueError("names no socket; right is unix:///path?db=n")
    return unquote(path)


def _places(kind: Kind, hosts: str) -> tuple[str, ...]:
    listed = hosts.split(",")
    if kind == "single" and len(listed) > 1:
        raise ValueError("names several hosts; redis+cluster:// or redis+sentinel:// says what they are")
    return tuple(_place(host, _PORTS[kind]) for host in listed)


def _place(host: str, default_port: int) -> str:
    try:
        address = urlsplit(f"//{host}")
        port = address.port or default_port
    except ValueError:
        raise ValueError("has a host in brackets that is none, or a port that is no number to 65535") from None
    if not address.hostname:
        raise ValueError(f"names no host; right are {_FORMS}")
    return f"{address.hostname}:{port}"


def _db(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError("names a database that is no number")
    return int(text)
