"""Every environment variable that the BFF knows: typed, checked, read once. The one home of `os.environ`.

`Settings.read` lists all mistakes at once, unknown `BFF_*` names among them, and never shows a value: a secret may
have been pasted into the wrong variable. What a variable means stands on its field, and from there in
`docs/configuration.md`. Which rules production adds is decided field by field, so that they are listed with the rest.
"""

import os
import re
import ssl
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable, Mapping
from datetime import datetime, time
from difflib import get_close_matches
from enum import Enum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretBytes, SecretStr, ValidationError, ValidationInfo
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from bff.redis_client import check_url

PREFIX: Final = "BFF_"
DEVELOPMENT_ID_KEY: Final = b"development only: refused in production, known to everyone ....."

DEVELOPMENT_SITE_KEY: Final = b"development only, known to all ."

_SITE_KEY_BYTES = 32
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_ID_KEY_BYTES = 64
_ID_KEYS_MAX = 2
_ID_KEY_DISTINCT_BYTES = 16  # 64 random bytes have about 57
_EVENT_KEY_BYTES = 32
_KIB = 1024
_MIB = 1024 * _KIB
_LIMIT_MAX = 999_999
_MAILBOX = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")

_Value = TypeVar("_Value")


class SettingsError(Exception):
    """The environment can't be used; the text lists every mistake, one a line, with what would be right."""


class Env(Enum):
    """Where the BFF runs; production refuses what is only safe on a developer's machine."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Executor(Enum):
    """What executes operations."""

    COMPILED = "compiled"
    GRAPHQL_CORE = "graphql-core"


class LogLevel(Enum):
    """Least serious events that are logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(Enum):
    """How a log line looks: for machines or for people."""

    JSON = "json"
    CONSOLE = "console"


def _in_production(info: ValidationInfo) -> bool:
    return info.data.get("env") is Env.PRODUCTION


def _in_development(data: Mapping[str, Any]) -> bool:
    return data["env"] is Env.DEVELOPMENT


def _check_scheme(text: str, info: ValidationInfo) -> None:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is not an http or https address")
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds credentials, which have variables of their own")
    if parts.scheme != "https" and _in_production(info):
        raise ValueError("is not https, which production requires")


def _url(text: str, info: ValidationInfo) -> str:
    _check_scheme(text, info)
    if urlsplit(text).query or urlsplit(text).fragment:
        raise ValueError("has a query or a fragment")
    return text


def _base_url(text: str, info: ValidationInfo) -> str:
    return _url(text, info).rstrip("/")


def _origin(text: str, info: ValidationInfo) -> str:
    _check_scheme(text, info)
    parts = urlsplit(text)
    if text != f"{parts.scheme}://{parts.netloc}":
        raise ValueError("has more than a scheme, a host and a port")
    return text


def _host(text: str) -> str:
    host = text.lower()
    if urlsplit(f"//{host}").hostname != host:
        raise ValueError("has something that is no host")
    return host


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        raise ValueError("has something that is no address and no network") from None


def _development_only(value: _Value, info: ValidationInfo) -> _Value:
    if value is not None and _in_production(info):
        raise ValueError("is for development only")
    return value


def _due_in_production(value: SecretStr, info: ValidationInfo) -> SecretStr:
    if not value.get_secret_value() and _in_production(info):
        raise ValueError("is missing, which only development allows")
    return value


