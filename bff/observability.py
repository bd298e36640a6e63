"""What the BFF tells about itself: log lines, metrics, and the request that both belong to.

`REQUEST` carries the request through all layers; `http` sets it, everyone may read it. Log events are named in few
words by the code that logs them. Personal data does not belong in an event at all; `mask` is the last line of defence.
Metrics stand in one table below and count per process: run one worker a process where they are scraped.
"""

import json
import logging
import re
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import cache, lru_cache
from typing import Final, TextIO, TypeVar, cast

import msgspec
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from bff.settings import LogFormat, LogLevel

# --- the request ------------------------------------------------------------------------------------------------------


class RequestInfo(msgspec.Struct, frozen=True, gc=False):
    """The request being served. `deadline` is in `time.monotonic` seconds; what the client calls itself may be None.

    `silent` names what did not answer this request in time: it waits for each but once. `address` is where it came
    from, as the server knows it; for the audit log alone.
    """

    request_id: str
    trace_id: str
    client_name: str | None
    client_version: str | None
    deadline: float
    silent: set[str] = msgspec.field(default_factory=set)
    address: str | None = None


REQUEST: Final[ContextVar[RequestInfo]] = ContextVar("request")


def take_own_time(seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
    """Give the running task a deadline of its own: what serves more than one request ends with none of them.

    What was silent to the request that began it may answer the others.
    """
    if (request := REQUEST.get(None)) is not None:
        REQUEST.set(msgspec.structs.replace(request, deadline=monotonic() + seconds, silent=set()))


_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_CLIENT = re.compile(r"[A-Za-z0-9 ._/@+-]{1,64}")
# W3C Trace Context: version ff is invalid, 00 has 55 characters, later ones may have more.
_TRACEPARENT = re.compile(
    r"(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?"
)


def _new_id() -> str:
    return secrets.token_hex(16)


def new_request(
    headers: Mapping[str, str],
    deadline_s: float,
    *,
    address: str | None = None,
    monotonic: Callable[[], float] = time.monotonic,
    new_id: Callable[[], str] = _new_id,
) -> RequestInfo:
    """Describe an arriving request; what its headers say wrongly is replaced or dropped, never an error.

    So is what has the form of personal data: every log line and every call to a system carries it.

    Args:
        headers: by lower-case name, or without regard to case.
        deadline_s: seconds from now until the answer is due.
        address: where it comes from; None when not known.
        monotonic: the clock of deadlines.
        new_id: makes 32 hexadecimal digits, for a request or trace without an id.
    """
    request_id = headers.get("x-request-id")
    trace = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    return RequestInfo(
        request_id=request_id if request_id and _is_plain(request_id, _REQUEST_ID) else new_id(),
        trace_id=trace.group(1) if trace else new_id(),
        client_name=_client(headers, "name"),
        client_version=_client(headers, "version"),
        deadline=monotonic() + deadline_s,
        address=address,
    )


def _client(headers: Mapping[str, str], part: str) -> str | None:
    """Read what the client calls itself, by Apollo's header or the plain one."""
    text = headers.get(f"apollographql-client-{part}") or headers.get(f"x-client-{part}")
    return text if text and _is_plain(text, _CLIENT) else None


def _is_plain(text: str, form: re.Pattern[str]) -> bool:
    return form.fullmatch(text) is not None and _masked_text(text) == text


# --- metrics ----------------------------------------------------------------------------------------------------------

REGISTRY: Final = CollectorRegistry()

_Metric = TypeVar("_Metric", Counter, Gauge, Histogram)

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5)
_KEYS = (1, 2, 5, 10, 20, 50, 100, 200, 500)


def _counter(name: str, about: str, *labels: str) -> Counter:
    return _quick(Counter(name, about, labels, registry=REGISTRY))


def _gauge(name: str, about: str, *labels: str) -> Gauge:
    return _quick(Gauge(name, about, labels, registry=REGISTRY))


