"""Where the parts meet: settings in, an ASGI application out. Nothing else wires anything."""

import asyncio
import hmac
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import fields
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route, WebSocketRoute

from bff.acts import PERIOD_S as SETTLE_S
from bff.acts import Acts, Seal
from bff.acts.payment import Payments
from bff.auth.ids import Ids
from bff.auth.keys import KeySource
from bff.auth.principal import Principal, anonymous, identify
from bff.auth.registration import Limits as RegistrationLimits
from bff.auth.registration import Registrations, network_of
from bff.auth.sites import Sites
from bff.auth.staff import identify_staff
from bff.auth.tokens import Claims, TokenValidator
from bff.backends import Access, Backends, Limits, open_backends
from bff.cache import kinds
from bff.cache.customers import Customers
from bff.cache.keys import Keys
from bff.cache.memory import MemoryStore
from bff.cache.protocol import Store
from bff.cache.read import ReadThrough
from bff.cache.redis import RedisStore
from bff.clock import Clock, RealClock, ShiftedClock
from bff.content import Contents, Places
from bff.context import Context
from bff.domain.area import Area
from bff.domain.closing import WHOLE, Closed, Closure, DailyWindow
from bff.domain.contact import ContactKind
from bff.domain.link import Site
from bff.domain.period import invoices_from, orders_from, rome_day, unpaid_from
from bff.domain.profile import Profile
from bff.domain.system import System
from bff.domain.url import Url as Address
from bff.domain.user import User
from bff.errors import AccountDisabled, BadRequest, BffError, Forbidden
from bff.execution.budget import Budget, MemoryBudget
from bff.execution.limits import Limits as DocumentLimits
from bff.explain import explained
from bff.http.audit import audited_by
from bff.http.download import Download
from bff.http.email_link import email_routes
from bff.http.endpoint import GraphQLEndpoint, Staff
from bff.http.entry import Entry
from bff.http.forwarded import behind
from bff.http.graphiql import graphiql_routes
from bff.http.health import health_routes
from bff.http.hook import hook_routes
from bff.http.jwks import jwks_routes
from bff.http.live import LOOK_S, Live
from bff.http.mutation import WholeMutations
from bff.http.operation import CompiledExecutor, CoreExecutor
from bff.http.operation import Executor as Executes
from bff.http.payment_hook import payment_hook_routes
from bff.http.sse import EventStreams
from bff.http.websocket import GraphQLSocket
from bff.loaders import Loaders
from bff.observability import REQUEST, logger
from bff.redis_client import Client, open_client
from bff.resolvers.personal_email import address
from bff.schema import CUSTOMERS, PUBLIC, RULES, SCHEMA, Made
from bff.schema import staff as staff_schema
from bff.settings import Executor, Settings
from bff.state.allowance import Allowances, MemoryAllowances, RedisAllowances
from bff.state.budget import SharedBudget
from bff.state.deeds import MemoryDeeds, RedisDeeds
from bff.state.events import MemoryEvents, RedisEvents
from bff.state.hub import Hub
from bff.state.links import PATH, Link, Links, MemoryLinks, RedisLinks
from bff.state.payments import MemoryPayments, RedisPayments
from bff.state.pending_email import MemoryPending, PendingEmails, RedisPending
from bff.state.persons import MemoryPersons, Persons, RedisPersons
from bff.state.registrations import MemoryRegistrations, RedisRegistrations
from bff.state.switches import PERIOD_S, Switches

_log = logger(__name__)

FIRST_QUERY = Path(__file__).parents[1] / "operations" / "first.graphql"

_STATE_CONNECTIONS = 5  # one of them listens
_GRAPHQL = "/graphql"

_CORS_HEADERS = (
    "authorization",
    "content-type",
    "x-membership",
    "x-act-for",
    "x-cost",
    "x-request-id",
    "traceparent",
    "x-client-name",
    "x-client-version",
    "apollographql-client-name",
    "apollographql-client-version",
)