def _redis(value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
    if value is None:
        if _in_production(info):
            raise ValueError("is missing; memory instead of Redis is for development only")
        return None
    check_url(value.get_secret_value())
    if _in_production(info) and urlsplit(value.get_secret_value()).scheme.partition("+")[0] == "redis":
        raise ValueError("is not rediss or unix; production sends personal data to nobody in clear")
    return value


def _certificates(path: Path | None) -> Path | None:
    try:
        if path is not None:
            ssl.create_default_context(cafile=path)
    except OSError:
        raise ValueError("can't be read, or holds no certificate") from None
    return path


def _relay(text: str, info: ValidationInfo) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.path.strip("/"):
        raise ValueError("is not smtp://host:port or smtps://host:port")
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds credentials, which have variables of their own")
    if parts.scheme != "smtps" and _in_production(info):
        raise ValueError("is not smtps, which production requires")
    return text


def _mailbox(text: str) -> str:
    if not _MAILBOX.fullmatch(text):
        raise ValueError("is no e-mail address")
    return text


def _listed(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _key(length: int) -> BeforeValidator:
    """Read a key of so many bytes in base64url."""

    def read(value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            key = urlsafe_b64decode(value + "=" * (-len(value) % 4))
        except (Base64Error, ValueError):
            raise ValueError("holds a key that is not base64url") from None
        if len(key) != length:
            raise ValueError(f"holds a key of {len(key)} bytes instead of {length}")
        return key

    return BeforeValidator(read)


def _is_weak(key: SecretBytes) -> bool:
    return len(set(key.get_secret_value())) < _ID_KEY_DISTINCT_BYTES


def _active(keys: tuple[SecretBytes, ...], info: ValidationInfo) -> tuple[SecretBytes, ...]:
    if not 1 <= len(keys) <= _ID_KEYS_MAX:
        raise ValueError(f"holds {len(keys)} keys instead of 1 or {_ID_KEYS_MAX}")
    if len({key.get_secret_value() for key in keys}) < len(keys) or any(_is_weak(key) for key in keys):
        raise ValueError("holds a key twice, or one that is not random")
    known = {DEVELOPMENT_ID_KEY, DEVELOPMENT_SITE_KEY}
    if _in_production(info) and any(key.get_secret_value() in known for key in keys):
        raise ValueError("is missing or the development key, which everyone knows")
    return keys


def _none_or_active(keys: tuple[SecretBytes, ...], info: ValidationInfo) -> tuple[SecretBytes, ...]:
    return _active(keys, info) if keys else keys


def _scalars(keys: tuple[SecretBytes, ...]) -> tuple[SecretBytes, ...]:
    if not all(0 < int.from_bytes(key.get_secret_value()) < _P256_ORDER for key in keys):
        raise ValueError("holds a key that is none of P-256")
    return keys


def _stand_in(site: str) -> str:
    """Give the address of a site in the sandbox, which production refuses as it is not https."""
    return f"http://127.0.0.1:8006/{site}"


def _own_address(data: Mapping[str, Any]) -> str:
    return f"http://{data.get('host')}:{data.get('port')}"


def _own_workers(data: Mapping[str, Any]) -> int:
    return int(data.get("workers", 1))


def _with_own_workers(fleet: int, info: ValidationInfo) -> int:
    if fleet < info.data.get("workers", 1):
        raise ValueError("is less than BFF_WORKERS")
    return fleet


def _one_each(calls: int, info: ValidationInfo) -> int:
    if calls < info.data.get("fleet_workers", 1):
        raise ValueError("is less than BFF_FLEET_WORKERS, so that some worker could make no call")
    return calls


def _one_operation(points: int, info: ValidationInfo) -> int:
    if points < info.data.get("limit_cost", 1):
        raise ValueError("is less than BFF_LIMIT_COST, so that some operation could never run")
    return points


def _limit(most: int, what: str) -> Any:
    """Make the setting of a limit of documents; counts end at a million, so that no limit stands there."""
    return Field(
        default=most,
        ge=1,
        le=_LIMIT_MAX,
        description=f"the most {what}, 1 to {_LIMIT_MAX}; see `docs/limits.md`",
        examples=[str(most)],
    )


def _a_day(most: int, what: str) -> Any:
    """Make the setting of what a person may do in a day."""
    return Field(default=most, ge=1, le=1_000, description=f"the most {what} in a day, 1 to 1000", examples=[str(most)])


def _count(usual: int, what: str, *, most: int) -> Any:
    """Make the setting of a whole number from 1."""
    return Field(default=usual, ge=1, le=most, description=f"{what}, 1 to {most}", examples=[str(usual)])


def _hours(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value == "never":
        return None
    try:
        start, end = (datetime.strptime(part, "%H:%M").time() for part in value.split("-"))  # noqa: DTZ007 - times of day
    except ValueError:
        raise ValueError("is not two times of day") from None
    if start == end:
        raise ValueError("begins when it ends")
    return start, end


def _within(longer: str) -> AfterValidator:
    """Refuse a time that is longer than the time it is part of."""

    def check(value_s: float, info: ValidationInfo) -> float:
        limit_s = info.data.get(longer)
        if limit_s is not None and value_s > limit_s:
            raise ValueError(f"is longer than {_variable(longer)}")
        return value_s

    return AfterValidator(check)


Url = Annotated[str, AfterValidator(_url)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
RedisUrl = Annotated[SecretStr | None, AfterValidator(_redis)]
Origins = Annotated[tuple[Annotated[str, AfterValidator(_origin)], ...], BeforeValidator(_listed)]
Hosts = Annotated[tuple[Annotated[str, AfterValidator(_host)], ...], BeforeValidator(_listed)]
Networks = Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], BeforeValidator(_listed)]
CallsMax = Annotated[int, Field(ge=1), AfterValidator(_one_each)]
Hours = Annotated[tuple[time, time] | None, BeforeValidator(_hours)]
"""Two times of day in Rome, None for never."""
IdKeys = Annotated[
    tuple[Annotated[SecretBytes, _key(_ID_KEY_BYTES)], ...], BeforeValidator(_listed), AfterValidator(_active)
]
SiteKeys = Annotated[
    tuple[Annotated[SecretBytes, _key(_SITE_KEY_BYTES)], ...],
    BeforeValidator(_listed),
    AfterValidator(_scalars),
    AfterValidator(_active),
]

EventKeys = Annotated[
    tuple[Annotated[SecretBytes, _key(_EVENT_KEY_BYTES)], ...],
    BeforeValidator(_listed),
    AfterValidator(_none_or_active),
]


class Settings(BaseSettings):
    """All settings, checked. Fields are the variables' names without `BFF_`; secrets are masked in `repr`.

    A field's description says what a right value is; it is part of the error text and of `docs/configuration.md`.
    `env` stands first and longer times before the times within them: a field's rule sees only the fields above it.
    """

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix=PREFIX,
        enable_decoding=False,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    env: Env = Field(
        default=Env.DEVELOPMENT,
        description="`development` or `production`; production refuses what is safe only on one's own machine",
        examples=["production"],
    )
    host: str = Field(default="127.0.0.1", description="the address to listen on", examples=["0.0.0.0"])  # noqa: S104  # an example, not a default
    port: int = Field(
        default=8000, ge=1, le=65535, description="the TCP port to listen on, 1 to 65535", examples=["8000"]
    )
    public_url: BaseUrl = Field(
        default_factory=_own_address,
        description="the address at which browsers reach this service, for the links that it gives out",
        examples=["https://api.business.example"],
    )
    workers: int = Field(default=1, ge=1, le=64, description="the number of worker processes, 1 to 64", examples=["2"])
    fleet_workers: Annotated[int, AfterValidator(_with_own_workers)] = Field(
        default_factory=_own_workers,
        ge=1,
        description=(
            "the worker processes of all replicas together, no less than `BFF_WORKERS`, which is the default; "
            "they share the calls that a backend takes at once"
        ),
        examples=["8"],
    )

    mobile_url: BaseUrl = Field(
        description="the address of the mobile network's TM Forum APIs, without their paths",
        examples=["https://mobile.example"],
    )
    mobile_key: SecretStr = Field(description="the bearer key for the mobile network's APIs", examples=["…"])
    fixed_url: BaseUrl = Field(
        description="the address of the fixed network's SOAP service, without its path",
        examples=["https://fixed.example"],
    )
    fixed_username: str = Field(description="the WS-Security user name for the fixed network", examples=["bff"])
    fixed_password: SecretStr = Field(description="the WS-Security password for the fixed network", examples=["…"])
    directory_url: BaseUrl = Field(
        description="the address of the SCIM directory, without its path", examples=["https://directory.example"]
    )
    directory_key: SecretStr = Field(description="the bearer key for the directory", examples=["…"])

    oidc_issuer: Url = Field(
        description="the identity provider's issuer, character for character as in its tokens",
        examples=["https://id.example"],
    )
    oidc_audience: str = Field(
        default="bff", description="the audience that access tokens must be for", examples=["bff"]
    )
    oidc_staff_audience: str | None = Field(
        default=None,
        description="the audience of the telco's staff's access tokens; without it staff are not let in",
        examples=["bff-staff"],
    )

    identity_key: SecretStr = Field(
        description="the bearer key with which links to people's pages are asked for at the identity provider",
        examples=["…"],
    )
    mail_url: Annotated[str, AfterValidator(_relay)] = Field(
        default="smtp://127.0.0.1:8007",
        description="the relay that takes outgoing e-mail, by TLS from the first byte where it is `smtps`",
        examples=["smtps://mail.example:465"],
    )
    mail_username: str = Field(
        default="", description="the user name at the relay; none where it asks for none", examples=["bff"]
    )
    mail_password: SecretStr = Field(
        default=SecretStr(""), description="the password at the relay; none where it asks for none", examples=["…"]
    )
    mail_sender: Annotated[str, AfterValidator(_mailbox)] = Field(
        default="no-reply@business.example",
        description="the address that e-mail comes from",
        examples=["no-reply@business.example"],
    )
    support_mailbox: Annotated[str, AfterValidator(_mailbox)] = Field(
        default="support@business.example",
        description="the address of the support desk, which web mails go to",
        examples=["support@business.example"],
    )
    sms_sender: str = Field(
        default="AreaClienti",
        pattern=r"^([A-Za-z0-9 ]{1,11}|\+[0-9]{6,15})$",
        description="the name, up to 11 letters and digits, or the number that text messages come from",
        examples=["AreaClienti"],
    )

    document_origins: Origins = Field(
        default=(),
        description=(
            "the origins besides the mobile network's own from which invoices may be fetched, comma separated; "
            "they get no key"
        ),
        examples=["https://documents.example"],
    )
    ca_file: Annotated[Path | None, AfterValidator(_certificates)] = Field(
        default=None,
        description="a PEM file of authorities to trust besides the public ones, for the systems above",
        examples=["/etc/bff/ca.pem"],
    )

    redis_url: RedisUrl = Field(
        default=None,
        description=(
            "the Redis that caches, evicting as it likes: one server, a Cluster or what Sentinels watch; "
            "none means in memory, refused in production"
        ),
        examples=["rediss://cache.example:6379/0"],
    )
    state_redis_url: RedisUrl = Field(
        default=None,
        description=(
            "the Redis for state, evicting nothing: what operators have closed, what persons have spent; "
            "none is refused in production"
        ),
        examples=["rediss://state.example:6379/0"],
    )
    redis_timeout_s: float = Field(
        default=0.05, gt=0, le=5, description="the longest wait for Redis, above 0 and up to 5", examples=["0.05"]
    )
    memory_max_bytes: int = Field(
        default=64 * _MIB,
        ge=_MIB,
        description="the most that the cache in memory holds in one worker, 1 MiB or more",
        examples=["134217728"],
    )

    id_keys: IdKeys = Field(
        default=(SecretBytes(DEVELOPMENT_ID_KEY),),
        description=(
            "one or two AES-SIV keys for ids and cursors, 64 bytes in base64url each, comma separated; "
            "the first makes ids, both read them"
        ),
        examples=["<new key>,<old key>"],
    )

    area_url: BaseUrl = Field(
        default="https://business.example",
        description="the address of the customer area's pages, which shortcuts and boxes lead to",
        examples=["https://business.example"],
    )
    fixed_assistance_url: Url | None = Field(
        default=None,
        description="the old area's page of assistance for fixed lines; none is not offered",
        examples=["https://old.example/fixed/help"],
    )
    mobile_assistance_url: Url | None = Field(
        default=None,
        description="the old area's page of assistance for mobile lines; none is not offered",
        examples=["https://old.example/mobile/help"],
    )
    engagement_file: Path | None = Field(
        default=None,
        description="the TOML file of engagement rules, read again when it changes; see `docs/engagement.md`",
        examples=["/etc/bff/engagement.toml"],
    )
    support_file: Path | None = Field(
        default=None,
        description="the TOML file of questions and opening hours, read again when it changes",
        examples=["/etc/bff/support.toml"],
    )
    site_keys: SiteKeys = Field(
        default=(SecretBytes(DEVELOPMENT_SITE_KEY),),
        description=(
            "one or two ES256 keys for links to other sites, the 32 bytes of a P-256 scalar in base64url each, comma "
            "separated; the first signs, sites are told both"
        ),
        examples=["<signing key>,<other key>"],
    )
    eu_control_url: Url = Field(
        default=_stand_in("eu-control"),
        description="the address of EU Control",
        examples=["https://eucontrol.example/sso"],
    )
    tuconti_url: Url = Field(
        default=_stand_in("tuconti"), description="the address of TuConTi", examples=["https://tuconti.example/sso"]
    )
    evoluzione_ufficio_url: Url = Field(
        default=_stand_in("evoluzione-ufficio"),
        description="the address of Evoluzione Ufficio",
        examples=["https://ufficio.example/sso"],
    )
    ebill_url: Url = Field(
        default=_stand_in("ebill"), description="the address of eBill", examples=["https://ebill.example/sso"]
    )
    ebpfa_url: Url = Field(
        default=_stand_in("ebpfa"), description="the address of EBPFA", examples=["https://ebpfa.example/sso"]
    )
    chat_url: Url = Field(
        default=_stand_in("chat"), description="the address of the chat", examples=["https://chat.example/sso"]
    )

    event_keys: EventKeys = Field(
        default=(),
        description=(
            "one or two keys with which systems sign the events that they send, 32 bytes in base64url each, comma "
            "separated; none takes no events"
        ),
        examples=["<key>,<other key>"],
    )

    payment_url: BaseUrl = Field(
        default="http://127.0.0.1:8008",
        description="the address of the payment provider's API, without its paths",
        examples=["https://payments.example"],
    )
    payment_key: Annotated[SecretStr, AfterValidator(_due_in_production)] = Field(
        default=SecretStr(""),
        description="the bearer key for the payment provider's API; production requires one",
        examples=["…"],
    )
    payment_event_keys: EventKeys = Field(
        default=(),
        description=(
            "one or two keys with which the payment provider signs what it tells, 32 bytes in base64url each, comma "
            "separated; none is told nothing, and asks"
        ),
        examples=["<key>,<other key>"],
    )

    cors_origins: Origins = Field(
        default=(),
        description="the origins of the pages that may call from a browser, comma separated",
        examples=["https://business.example"],
    )
    trusted_proxies: Networks = Field(
        default=(),
        description=(
            "the addresses or networks of our own proxies, whose `X-Forwarded-For` says who calls, comma separated; "
            "with none whoever connects is who calls"
        ),
        examples=["10.0.0.0/8"],
    )
    media_hosts: Hosts = Field(
        default=(),
        description="the hosts whose pictures and films offers may show, by https alone, comma separated",
        examples=["media.business.example"],
    )
    graphiql: bool = Field(
        default_factory=_in_development, description="`true` serves GraphiQL to browsers", examples=["false"]
    )
    introspection: bool = Field(
        default_factory=_in_development, description="`true` lets clients read the schema", examples=["false"]
    )
    executor: Executor = Field(
        default=Executor.COMPILED,
        description="`compiled` plans each operation once, `graphql-core` walks each answer field by field",
        examples=["graphql-core"],
    )
    http_get: bool = Field(
        default=False, description="`true` answers queries by GET too, not only by POST", examples=["true"]
    )
    sandbox_personas_url: Annotated[Url | None, AfterValidator(_development_only)] = Field(
        default=None,
        description="the sandbox's list of personas for GraphiQL; development only",
        examples=["http://127.0.0.1:8005/personas"],
    )
    clock_file: Annotated[Path | None, AfterValidator(_development_only)] = Field(
        default=None,
        description="the file that holds the sandbox's clock offset in seconds; development only",
        examples=["sandbox.clock"],
    )

    request_deadline_s: float = Field(
        default=5, gt=0, le=60, description="the time for a whole request, above 0 and up to 60", examples=["5"]
    )
    backend_timeout_s: Annotated[float, _within("request_deadline_s")] = Field(
        default=1.9,
        gt=0,
        description="the time for one backend call, body included; no more than `BFF_REQUEST_DEADLINE_S`",
        examples=["1.9"],
    )
    connect_timeout_s: Annotated[float, _within("backend_timeout_s")] = Field(
        default=0.3,
        gt=0,
        description="the time to connect to a backend; no more than `BFF_BACKEND_TIMEOUT_S`",
        examples=["0.3"],
    )
    mobile_calls_max: CallsMax = Field(
        default=40,
        description="the calls that the mobile network's APIs take at once from all workers; one or more for each",
        examples=["40"],
    )
    fixed_calls_max: CallsMax = Field(
        default=16,
        description="the calls that the fixed network's service takes at once from all workers; one or more for each",
        examples=["16"],
    )
    directory_calls_max: CallsMax = Field(
        default=40,
        description="the calls that the directory takes at once from all workers; one or more for each",
        examples=["40"],
    )
    fixed_closed: Hours = Field(
        default="23:30-05:30",  # type: ignore[assignment]  # defaults are validated as what is given
        description="when the fixed network's service is closed every day in Rome and not called, or `never`",
        examples=["23:30-05:30"],
    )
    answer_max_bytes: int = Field(
        default=10 * _MIB,
        ge=_KIB,
        description="the largest answer of a backend that is read, decompressed, 1 KiB or more",
        examples=["10485760"],
    )
    body_max_bytes: int = Field(
        default=256 * _KIB,
        ge=_KIB,
        description="the largest request body that is read, 1 KiB or more",
        examples=["262144"],
    )

    limit_characters: int = _limit(20_000, "characters in a document")
    limit_tokens: int = _limit(1_000, "tokens in a document")
    limit_operations: int = _limit(10, "operations in a document")
    limit_fragments: int = _limit(50, "fragments in a document")
    limit_depth: int = _limit(12, "fields within fields of an operation, its introspection left out")
    limit_introspection_depth: int = _limit(20, "fields within fields of an introspection")
    limit_aliases: int = _limit(15, "aliases in an operation")
    limit_directives: int = _limit(20, "directives in an operation")
    limit_root_fields: int = _limit(20, "root fields of an operation")
    limit_breadth: int = _limit(100, "fields in a selection set")
    limit_fields: int = _limit(1_000, "fields in an operation")
    limit_comparisons: int = _limit(3_000, "comparisons of fields that validating a document may take")
    limit_cost: int = _limit(5_000, "points that an operation may cost")
    limit_points_per_minute: Annotated[int, AfterValidator(_one_operation)] = Field(
        default=50_000,
        ge=1,
        description="the points that a person may spend in a minute, no fewer than `BFF_LIMIT_COST`",
        examples=["50000"],
    )

    otp_life_s: int = _count(300, "the seconds that a code sent by SMS is good for", most=3_600)
    otp_checks_max: int = _count(5, "the tries of one code", most=10)
    otp_resend_s: int = _count(30, "the seconds that a client is told to wait before another code", most=600)
    otp_sends_max: int = _count(5, "the codes that are sent to one number within `BFF_OTP_SENDS_WINDOW_S`", most=100)
    otp_sends_window_s: int = _count(600, "the seconds that codes sent to one number are counted for", most=86_400)
    otp_checks_per_day: int = _count(10, "the tries of codes for one number within a day", most=1_000)
    registration_step_life_s: int = _count(1_800, "the seconds for each step of a registration", most=86_400)
    registration_link_life_s: int = _count(86_400, "the seconds that a certification link is good for", most=604_800)
    registration_calls_max: int = _count(
        60, "the steps of registrations from one address within `BFF_REGISTRATION_CALLS_WINDOW_S`", most=1_000_000
    )
    registration_calls_window_s: int = _count(
        600, "the seconds that steps from one address are counted for", most=86_400
    )
    live_connections_max: int = Field(
        default=10,
        ge=1,
        le=1_000,
        description="the most WebSocket connections of one person to one process at once, 1 to 1000",
        examples=["10"],
    )
    step_up_s: float = Field(
        default=300,
        gt=0,
        le=86_400,
        description="how old a sign-in may be for what needs a fresh one, above 0 and up to 86400",
        examples=["300"],
    )
    live_operations_max: int = Field(
        default=50,
        ge=1,
        le=1_000,
        description="the most live operations of one person in one process at once, 1 to 1000",
        examples=["50"],
    )

    call_backs_per_day: int = _a_day(5, "call backs that a person may book")
    other_invoices_per_day: int = _a_day(20, "times that a person may look for another customer's invoice")
    support_mails_per_day: int = _a_day(20, "web mails that a person may send")
    email_changes_per_day: int = _a_day(5, "changes of their registration e-mail that a person may ask for")
    chats_per_day: int = _a_day(50, "chats that a person may begin")

    log_level: LogLevel = Field(
        default=LogLevel.INFO,
        description="the least serious events that are logged: `debug`, `info`, `warning` or `error`",
        examples=["info"],
    )
    log_format: LogFormat = Field(
        default=LogFormat.JSON,
        description="`json` for one object a line, `console` for people",
        examples=["console"],
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  # the names are the library's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take nothing but what `read` gives: the process's own environment must not leak into a test."""
        return (init_settings,)

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the settings from `environ`, the process's environment when None. An empty variable counts as absent.

        Raises:
            SettingsError: with every mistake.
        """
        given = {name: value for name, value in (os.environ if environ is None else environ).items() if value}
        mistakes = list(_unknown(given, cls.variables()))
        source = EnvSettingsSource(cls)
        source.env_vars = {name.lower(): value for name, value in given.items() if name.startswith(PREFIX)}
        try:
            settings = cls(**source())
        except ValidationError as error:
            mistakes += _invalid(error)
        if mistakes:
            raise SettingsError("\n  ".join(["The settings can't be used:", *mistakes]))
        return settings

    @classmethod
    def variables(cls) -> tuple[str, ...]:
        """List the names of all variables, in the order of the fields."""
        return tuple(_variable(field) for field in cls.model_fields)


def _variable(field: str) -> str:
    return f"{PREFIX}{field.upper()}"


def _unknown(given: Iterable[str], known: tuple[str, ...]) -> Iterable[str]:
    for name in sorted(given):
        if name.startswith(PREFIX) and name not in known:
            nearest = get_close_matches(name, known, n=1)
            hint = f"did you mean {nearest[0]}?" if nearest else "remove it."
            yield f"{name}: is not a setting; {hint}"


def _invalid(error: ValidationError) -> Iterable[str]:
    for mistake in error.errors(include_url=False, include_input=False):
        if mistake["type"] == "default_factory_not_called":  # follows from a mistake that is listed itself
            continue
        field = str(mistake["loc"][0])
        yield f"{_variable(field)}: {_problem(mistake['type'], mistake['msg'])}; {_right(Settings.model_fields[field])}"


def _right(field: FieldInfo) -> str:
    return f"give {field.description}, for example {(field.examples or [''])[0]}"


def _problem(kind: str, message: str) -> str:
    if kind == "missing":
        return "is missing"
    return message.removeprefix("Value error, ").removeprefix("Input ")