def _histogram(name: str, about: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
    return _quick(Histogram(name, about, labels, buckets=buckets, registry=REGISTRY))


def _quick(metric: _Metric) -> _Metric:
    """Look up a metric's children without its lock and its checks; it keeps them all in any case."""
    metric.labels = cache(metric.labels)  # type: ignore[method-assign]
    return metric


HTTP_REQUESTS: Final = _counter("bff_http_requests", "Requests served", "operation_type", "outcome")
HTTP_SECONDS: Final = _histogram("bff_http_seconds", "Seconds from request to answer", _SECONDS, "method")
BACKEND_CALLS: Final = _counter("bff_backend_calls", "Calls to a system behind us", "system", "operation", "outcome")
BACKEND_SECONDS: Final = _histogram("bff_backend_seconds", "Seconds of one call", _SECONDS, "system", "operation")
BACKEND_KEYS: Final = _histogram("bff_backend_keys", "Keys asked for in one call", _KEYS, "system", "operation")
BACKEND_RETRIES: Final = _counter("bff_backend_retries", "Calls made again", "system")
BACKEND_BREAKER: Final = _gauge("bff_backend_breaker", "0 closed, 1 half open, 2 open", "system", "group")
BACKEND_CLOSED: Final = _gauge("bff_backend_closed", "1 while closed for maintenance", "system", "group")
BACKEND_RUNNING: Final = _gauge("bff_backend_running", "Calls being made", "system")
BACKEND_WAITING: Final = _gauge("bff_backend_waiting", "Calls waiting to be made", "system")
CACHE_READS: Final = _counter("bff_cache_reads", "memory, shared, miss, stale, negative or bad", "kind", "result")
CACHE_NEAR_ENTRIES: Final = _gauge("bff_cache_near_entries", "Decoded copies held in the process")
CACHE_NEAR_BYTES: Final = _gauge("bff_cache_near_bytes", "Their estimated size")
CACHE_NEAR_EVICTIONS: Final = _counter("bff_cache_near_evictions", "Copies that made room for others")
CACHE_LISTENING: Final = _gauge("bff_cache_listening", "1 while other workers' invalidations are heard")
CACHE_INVALIDATIONS: Final = _counter("bff_cache_invalidations", "Other workers': heard or unreadable", "result")
CACHE_STORE_FAILURES: Final = _counter("bff_cache_store_failures", "Failures of a cache's store", "store")
EVENTS: Final = _counter("bff_events", "Hints of changes: by the hook's verdict, and heard or nobody's", "result")
LIVE_LOOKS: Final = _counter("bff_live_looks", "Looks of subscriptions at what is true", "field")
LIVE: Final = _gauge("bff_live", "What goes on: connections and operations", "what")
LOADER_BATCHES: Final = _counter("bff_loader_batches", "Batches sent by a loader", "loader")
PLANS_MADE: Final = _counter("bff_plans_made", "Plans made: one for each operation, audience and @skip or @include")
FALLBACKS: Final = _counter("bff_executor_fallbacks", "Operations left to graphql-core, by why", "reason")
DENIALS: Final = _counter("bff_denials", "Selections denied, by function of the matrix", "function")
BUDGET_FAILURES: Final = _counter("bff_budget_failures", "Charges that the state Redis did not hear of")
TOKEN_REFUSALS: Final = _counter("bff_token_refusals", "Access tokens refused", "reason")
JWKS_FETCHES: Final = _counter("bff_jwks_fetches", "Reads of the provider's keys: ok, failed, malformed", "outcome")


def render_metrics() -> tuple[bytes, str]:
    """Write all metrics for `/metrics`: the body and its content type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_PLAIN_0_0_4


# --- logs -------------------------------------------------------------------------------------------------------------

MASKED: Final = "***"

# Compared with the end of a key, in lower case and without underscores and dashes.
_PERSONAL_KEYS = (
    *("taxcode", "vatnumber", "firstname", "lastname", "givenname", "familyname", "username", "email", "birthdate"),
    *("iban", "iccid", "msisdn", "phone", "phonenumber", "mobilenumber", "postaladdress", "deliveryaddress", "street"),
    *("token", "authorization", "cookie", "password", "secret", "apikey", "otp"),
)
_PERSONAL = re.compile(
    r"""
      (?<![\w-]) eyJ[\w-]+ \. [\w-]+ (?:\.[\w-]*){0,3}                                              # JWT
    | (?<![\w.+%-]) [\w.+%-]+ @ [\w-]+ (?:\.[\w-]+)+                                                # e-mail
    | (?i: \b [A-Z]{6} [\dL-NP-V]{2} [A-EHLMPRST] [\dL-NP-V]{2} [A-Z] [\dL-NP-V]{3} [A-Z] \b )      # tax code
    | (?i: \b IT\d\d [ ]? [A-Z] [ ]? (?:\d[ ]?){10} (?:[A-Z\d][ ]?){11} [A-Z\d] \b )                # Italian IBAN
    | \b [A-Z]{2}\d\d [A-Z\d]{11,30} \b                                                             # any IBAN
    | (?:\+|\b00) [1-9] (?:[ -]?\d){7,14} \b                                                        # phone, full
    | \b (?:39)? 3\d{8,9} \b                                                                        # mobile number
    | \b 0\d{8,10} \b                                                                               # fixed number
    | \b \d{11} \b                                                                                  # company's tax code
    | \b 89\d{17,18} \b                                                                             # ICCID
    """,
    re.VERBOSE,
)

# Every form above has one of these; most texts have none, and are through in a fraction of the time.
_SUSPECT = re.compile(r"\b (?: \w{16}\b | [A-Z]{2}\d\d | (?i:IT)\d\d | \d[\d\ -]{7} ) | @ | eyJ | \+[1-9]", re.VERBOSE)
_SMALL = 10**8  # as a number, the shortest form above has nine digits

# They log addresses with their queries, or what must stay secret; `http` and `backends` log the same acts safely.
_TOO_TALKATIVE = ("authlib", "httpcore", "httpx", "uvicorn.access")


_encode = msgspec.json.Encoder().encode


def logger(name: str) -> FilteringBoundLogger:
    """Give the logger of a module; `name` is its `__name__`."""
    return cast("FilteringBoundLogger", structlog.get_logger(module=name))


def configure_logs(level: LogLevel, log_format: LogFormat, stream: TextIO = sys.stdout) -> None:
    """Send all log events of this process, the standard library's too, one a line to `stream`.

    Call it once in every process. Start uvicorn with `log_config=None`, so that it sets up nothing of its own.
    """
    number = logging.getLevelNamesMapping()[level.value.upper()]
    steps = (*_SHARED, _renderer(log_format, stream))
    structlog.configure(
        processors=[structlog.processors.add_log_level, *steps],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_log_level, _add_module],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *steps],
        )
    )
    _route_standard_library(handler, number)


def _route_standard_library(handler: logging.Handler, level: int) -> None:
    logging.root.handlers = [handler]
    logging.root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).setLevel(logging.NOTSET)
        logging.getLogger(name).propagate = True
    for name in _TOO_TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _renderer(log_format: LogFormat, stream: TextIO) -> Processor:
    if log_format is LogFormat.JSON:
        return _as_json
    return structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback)


def _as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """Write a masked event in ASCII, so that no character of it ends a line; msgspec can't, but most are so anyway."""
    try:
        text = _encode(event).decode()
    except UnicodeEncodeError:  # half a surrogate pair
        return json.dumps(event)
    return text if text.isascii() else json.dumps(event)


def _add_module(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event["module"] = event["_record"].name
    return event


def add_request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Add the ids of the request being served, and what its client calls itself; nothing outside of a request."""
    request = REQUEST.get(None)
    if request is not None:
        event["request_id"] = request.request_id
        event["trace_id"] = request.trace_id
        event["client"] = request.client_name
        event["client_version"] = request.client_version
    return event


def mask(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace personal data and secrets, by the name of the key and by their form, at any depth."""
    return {key: _masked_under(key, value) for key, value in event.items()}


def _masked_under(key: str, value: object) -> object:
    return MASKED if value is not None and _is_personal(key) else _masked(value)


@lru_cache(maxsize=1024)
def _is_personal(key: str) -> bool:
    return key.lower().replace("_", "").replace("-", "").endswith(_PERSONAL_KEYS)


def _masked(value: object) -> object:
    """Mask a value; what is neither text, number nor collection is masked as its `repr`, which is what gets written."""
    if isinstance(value, str):
        return _masked_text(value)
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return MASKED if abs(value) >= _SMALL and _PERSONAL.fullmatch(str(value)) else value
    if isinstance(value, Mapping):
        return {_masked_text(str(key)): _masked_under(str(key), nested) for key, nested in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(nested) for nested in value]
    return _masked_text(repr(value))


def _masked_text(text: str) -> str:
    return _PERSONAL.sub(MASKED, text) if _SUSPECT.search(text) else text


_SHARED: Final[tuple[Processor, ...]] = (
    structlog.processors.format_exc_info,
    mask,
    add_request,  # with nothing personal in it: `new_request` sees to that once
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
