"""The mobile legacy over HTTP: one table of resources, one list route and one single route for all of them.

Contract: the official TM Forum files in `tmf/` of the spec; base paths are theirs. Bearer API key. What is posted is a
task that computes (TMF677, TMF646) or a change (`change`).
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, Final

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox._deeds import Deed
from sandbox._faults import Injected
from sandbox.credentials import MOBILE_KEY
from sandbox.mobile import billing_change, change, order_change, paid
from sandbox.mobile.appointment import BOOKING_PATH, SEARCH_PATH, appointments, book, found, read_booking, read_search
from sandbox.mobile.bill import billing_rates, customer_bills
from sandbox.mobile.collection import BadQuery, Collection, Document, Page, chosen_fields, read_query
from sandbox.mobile.contract import Settings, agreements, as_built, billing_accounts
from sandbox.mobile.document import Documents
from sandbox.mobile.line import products, resources
from sandbox.mobile.message import MESSAGE_PATH, read_message, send
from sandbox.mobile.offer import offerings, promotions, recommendations
from sandbox.mobile.order import Placed, every_order, product_orders, shipping_orders
from sandbox.mobile.party import customers, individuals, organizations
from sandbox.mobile.payment import made_method, payment_methods
from sandbox.mobile.request import service_orders, trouble_tickets
from sandbox.mobile.task import QUERY_PATH, Query, Tasks, read_keys
from sandbox.mobile.usage import buckets, usages
from sandbox.stage import Call, Problem, Sandboxed, perform
from sandbox.wire.document import spoilt
from sandbox.world.bill import report_subject
from sandbox.world.model import Bill, MobileAccount, MobileLine, ServiceRequest, Sim

_encode = msgspec.json.Encoder(decimal_format="number").encode
ACCOUNT_PATH: Final = "/tmf-api/accountManagement/v4/billingAccount"
ORDER_PATH: Final = "/tmf-api/serviceOrdering/v4/serviceOrder"
METHOD_PATH: Final = "/tmf-api/paymentMethod/v4/paymentMethod"
PRODUCT_ORDER_PATH: Final = "/tmf-api/productOrderingManagement/v5/productOrder"
CANCEL_PATH: Final = "/tmf-api/productOrderingManagement/v5/cancelProductOrder"
TICKET_PATH: Final = "/tmf-api/troubleTicket/v4/troubleTicket"
_Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(stage: Sandboxed) -> Starlette:
    """Make the app of the mobile legacy."""
    routes = []
    for path, collection in collections_by_path(stage).items():
        resource = path.rpartition("/")[2]
        listing = _listing(stage, path, resource, collection)
        posting = {
            METHOD_PATH: _paying(stage),
            ORDER_PATH: _ordering(stage),
            PRODUCT_ORDER_PATH: _product_ordering(stage),
            TICKET_PATH: _opening(stage),
            BOOKING_PATH: _booking(stage),
            paid.PAYMENT_PATH: _recording(stage, paid.PAYMENT_PATH, paid.pay),
            paid.TOP_UP_PATH: _recording(stage, paid.TOP_UP_PATH, paid.top_up),
        }.get(path)
        routes += [
            Route(path, listing if posting is None else _by_method(listing, posting), methods=_methods(posting)),
            Route(path + "/{id}", _single(stage, path, resource, collection)),
        ]
        if path == ACCOUNT_PATH:
            routes.append(Route(path + "/{id}", _setting(stage, collection), methods=["PATCH"]))
    routes.append(Route("/documents/{id}.pdf", _document(stage)))
    tasks = Tasks(stage.world)
    routes += [
        Route(QUERY_PATH, _posting(stage, tasks), methods=["POST"]),
        Route(QUERY_PATH + "/{id}", _polling(stage, tasks)),
        Route(SEARCH_PATH, _searching(stage), methods=["POST"]),
        Route(MESSAGE_PATH, _sending(stage), methods=["POST"]),
        Route(CANCEL_PATH, _cancelling(stage), methods=["POST"]),
    ]
    return Starlette(routes=routes, exception_handlers={404: _not_found, 405: _not_allowed})


def collections_by_path(stage: Sandboxed) -> dict[str, Collection[Any]]:
    """Give each resource under the path of its official file."""
    world = stage.world

    def today() -> date:
        return stage.clock.now().date()

    def is_blocked(line: MobileLine, sim: Sim) -> bool:
        return bool(stage.deeds.value("sim", line.product_id, sim.blocked, stage.clock.now()))

    def settings(account: MobileAccount) -> Settings:
        now, built = stage.clock.now(), as_built(account)
        return Settings(*(stage.deeds.value(what, account.id, getattr(built, what), now) for what in Settings._fields))

    def served(product_id: str) -> list[Deed]:
        return stage.deeds.shown("service", product_id, stage.clock.now())

    def state_of(line: MobileLine) -> str:
        return str(stage.deeds.value(order_change.STATE, line.product_id, line.state, stage.clock.now()))

    def is_reported(bill: Bill) -> bool:
        return stage.deeds.is_asked("report", report_subject(bill), stage.clock.now())

    def made() -> list[ServiceRequest]:
        return stage.deeds.requests("mobile", stage.clock.now())

    placed = _placed(stage)
    return {
        "/tmf-api/customerManagement/v4/customer": customers(world),
        "/tmf-api/party/v4/organization": organizations(world),
        "/tmf-api/party/v4/individual": individuals(world),
        "/tmf-api/agreementManagement/v4/agreement": agreements(world),
        "/tmf-api/productInventory/v4/product": products(world, served, state_of),
        "/tmf-api/resourceInventoryManagement/v4/resource": resources(world, is_blocked),
        ACCOUNT_PATH: billing_accounts(world, settings),
        METHOD_PATH: payment_methods(world, lambda: billing_change.methods_made(stage)),
        "/tmf-api/customerBillManagement/v4/customerBill": customer_bills(
            world, today, lambda: stage.urls.mobile, is_reported, lambda bill: paid.paid_of(stage, bill)
        ),
        "/tmf-api/customerBillManagement/v4/appliedCustomerBillingRate": billing_rates(world),
        PRODUCT_ORDER_PATH: product_orders(world, stage.changes, placed),
        "/tmf-api/shippingOrder/v4.0/shippingOrder": shipping_orders(world, stage.changes, placed),
        "/customer/v4/queryProductRecommendation": recommendations(world),
        "/tmf-api/productCatalogManagement/v4/productOffering": offerings(),
        "/tmf-api/promotionManagement/v4/promotion": promotions(world),
        paid.PAYMENT_PATH: paid.payments(world, lambda: paid.made(stage, "payment")),
        paid.TOP_UP_PATH: paid.top_ups(world, lambda: paid.made(stage, "topup")),
        "/tmf-api/prepayBalanceManagement/v4/bucket": buckets(
            world, stage.clock.now, lambda line_id: paid.added(stage, line_id)
        ),
        "/tmf-api/usageManagement/v4/usage": usages(world, stage.clock.now),
        ORDER_PATH: service_orders(world, stage.changes, made),
        TICKET_PATH: trouble_tickets(world, stage.changes, made),
        BOOKING_PATH: appointments(stage),
    }


def _placed(stage: Sandboxed) -> Placed:
    def is_cancelled(order_id: str) -> bool:
        return bool(stage.deeds.value(order_change.CANCELLED, order_id, False, stage.clock.now()))  # noqa: FBT003

    return Placed(lambda: stage.deeds.orders("mobile", stage.clock.now()), is_cancelled)


def _listing(stage: Sandboxed, path: str, resource: str, collection: Collection[Any]) -> _Endpoint:
    base = path + "/"

    async def endpoint(request: Request) -> Response:
        if not _is_known(request):
            return _unknown_caller()
        try:
            query = read_query(request.query_params.multi_items(), collection.aliases)
        except BadQuery as error:
            return _error(Problem("20", str(error), 400))

        def answer(injected: Injected) -> Response:
            try:
                page = collection.find(query, injected)
            except BadQuery as error:
                return _error(Problem("20", str(error), 400))
            return _list(page, stage.urls.mobile + base, injected)

        call = Call("mobile", f"GET /{resource}", collection.keys(query), request)
        return await perform(stage, call, dialect=_Json(), answer=answer)

    return endpoint


def _single(stage: Sandboxed, path: str, resource: str, collection: Collection[Any]) -> _Endpoint:
    base = path + "/"

    async def endpoint(request: Request) -> Response:
        if not _is_known(request):
            return _unknown_caller()
        key = request.path_params["id"]

        def answer(injected: Injected) -> Response:
            document = collection.get(key)
            if document is None:
                return _error(Problem("60", f"{resource} not found", 404))
            fields = request.query_params.get("fields")
            chosen = chosen_fields(document, frozenset(fields.split(",")) if fields else None)
            return _json(spoilt(_with_href(chosen, stage.urls.mobile + base), injected))

        call = Call("mobile", f"GET /{resource}/{{id}}", [key], request)
        return await perform(stage, call, dialect=_Json(), answer=answer)

    return endpoint


def _posting(stage: Sandboxed, tasks: Tasks) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        if not _is_known(request):
            return _unknown_caller()
        try:
            keys = read_keys(await request.body())
        except BadQuery as error:
            return _error(Problem("20", str(error), 400))

        def answer(injected: Injected) -> Response:
            return _task(stage, tasks, tasks.begin(keys), injected, 201)

        call = Call("mobile", "POST /queryUsageConsumption", keys, request)
        return await perform(stage, call, dialect=_Json(), answer=answer)

    return endpoint


def _searching(stage: Sandboxed) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        if not _is_known(request):
            return _unknown_caller()
        try:
            search = read_search(await request.body())
        except BadQuery as error:
            return _error(Problem("20", str(error), 400))

        def answer(injected: Injected) -> Response:
            document = _with_href(found(stage, search, injected), f"{stage.urls.mobile}{SEARCH_PATH}/")
            return _json(spoilt(document, injected), 201)

        call = Call("mobile", "POST /searchTimeSlot", [search.key], request)
        return await perform(stage, call, dialect=_Json(), answer=answer)

    return endpoint


def _sending(stage: Sandboxed) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        if not _is_known(request):
            return _unknown_caller()
        try:
            asked = read_message(await request.body())
        except BadQuery as error:
            return _error(Problem("20", str(error), 400))

        def answer(injected: Injected) -> Response:
            document = _with_href(send(stage, asked), f"{stage.urls.mobile}{MESSAGE_PATH}/")
            return _json(spoilt(document, injected), 201)

        call = Call("mobile", "POST /communicationMessage", [asked.number], request)
        return await perform(stage, call, dialect=_Json(), answer=answer)

    return endpoint


def _methods(posting: _Endpoint | None) -> list[str]:
    return ["GET"] if posting is None else ["GET", "POST"]


def _by_method(get: _Endpoint, post: _Endpoint) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        return await (post if request.method == "POST" else get)(request)

    return endpoint


def _ordering(stage: Sandboxed) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        if not _is_known(request):
            return _unknown_caller()
        try:
            asked = change.read_order(await request.body())
        except BadQuery as error:
            return _error(Problem("20", str(error), 400))

        def answer(injected: Injected) -> Response:
            made = change.order(stage, asked, injected)
            if isinstance(made, Problem):
                return _error(made)
            return _json(spoilt(_with_href(made, f"{stage.urls.mobile}{ORDER_PATH}/"), injected), 201)

        call = Call("mobile", "POST /serviceOrder", [asked.subject_id], request)
        return await perform(stage, call, dialect=_Json(), answer=answer)

    return endpoint


def _product_ordering(stage: Sandboxed) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        if not _is_known(request):
            return _unknown_caller()
        try:
            asked = order_change.read_order(await request.body())
        except BadQuery as error:
            return _error(Problem("20", str(error), 400))

        def answer(injected: Injected) -> Response:
            made = order_change.order(stage, asked, injected)
            if isinstance(made, Problem):
                return _error(made)
            return _json(spoilt(_with_href(made, f"{stage.urls.mobile}{PRODUCT_ORDER_PATH}/"), injected), 201)

        keys = [item.line_id or asked.customer_id for item in asked.items]
        call = Call("mobile", "POST /productOrder", keys, request)
        return await perform(stage, call, dialect=_Json(), answer=answer)

    return endpoint


def _cancelling(stage: Sandboxed) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        if not _is_known(request):
            return _unknown_caller()
        try:
            asked = order_change.read_cancel(await request.body())
        except BadQuery as error:
            return _error(Problem("20", str(error), 400))

        def answer(injected: Injected) -> Response:
            orders = every_order(stage.world, stage.changes, _placed(stage))
            done = order_change.cancel(stage, asked, injected, orders)
            if isinstance(done, Problem):
                return _error(done)
            return _json(spoilt(_with_href(done, f"{stage.urls.mobile}{CANCEL_PATH}/"), injected), 201)

        call = Call("mobile", "POST /cancelProductOrder", [asked.order_id], request)
        return await perform(stage, call, dialect=_Json(), answer=answer)

    return endpoint


def _opening(stage: Sandboxed) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        if not _is_known(request):
            return _unknown_caller()
        try:
            asked = change.read_ticket(await request.body())
        except BadQuery as error:
            return _error(Problem("20", str(error), 400))

        def answer(injected: Injected) -> Response:
            made = change.open_ticket(stage, asked, injected)
            if isinstance(made, Problem):
                return _error(made)
            return _json(spoilt(_with_href(made, f"{stage.urls.mobile}{TICKET_PATH}/"), injected), 201)

        call = Call("mobile", "POST /troubleTicket", [asked.customer_id], request)
        return await perform(stage, call, dialect=_Json(), answer=answer)

    return endpoint


def _booking(stage: Sandboxed) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        if not _is_known(request):
            return _unknown_caller()
        try:
            wanted = read_booking(await request.body())
        except BadQuery as error:
            return _error(Problem("20", str(error), 400))

        def answer(injected: Injected) -> Response:
            made = book(stage, wanted, injected)
            if isinstance(made, Problem):
                return _error(made)
            return _json(spoilt(_with_href(made, f"{stage.urls.mobile}{BOOKING_PATH}/"), injected), 201)

        call = Call("mobile", "POST /appointment", [wanted.slot_id], request)
        return await perform(stage, call, dialect=_Json(), answer=answer)

    return endpoint


def _paying(stage: Sandboxed) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        if not _is_known(request):
            return _unknown_caller()
        try:
            asked = billing_change.read_method(await request.body())
        except BadQuery as error:
            return _error(Problem("20", str(error), 400))

        def answer(injected: Injected) -> Response:
            made = billing_change.make_method(stage, asked, injected)
            if isinstance(made, Problem):
                return _error(made)
            document = _with_href(made_method(stage.world, made), f"{stage.urls.mobile}{METHOD_PATH}/")
            return _json(spoilt(document, injected), 201)

        call = Call("mobile", "POST /paymentMethod", [asked.account_id], request)
        return await perform(stage, call, dialect=_Json(), answer=answer)

    return endpoint


def _setting(stage: Sandboxed, collection: Collection[Any]) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        if not _is_known(request):
            return _unknown_caller()
        key = request.path_params["id"]
        try:
            settings = billing_change.read_settings(await request.body())
        except BadQuery as error:
            return _error(Problem("20", str(error), 400))

        def answer(injected: Injected) -> Response:
            if collection.get(key) is None:
                return _error(Problem("60", "billingAccount not found", 404))
            billing_change.set_account(stage, key, settings, injected)
            document = collection.get(key) or {}
            return _json(spoilt(_with_href(document, f"{stage.urls.mobile}{ACCOUNT_PATH}/"), injected))

        call = Call("mobile", "PATCH /billingAccount/{id}", [key], request)
        return await perform(stage, call, dialect=_Json(), answer=answer)

    return endpoint


def _recording(
    stage: Sandboxed, path: str, do: Callable[[Sandboxed, bytes, Injected], Document | Problem]
) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        if not _is_known(request):
            return _unknown_caller()
        body = await request.body()

        def answer(injected: Injected) -> Response:
            try:
                made = do(stage, body, injected)
            except BadQuery as error:
                return _error(Problem("20", str(error), 400))
            if isinstance(made, Problem):
                return _error(made)
            return _json(spoilt(_with_href(made, f"{stage.urls.mobile}{path}/"), injected), 201)

        call = Call("mobile", f"POST /{path.rpartition('/')[2]}", ["1"], request)
        return await perform(stage, call, dialect=_Json(), answer=answer)

    return endpoint


def _polling(stage: Sandboxed, tasks: Tasks) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        if not _is_known(request):
            return _unknown_caller()
        query = tasks.get(request.path_params["id"])

        def answer(injected: Injected) -> Response:
            if query is None:
                return _error(Problem("60", "queryUsageConsumption not found", 404))
            return _task(stage, tasks, query, injected, 200)

        keys = () if query is None else query.keys
        call = Call("mobile", "GET /queryUsageConsumption/{id}", keys, request)
        return await perform(stage, call, dialect=_Json(), answer=answer)

    return endpoint


def _task(stage: Sandboxed, tasks: Tasks, query: Query, injected: Injected, status: int) -> Response:
    document = tasks.look(query, stage.clock.now(), injected)
    return _json(spoilt(_with_href(document, f"{stage.urls.mobile}{QUERY_PATH}/"), injected), status)


def _document(stage: Sandboxed) -> _Endpoint:
    documents = Documents(stage.world)

    async def endpoint(request: Request) -> Response:
        if not _is_known(request):
            return _unknown_caller()
        key = request.path_params["id"]

        def answer(injected: Injected) -> Response:
            file = documents.file(key, injected)
            if file.content is None:
                return _error(Problem("60", "document not found", 404))
            return Response(file.content, media_type=file.media_type)

        call = Call("mobile", "GET /billDocument/{id}", [key], request)
        return await perform(stage, call, dialect=_Json(), answer=answer)

    return endpoint


def _is_known(request: Request) -> bool:
    given = request.headers.get("authorization", "")
    return hmac.compare_digest(given.encode(), f"Bearer {MOBILE_KEY}".encode())


class _Json:
    """Errors as TM Forum's `Error`."""

    def fault(self, problem: Problem, _call: Call) -> Response:
        return _error(problem)

    def in_answer(self, problem: Problem, _call: Call) -> Response:
        """A list, as was asked for, with an error where a row was due."""
        return _json([_error_body(problem)])


def _list(page: Page, base: str, injected: Injected) -> Response:
    documents = [_with_href(document, base) for document in page.documents]
    response = _json(spoilt(documents, injected), 200 if page.whole else 206)
    if (total := injected.total(page.total)) is not None:
        response.headers["X-Total-Count"] = str(total)
    response.headers["X-Result-Count"] = str(len(page.documents))
    return response


def _with_href(document: Document, base: str) -> Document:
    return {"id": document["id"], "href": base + document["id"], **document}


def _error(problem: Problem) -> Response:
    return _json(_error_body(problem), problem.status)


def _error_body(problem: Problem) -> Document:
    return {
        "code": problem.code,
        "reason": problem.message,
        "message": problem.message,
        "status": str(problem.status),
        "@type": "Error",
    }


def _json(content: Any, status: int = 200) -> Response:
    return Response(_encode(content), status_code=status, media_type="application/json")


def _unknown_caller() -> Response:
    return _error(Problem("41", "Invalid credentials", 401))


async def _not_found(_request: Request, _raised: Exception) -> Response:
    return _error(Problem("60", "Resource not found", 404))


async def _not_allowed(_request: Request, _raised: Exception) -> Response:
    return _error(Problem("61", "Method not allowed", 405))