def create_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    monotonic: Callable[[], float] = time.monotonic,
    jitter: Callable[[], float] = random.random,
    transport: Callable[[System], httpx.AsyncBaseTransport | None] = lambda _system: None,
    switch_period_s: float = PERIOD_S,
    look_s: float = LOOK_S,
    settle_period_s: float = SETTLE_S,
) -> Starlette:
    """Put the application together; it connects to nothing before its first request.

    Args:
        settings: everything that differs between deployments.
        clock: tells the time; None takes the machine's, shifted by `BFF_CLOCK_FILE` when that is set.
        monotonic: the clock of deadlines.
        jitter: gives 0 to 1, for the lifetimes of cached values and the pause before a second attempt.
        transport: what stands in for the network of a system; None for the network itself.
        switch_period_s: how often the operators' switches are read.
        look_s: how long a subscription goes without a look at what is true.
        settle_period_s: how often it is looked whether a change has to be settled.
    """
    clock = clock or _clock(settings)
    state = open_state(settings)
    switches = None if state is None else Switches(state, clock)
    closed = _closed(settings, switches, clock)
    backends = open_backends(
        _access(settings),
        clock,
        limits=_limits(settings),
        calls_max=_calls_max(settings),
        closed=closed,
        ca_file=settings.ca_file,
        document_origins=settings.document_origins,
        transport=transport,
        monotonic=monotonic,
        jitter=jitter,
    )
    store = _store(settings, monotonic)
    reads = _reads(settings, store, clock, monotonic, jitter)
    links = Links(MemoryLinks(monotonic) if state is None else RedisLinks(state), settings.public_url)
    sites = _sites(settings)
    customers = Customers()
    hub = Hub(
        MemoryEvents(monotonic) if state is None else RedisEvents(state),
        company=customers.company,
        owner=reads.owner,
        invalidate=reads.invalidate,
        everybody=kinds.EVERYBODY,
    )
    deeds = MemoryDeeds() if state is None else RedisDeeds(state)
    persons = Persons(MemoryPersons() if state is None else RedisPersons(state), monotonic)
    acts = Acts(
        deeds,
        backends,
        reads,
        clock,
        company_mark(settings),
        _seal(settings),
        monotonic,
        wake=hub.tell,
        persons=persons,
    )
    allowances = _allowances(settings, state, monotonic)
    pending_emails = PendingEmails(
        MemoryPending(monotonic) if state is None else RedisPending(state), settings.public_url
    )
    registrations = Registrations(
        MemoryRegistrations(monotonic) if state is None else RedisRegistrations(state),
        _secret(settings, b"registrations"),
        clock,
        _registration_limits(settings),
    )
    payments = Payments(
        MemoryPayments(monotonic) if state is None else RedisPayments(state),
        backends,
        reads,
        hub.tell,
        clock,
        monotonic,
    )
    services = _Services(
        settings,
        backends,
        reads,
        switches,
        closed,
        links,
        sites,
        acts,
        allowances,
        pending_emails,
        registrations,
        persons,
        payments,
        customers,
        clock,
        monotonic,
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        _log.info("started", env=settings.env.value, cache=_cache_kept_in(settings))
        reads.listen()
        async with AsyncExitStack() as opened:
            for part in (backends, store, reads):
                opened.push_async_callback(part.aclose)
            if state is not None:
                opened.push_async_callback(state.aclose)
            if switches is not None:
                opened.callback(asyncio.create_task(switches.watch(switch_period_s)).cancel)
            opened.callback(asyncio.create_task(hub.run()).cancel)
            opened.push_async_callback(acts.aclose)
            opened.callback(asyncio.create_task(acts.watch(settle_period_s)).cancel)
            opened.push_async_callback(payments.aclose)
            opened.callback(asyncio.create_task(payments.watch(settle_period_s)).cancel)
            yield

    executor = WholeMutations(_executor(settings, CUSTOMERS), step_up_s=settings.step_up_s)
    budget = _budget(settings, state, monotonic)
    endpoint = GraphQLEndpoint(
        SCHEMA,
        executor,
        identify=services.identify,
        open_context=services.open_context,
        limits=_document_limits(settings),
        budget=budget,
        introspection=settings.introspection,
        get=settings.http_get,
        anonymous=services.anonymous,
        public=PUBLIC,
        staff=None if settings.oidc_staff_audience is None else _staff(settings, services),
        body_max_bytes=settings.body_max_bytes,
        monotonic=monotonic,
    )
    live = Live(
        endpoint.documents,
        executor,
        identify=services.identify,
        open_context=services.open_context,
        charge=endpoint.charge,
        hub=hub,
        clock=clock,
        deadline_s=settings.request_deadline_s,
        operations_max=settings.live_operations_max,
        monotonic=monotonic,
        look_s=look_s,
    )
    streams = EventStreams(endpoint, live, body_max_bytes=settings.body_max_bytes)
    download = Download(
        links,
        base_url=settings.public_url,
        budget=budget,
        identify=services.identify,
        person=services.person,
        open_context=services.open_context,
    )
    app = Starlette(
        routes=[
            Route(_GRAPHQL, streams),
            WebSocketRoute(_GRAPHQL, _socket(settings, live)),
            *hook_routes([key.get_secret_value() for key in settings.event_keys], hub.tell),
            *payment_hook_routes([key.get_secret_value() for key in settings.payment_event_keys], payments.wake, clock),
            *jwks_routes(sites.published),
            *email_routes(pending_emails, services.take_email_over),
            Route(f"{PATH}/{{token}}", download),
            *health_routes(cache=_cache_kept_in(settings), conditions=backends.conditions),
            *(_graphiql(settings) if settings.graphiql else []),
        ],
        middleware=_middleware(settings, streams, monotonic),
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # a redirect would be built from the Host header
    return app


def _executor(settings: Settings, made: Made) -> Executes:
    core = CoreExecutor(made.schema)
    return CompiledExecutor(made.engine, core) if settings.executor is Executor.COMPILED else core


def _socket(settings: Settings, live: Live) -> GraphQLSocket:
    return GraphQLSocket(
        live,
        origins=(*settings.cors_origins, settings.public_url),
        message_max_bytes=settings.body_max_bytes,
        connections_max=settings.live_connections_max,
        deadline_s=settings.request_deadline_s,
    )


def _staff(settings: Settings, services: "_Services") -> Staff:
    made = staff_schema()
    return Staff(
        made.schema,
        _executor(settings, made),
        services.identify_staff,
        audited_by(company_mark(settings)),
    )


def company_mark(settings: Settings) -> Callable[[str], str]:
    """Give what hides a company's tax code in the audit log: always the same 32 digits for the same company."""
    return Keys(version=kinds.VERSION, secret=_secret(settings, b"companies in the audit log")).mask


def _middleware(settings: Settings, endpoint: EventStreams, monotonic: Callable[[], float]) -> list[Middleware]:
    return [
        *behind(settings.trusted_proxies),
        Middleware(
            Entry,
            deadline_s=settings.request_deadline_s,
            monotonic=monotonic,
            straight={_GRAPHQL: endpoint},
        ),
        Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["POST"],
            allow_headers=_CORS_HEADERS,
            expose_headers=["x-request-id", "www-authenticate"],
        ),
    ]


class _Services:
    """What a request needs before its context: who asks, and then the context itself."""

    def __init__(
        self,
        settings: Settings,
        backends: Backends,
        reads: ReadThrough,
        switches: Switches | None,
        closed: Closed,
        links: Links,
        sites: Sites,
        acts: Acts,
        allowances: Allowances,
        pending_emails: PendingEmails,
        registrations: Registrations,
        persons: Persons,
        payments: Payments,
        customers: Customers,
        clock: Clock,
        monotonic: Callable[[], float],
    ) -> None:
        self._acts = acts
        self._allowances = allowances
        self._registrations = registrations
        self._pending_emails = pending_emails
        self._persons = persons
        self._payments = payments
        self._links = links
        self._contents = open_contents(settings, monotonic)
        self._sites = sites
        self._customers = customers
        self._area = Area(settings.area_url, settings.media_hosts)
        self._backends = backends
        self._reads = reads
        self._switches = switches
        self._closed = closed
        self._clock = clock
        self._ids = Ids([key.get_secret_value() for key in settings.id_keys])
        keys = KeySource(backends.identity.jwks, monotonic=monotonic)
        self._tokens = TokenValidator(settings.oidc_issuer, settings.oidc_audience, keys, clock)
        staff_audience = settings.oidc_staff_audience or ""  # empty is no token's
        self._staff_tokens = TokenValidator(settings.oidc_issuer, staff_audience, keys, clock)

    async def identify(self, token: str, wanted_membership: str | None) -> Principal:
        """Find the person of a token, acting under a membership."""
        return await self._identified(await self._tokens.validate(token), wanted_membership)

    def anonymous(self) -> Principal:
        """Give who is not signed in, by the network that they call from."""
        request = REQUEST.get(None)
        return anonymous(network_of(None if request is None else request.address), self._clock.now())

    async def identify_staff(self, token: str, act_for: str) -> Principal:
        """Find who of the telco's staff a token is for, acting for a company."""
        return identify_staff(await self._staff_tokens.validate(token), act_for)

    async def person(self, link: Link) -> Principal:
        """Find the person that a link was made for, as they are now; it tells of no sign-in.

        Raises:
            Forbidden: the membership that it was made under can't be used any more.
        """
        try:
            return await self._identified(self._claims(link.subject), link.membership)
        except BadRequest:
            raise Forbidden from None

    def _claims(self, subject: str) -> Claims:
        """Give what stands in for a token of who came by a link; it tells of no sign-in."""
        now = self._clock.now()
        return Claims(
            subject=subject,
            client_id="link",
            token_id="",
            scope=frozenset(),
            roles=frozenset(),
            auth_time=None,
            issued_at=now,
            expires_at=now,
        )

    async def _identified(self, claims: Claims, membership: str | None) -> Principal:
        return await identify(claims, membership, self._user, self._persons.noted, self._clock.now())

    async def _user(self, subject: str) -> User | None:
        """Read a person, kept in their own name: which company they act for is not known yet."""
        found = await self._reads.read(kinds.USER, subject, [subject], self._backends.directory.users_by_subject)
        read = found.get(subject)
        if isinstance(read, BffError):
            raise read
        return None if read is None else read.value

    async def take_email_over(self, name: str, token: str) -> bool:
        """Make the address of a link a person's own; False when it is not good, or they may not come in any more."""
        kept = await self._pending_emails.by_link(name, token)
        email = None if kept is None else address(self._ids, kept)
        if kept is None or email is None:
            return False
        try:
            user = (await self._identified(self._claims(kept.subject), None)).user
        except AccountDisabled:
            return False
        if user.key != kept.person_key or not await self._backends.directory.set_email(user.key, email):
            return False
        await self._pending_emails.done(kept)
        for owner in (kept.subject, *{each.company_tax_code for each in user.memberships}):
            await self._reads.invalidate(owner, kinds.USER.tags)
        _log.info("change", audit=True, mutation="personalEmailChange", person=kept.person_key, outcome="CONFIRMED")
        return True

    def open_context(self, principal: Principal, language: str) -> Context:
        """Open the context of one operation."""
        now = self._clock.now()
        today = rome_day(now)
        # Without an active membership nothing is read but the names of companies; any profile's windows will do.
        profile = principal.profile or Profile.END_USER
        return Context(
            acts=self._acts,
            allowances=self._allowances,
            registrations=self._registrations,
            backends=self._backends,
            pending_emails=self._pending_emails,
            persons=self._persons,
            payments=self._payments,
            principal=principal,
            types=RULES.types(principal.profile),
            loaders=Loaders(
                self._backends,
                self._reads,
                self._payments.paid,
                customer=principal.customer or "",
                person=principal.person_key,
                invoices_from=invoices_from(today, profile),
                unpaid_from=unpaid_from(today, profile),
                orders_from=orders_from(today),
            ),
            customers=self._customers,
            ids=self._ids,
            links=self._links,
            sites=self._sites,
            area=self._area,
            now=now,
            language=language,
            content=self._contents.current(),
            closed={} if self._switches is None else self._switches.closed(),
            system_closed=lambda system: self._closed(system, WHOLE),
            explain=explained if principal.staff else None,
        )


def open_contents(settings: Settings, monotonic: Callable[[], float] = time.monotonic) -> Contents:
    """Read the files that people of the business write. Raises ContentError."""
    pages = {
        ContactKind.FIXED_ASSISTANCE: settings.fixed_assistance_url,
        ContactKind.MOBILE_ASSISTANCE: settings.mobile_assistance_url,
    }
    places = Places(
        area_url=settings.area_url,
        assistance={kind: Address(url) for kind, url in pages.items() if url is not None},
        engagement_file=settings.engagement_file,
        support_file=settings.support_file,
        support_mailbox=settings.support_mailbox,
    )
    return Contents(places, monotonic=monotonic)


def _sites(settings: Settings) -> Sites:
    return Sites(
        [key.get_secret_value() for key in settings.site_keys],
        settings.public_url,
        {
            Site.EU_CONTROL: settings.eu_control_url,
            Site.TUCONTI: settings.tuconti_url,
            Site.EVOLUZIONE_UFFICIO: settings.evoluzione_ufficio_url,
            Site.EBILL: settings.ebill_url,
            Site.EBPFA: settings.ebpfa_url,
            Site.CHAT: settings.chat_url,
        },
    )


def _clock(settings: Settings) -> Clock:
    real = RealClock()
    return real if settings.clock_file is None else ShiftedClock(settings.clock_file, real)


def _access(settings: Settings) -> Access:
    return Access(
        mobile_url=settings.mobile_url,
        mobile_key=settings.mobile_key.get_secret_value(),
        fixed_url=settings.fixed_url,
        fixed_username=settings.fixed_username,
        fixed_password=settings.fixed_password.get_secret_value(),
        directory_url=settings.directory_url,
        directory_key=settings.directory_key.get_secret_value(),
        issuer=settings.oidc_issuer,
        identity_key=settings.identity_key.get_secret_value(),
        payment_url=settings.payment_url,
        payment_key=settings.payment_key.get_secret_value(),
        mail_url=settings.mail_url,
        mail_sender=settings.mail_sender,
        mail_username=settings.mail_username,
        mail_password=settings.mail_password.get_secret_value(),
        sms_sender=settings.sms_sender,
    )


def _limits(settings: Settings) -> Limits:
    return Limits(
        timeout_s=settings.backend_timeout_s,
        connect_timeout_s=settings.connect_timeout_s,
        answer_max_bytes=settings.answer_max_bytes,
    )


def _registration_limits(settings: Settings) -> RegistrationLimits:
    return RegistrationLimits(
        code_life_s=settings.otp_life_s,
        code_checks=settings.otp_checks_max,
        code_resend_s=settings.otp_resend_s,
        sends=settings.otp_sends_max,
        sends_window_s=settings.otp_sends_window_s,
        checks_a_day=settings.otp_checks_per_day,
        step_life_s=settings.registration_step_life_s,
        link_life_s=settings.registration_link_life_s,
        calls=settings.registration_calls_max,
        calls_window_s=settings.registration_calls_window_s,
    )


def _calls_max(settings: Settings) -> dict[System, int]:
    """Share the calls that each system takes at once among the workers of the fleet."""
    of_fleet = {
        System.MOBILE: settings.mobile_calls_max,
        System.FIXED: settings.fixed_calls_max,
        System.DIRECTORY: settings.directory_calls_max,
    }
    return {system: calls // settings.fleet_workers for system, calls in of_fleet.items()}


def open_state(settings: Settings) -> Client | None:
    """Make ready to connect to the Redis for state; None where none is set."""
    if settings.state_redis_url is None:
        return None
    url = settings.state_redis_url.get_secret_value()
    return open_client(url, timeout_s=settings.redis_timeout_s, connections=_STATE_CONNECTIONS)


def _budget(settings: Settings, state: Client | None, monotonic: Callable[[], float]) -> Budget:
    per_minute = settings.limit_points_per_minute
    if state is None:
        return MemoryBudget(per_minute)
    return SharedBudget(state, per_minute, workers=settings.fleet_workers, monotonic=monotonic)


def _allowances(settings: Settings, state: Client | None, monotonic: Callable[[], float]) -> Allowances:
    most = {
        "callBackBook": settings.call_backs_per_day,
        "otherInvoice": settings.other_invoices_per_day,
        "supportMailSend": settings.support_mails_per_day,
        "chatOpen": settings.chats_per_day,
        "personalEmailChange": settings.email_changes_per_day,
    }
    return Allowances(MemoryAllowances(monotonic) if state is None else RedisAllowances(state), most)


def _document_limits(settings: Settings) -> DocumentLimits:
    return DocumentLimits(**{each.name: getattr(settings, f"limit_{each.name}") for each in fields(DocumentLimits)})


def _closed(settings: Settings, switches: Switches | None, clock: Clock) -> Closed:
    """Say when systems are closed: by a switch, the fixed one also every night."""
    night = None if settings.fixed_closed is None else DailyWindow(*settings.fixed_closed)

    def closed(system: System, group: str) -> Closure | None:
        by_switch = None if switches is None else switches.group(system, group)
        if by_switch is None and night is not None and system is System.FIXED:
            return night.closure(clock.now())
        return by_switch

    return closed


def _store(settings: Settings, monotonic: Callable[[], float]) -> Store:
    if settings.redis_url is None:
        return MemoryStore(max_bytes=settings.memory_max_bytes, monotonic=monotonic)
    return RedisStore(settings.redis_url.get_secret_value(), monotonic=monotonic, timeout_s=settings.redis_timeout_s)


def _reads(
    settings: Settings,
    store: Store,
    clock: Clock,
    monotonic: Callable[[], float],
    jitter: Callable[[], float],
) -> ReadThrough:
    return ReadThrough(
        store,
        keys=Keys(version=kinds.VERSION, secret=_cache_secret(settings)),
        clock=clock,
        random=jitter,
        max_bytes=settings.memory_max_bytes,
        monotonic=monotonic,
        load_s=settings.request_deadline_s,
    )


def _seal(settings: Settings) -> Seal:
    """Give what makes marks of what was given to mutations; those of the key before still hold."""
    use = b"what was given to mutations"
    return Seal([hmac.digest(key.get_secret_value(), use, "sha256") for key in settings.id_keys])


def _cache_secret(settings: Settings) -> bytes:
    return _secret(settings, b"names in the cache")


def _secret(settings: Settings, use: bytes) -> bytes:
    """Derive the secret that hides names somewhere from the newest key of ids: one key has one use."""
    return hmac.digest(settings.id_keys[0].get_secret_value(), use, "sha256")


def _cache_kept_in(settings: Settings) -> str:
    """Say where the cache is kept: in memory it serves one process, on a developer's machine."""
    return "memory" if settings.redis_url is None else "redis"


def _graphiql(settings: Settings) -> list[Route]:
    query = FIRST_QUERY.read_text(encoding="utf-8") if FIRST_QUERY.is_file() else None
    return graphiql_routes(personas_url=settings.sandbox_personas_url, first_query=query)
