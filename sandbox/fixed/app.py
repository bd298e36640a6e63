"""The fixed legacy over HTTP: one endpoint for all operations, the WSDL and its XSD beside it.

A request is read, let pass by WS-Security, validated against the XSD, then answered by `finder`; what the contract has
and the sandbox has not yet answers NOT_IMPLEMENTED. A good answer is a 200, a fault a 500. Faults on demand and the
ledger come from `stage`; an operation has the WSDL's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox._faults import Injected, Quirk
from sandbox.credentials import FIXED_PASSWORD, FIXED_USERNAME
from sandbox.fixed import contract, soap
from sandbox.fixed.change import CHANGES
from sandbox.fixed.document import OPERATION, Documents
from sandbox.fixed.finder import FINDERS, FINE, Finder, Holdings, answer, index, outcome
from sandbox.fixed.laid_over import laid_over, requests
from sandbox.fixed.lookup import LOOKUPS
from sandbox.fixed.notation import flag
from sandbox.fixed.quirk import spoilt
from sandbox.fixed.security import Gate
from sandbox.fixed.soap import NAMES, Envelope, Fields, SoapFault
from sandbox.stage import Call, Problem, Sandboxed, perform

PING: Final = "Ping"

_SKEW: Final = timedelta(minutes=6)
_NEVER_BLANK: Final = ("sourceSystem", "channel", "correlationId")


def create_app(sandbox: Sandboxed) -> Starlette:
    """Make the fixed system's app."""
    service = _Service(sandbox)

    async def describe(request: Request) -> Response:
        if not any(name.lower() == "wsdl" for name in request.query_params):
            return Response(status_code=405, headers={"Allow": "POST"})
        return soap.xml(contract.wsdl(sandbox.urls.fixed + contract.ENDPOINT))

    async def schema(_request: Request) -> Response:
        return soap.xml(contract.xsd())

    return Starlette(
        routes=[
            Route(contract.ENDPOINT, service.call, methods=["POST"]),
            Route(contract.ENDPOINT, describe, methods=["GET"]),
            # Where the WSDL's relative import leads.
            Route(f"/ws/{contract.XSD_NAME}", schema, methods=["GET"]),
        ],
        max_body_size=soap.MAX_BODY_BYTES,
    )


class _Service:
    """The system behind the endpoint. An operation's index of rows is built when it is first called."""

    def __init__(self, sandbox: Sandboxed) -> None:
        self._sandbox = sandbox
        self._gate = Gate(FIXED_USERNAME, FIXED_PASSWORD)
        self._documents = Documents(sandbox.world, lambda: requests(sandbox))
        self._holdings: dict[str, Holdings] = {}

    async def call(self, request: Request) -> Response:
        """Answer one SOAP request. What can't be read names no operation, so neither ledger nor faults see it."""
        try:
            asked = soap.read(await request.body())
        except SoapFault as refusal:
            return soap.fault(refusal, correlation_id=None)
        call = Call(system="fixed", operation=asked.operation, keys=asked.keys, request=request)
        return await perform(
            self._sandbox,
            call,
            dialect=_SoapDialect(asked),
            answer=lambda injected: self._answer(asked, injected),
        )

    def _answer(self, asked: Envelope, injected: Injected) -> Response:
        try:
            response = soap.answer(self._content(asked, injected))
        except SoapFault as refusal:
            response = soap.fault(refusal, correlation_id=asked.correlation_id)
        told = self._sandbox.clock.now() + _skew(injected)
        response.headers["date"] = format_datetime(told.astimezone(UTC), usegmt=True)
        return response

    def _content(self, asked: Envelope, injected: Injected) -> etree._Element:
        now = self._sandbox.clock.now()
        self._admit(asked, injected, now)
        _validate(asked)
        if asked.operation == PING:
            return _pong(injected)
        if asked.operation == OPERATION:
            return self._documents.answer(asked, injected)
        if (act := CHANGES.get(asked.operation) or LOOKUPS.get(asked.operation)) is not None:
            return act(self._sandbox, asked, injected)
        finder = FINDERS.get(asked.operation)
        if finder is None:
            raise SoapFault("NOT_IMPLEMENTED", f"{asked.operation} is not there yet", faultcode="soap:Server")
        holdings = laid_over(self._sandbox, finder, self._index(finder), asked)
        return answer(finder, holdings, asked, injected, now)

    def _admit(self, asked: Envelope, injected: Injected, now: datetime) -> None:
        try:
            self._gate.check(asked.header, now + _skew(injected))
        except SoapFault:
            injected.note(Quirk.CLOCK_SKEW)
            raise

    def _index(self, finder: Finder) -> Holdings:
        if finder.name not in self._holdings:
            self._holdings[finder.name] = index(finder, self._sandbox.world)
        return self._holdings[finder.name]


@dataclass(frozen=True, slots=True)
class _SoapDialect:
    """Errors as the fixed system words them."""

    asked: Envelope

    def fault(self, problem: Problem, _call: Call) -> Response:
        refusal = SoapFault(problem.code, problem.message, faultcode="soap:Server", kind="TECHNICAL")
        return soap.fault(refusal, correlation_id=self.asked.correlation_id, status=problem.status)

    def in_answer(self, problem: Problem, _call: Call) -> Response:
        return soap.answer(_outcome_alone(self.asked.operation, outcome(problem.code, "E", problem.message)))


def _validate(asked: Envelope) -> None:
    """Check the request against the XSD, and its header for what the XSD can't say.

    Raises:
        SoapFault: soap:Client, with the first violation.
    """
    if asked.operation not in contract.operations():
        raise SoapFault("OPERATION", f"{asked.operation} is not an operation")
    try:
        contract.schema().assertValid(asked.body)
    except etree.DocumentInvalid as error:
        raise SoapFault("SCHEMA", str(error)) from error
    for name in _NEVER_BLANK:
        if not asked.body.findtext(f"t:header/t:{name}", "", NAMES).strip():
            raise SoapFault("HEADER", f"{name} is blank")


def _skew(injected: Injected) -> timedelta:
    """Give how far ahead the system's clock is (quirk 19)."""
    strike = injected.get(Quirk.CLOCK_SKEW)
    if strike is None:
        return timedelta()
    return _SKEW if strike.parameters.seconds is None else timedelta(seconds=strike.parameters.seconds)


def _pong(injected: Injected) -> etree._Element:
    name = f"{PING}Response"
    fields: Fields = [("outcome", FINE), ("maintenance", flag(value=False)), ("until", None)]
    return soap.element(name, spoilt(name, fields, injected))


def _outcome_alone(operation: str, said: Fields) -> etree._Element:
    """Make an answer that has nothing but its outcome, and what the XSD makes Ping say."""
    maintenance = [("maintenance", flag(value=False))] if operation == PING else []
    return soap.element(f"{operation}Response", [("outcome", said), *maintenance])
