"""A small query for every function of the matrix that the schema has, and the answer that each profile is due."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sandbox.world.model import Company, MobileLine
from tests.journeys import (
    assisted,
    billed,
    bought,
    ceased,
    changed,
    helped,
    home,
    lined,
    managed,
    offered,
    paying,
    requested,
    served,
    shown,
    used,
)
from tests.journeys.acting import (
    CEASED_FROM,
    INVOICES_FROM,
    ORDERS_FROM,
    TODAY,
    UNPAID_FROM,
    Acting,
    fixed_lines,
    holdings,
    invoices,
    is_fixed,
    matrix,
    mobile_lines,
    number,
    orders,
    requests,
    to_pay,
    users,
)
from tests.journeys.ident import document_id, id_of
from tests.journeys.shown import Data


class Ask(NamedTuple):
    """Variables to ask with, and the whole data that is due."""

    variables: Mapping[str, Any]
    data: Data


class Denied(NamedTuple):
    """An error that is due: the path of the selection, and the function that refuses it."""

    path: str
    function: str


class Refusal(NamedTuple):
    """What is due to a profile that may not."""

    data: Data | None
    errors: Sequence[Denied]
    status: int = 200


class Case(NamedTuple):
    """How a function is used.

    `asks` gives what to ask within a reach, `all` or `own`; `refused` what a denied profile gets for the first ask of
    its company's legal representative. `reading` are the calls for what an allowed profile sees around the refusal.
    """

    query: str
    asks: Callable[[Acting, str], Sequence[Ask]]
    refused: Callable[[Acting], Refusal]
    reading: tuple[str, ...] = ()


def _at(path: str, function: str) -> Callable[[Acting], Refusal]:
    """Refuse one selection; what is around it stays."""
    data: Any = None
    for step in reversed(path.split(".")):
        data = {step: data}
    return lambda _who: Refusal(data, [Denied(path, function)])


def _never(_who: Acting) -> Refusal:
    raise AssertionError("every profile may use it")


def _customer(field: str, show: Callable[[Acting, str], object]) -> Callable[[Acting, str], Sequence[Ask]]:
    return lambda who, reach: [Ask({}, {"customer": {field: show(who, reach)}})]


def _window(who: Acting, start: str) -> str:
    return CEASED_FROM.isoformat() if who.profile == "CEASED_CUSTOMER" else start


# --- the person and the company ---------------------------------------------------------------------------------------


def _viewer(who: Acting, _reach: str) -> Sequence[Ask]:
    memberships = [
        {"id": who.membership.id, "profile": who.profile, "active": True, "companyName": who.company.name},
    ]
    viewer = {"profile": who.profile, "actions": shown.actions("Viewer"), "memberships": memberships}
    customer = {"id": id_of(who.company, who.company), "actions": shown.actions("Customer")}
    return [Ask({}, {"viewer": viewer, "customer": customer})]


def _company(who: Acting, _reach: str) -> Data:
    return shown.company(who.company, reads_fixed=not who.profile.startswith("END_USER"))


# --- single things ----------------------------------------------------------------------------------------------------


def _mobile_details(show: Callable[[MobileLine, Company], Data]) -> Callable[[Acting, str], Sequence[Ask]]:
    """Ask for a line within reach, and for one that is beyond what is only the person's own."""

    def asks(who: Acting, reach: str) -> Sequence[Ask]:
        company = who.company
        within = next(line for line in mobile_lines(who, reach) if line.sim is not None)
        beyond = next(line for line in company.mobile_lines if line.sim and line.product_id != who.membership.line_id)
        return [
            Ask({"id": id_of(within, company)}, {"line": show(within, company)}),
            Ask({"id": id_of(beyond, company)}, {"line": show(beyond, company) if reach == "all" else None}),
        ]

    return asks


def _mobile_detail(line: MobileLine, company: Company) -> Data:
    return {name: value for name, value in shown.mobile(line, company).items() if name != "sim"}


def _iccid(line: MobileLine, _company: Company) -> Data:
    return {"sim": line.sim and {"iccid": line.sim.iccid}}


def _usage(show: Callable[[MobileLine], Data]) -> Callable[[Acting, str], Sequence[Ask]]:
    """Ask for the usage of every line within reach that has a SIM, and of one that is beyond the person's own."""

    def asks(who: Acting, reach: str) -> Sequence[Ask]:
        within = [line for line in mobile_lines(who, reach) if line.sim is not None][:9]
        beyond = next(line for line in who.company.mobile_lines if line.product_id != who.membership.line_id)
        return [
            *(Ask({"id": id_of(line, who.company)}, {"line": {"usage": show(line)}}) for line in within),
            Ask({"id": id_of(beyond, who.company)}, {"line": {"usage": show(beyond)} if reach == "all" else None}),
        ]

    return asks


def _usage_case(selection: str, show: Callable[[MobileLine], Data]) -> Case:
    query = f"query ($id: ID!) {{ line(id: $id) {{ ... on MobileLine {{ usage {{ {selection} }} }} }} }}"
    return Case(query, _usage(show), _at("line", "mobile.detail"))


def _ten_days(line: MobileLine) -> Data:
    rows = used.records(line, date(2026, 11, 11), date(2026, 11, 20))
    return {"records": {**shown.rows(rows), "windowFrom": "2026-11-11"}}


def _fixed_detail(who: Acting, _reach: str) -> Sequence[Ask]:
    return [
        Ask(
            {"id": id_of(line, who.company)},
            {
                "line": {
                    **shown.fixed(line),
                    "customerCode": next(
                        each.customer_code for each in who.company.fixed_accounts if each.code == line.account_code
                    ),
                    "account": shown.fixed_account(line, who.company),
                }
            },
        )
        for line in fixed_lines(who, "all")
    ]


def _fixed_refused(who: Acting) -> Refusal:
    """Who may see some line is not told that a fixed one is there; who may see none is refused."""
    denied = [Denied("line", "mobile.detail")] if who.may["mobile.detail"] == "no" else []
    return Refusal({"line": None}, denied)


def _contract(who: Acting, _reach: str) -> Sequence[Ask]:
    return [
        Ask({"id": id_of(each, who.company)}, {"contract": shown.contract(each, who.company)})
        for each in who.company.agreements
    ]


def _contract_refused(who: Acting) -> Refusal:
    """Who may see the services on a contract sees that it is there, and nothing of its detail."""
    if who.may["services.contract"] == "no":
        return Refusal({"contract": None}, [Denied("contract", "services.contract")])
    number_only = {"number": who.company.agreements[0].number, "state": None, "startsOn": None, "billing": None}
    denied = [Denied(f"contract.{field}", "contract.detail") for field in ("state", "startsOn", "billing")]
    return Refusal({"contract": number_only}, denied)


def _links(who: Acting, _reach: str) -> Sequence[Ask]:
    """Ask for a link to the newest invoice of each network, and to an unpaid one of years ago."""
    bills = [*invoices(who), *to_pay(who)]
    newest = {is_fixed(bill, who.company): bill for bill in reversed(bills)}
    return [
        Ask(
            {"id": document_id(bill, who.company)},
            {"documentLinkCreate": {"status": "DONE", "userErrors": [], "link": {"fileName": shown.file_name(bill)}}},
        )
        for bill in (*newest.values(), bills[-1])
    ]


def _change_refused(field: str, function: str) -> Callable[[Acting], Refusal]:
    """Refuse the whole operation."""
    return lambda _who: Refusal(None, [Denied(field, function)], 403)


def _asks(show: Callable[[Acting, str], managed.Due]) -> Callable[[Acting, str], Sequence[Ask]]:
    return lambda who, reach: [Ask(*each) for each in show(who, reach)]


def _contracts_served(who: Acting, _reach: str) -> object:
    """Show the services of all contracts; behind TIMDUO's numbers stand the lines that the profile may see."""
    rows = []
    for each in who.company.agreements:
        services = shown.contract_services(each, who.company)
        pairs = [{**pair, "line": pair["line"] if _sees(pair, who) else None} for pair in services["timDuo"]]
        rows.append({"number": each.number, "services": {**services, "timDuo": pairs}})
    return shown.rows(rows)


def _sees(pair: Data, who: Acting) -> bool:
    line = next(each for each in who.company.mobile_lines if each.msisdn == pair["lineNumber"])
    return shown.sees_line(line, who)


def _line_services_refused(who: Acting) -> Refusal:
    """A line beyond one's own is null; who may see none at all is refused it."""
    denied = [Denied("line", "mobile.detail")] if who.may["mobile.detail"] == "no" else []
    return Refusal({"line": None}, denied)


def _order_details(who: Acting, reach: str) -> Sequence[Ask]:
    """Ask for every order of the company in the window; what is beyond reach is null."""
    within = {order.id for order in orders(who, reach)}
    return [
        Ask(
            {"id": id_of(order, who.company)},
            {"order": shown.order_detail(order, who) if order.id in within else None},
        )
        for order in orders(who, "all")
    ]


def _request_details(who: Acting, reach: str) -> Sequence[Ask]:
    """Ask for every request of the company in the window; what is beyond reach is null."""
    within = {request.id for request in requests(who, reach)}
    return [
        Ask(
            {"id": id_of(request, who.company)},
            {"request": shown.request_detail(request, who) if request.id in within else None},
        )
        for request in requests(who, "all")
    ]


_QUANTITY = "{ value unit }"
_OFFERS = f"{{ name type used {_QUANTITY} allowance {_QUANTITY} left {_QUANTITY} renewsAt }}"
_EXPORT = f"utenze-{TODAY.isoformat()}.xlsx"
_ADDRESS = "{ street postcode town province }"
_BILLING = f"billing {{ paperless deliveryAddress {_ADDRESS} directDebit {{ iban holder validFrom }} }}"
_SERVICE = "{ code name activeFrom }"
_INVOICES = """(first: 100) {
  totalCount windowFrom
  nodes {
    number kind creditNote state period { from to bimester } issuedOn dueOn
    total { net { amount } vat { amount } gross { amount currency } } remaining { amount }
    line { number } lineNumber contract { number } contractNumber document { id fileName ready }
  }
}"""


def _preview(who: Acting) -> Data:
    rows = [shown.invoice(bill, who) for bill in invoices(who)]
    return {"totalCount": len(rows), "nodes": rows[:20], "windowFrom": _window(who, INVOICES_FROM.isoformat())}


CASES: Mapping[str, Case] = {
    "viewer.read": Case(
        "{ viewer { profile actions { name } memberships { id profile active companyName } }"
        "  customer { id actions { name } } }",
        _viewer,
        _never,
    ),
    "personal.read": Case(
        "{ viewer { person { firstName lastName taxCode mobileNumber email username } } }",
        lambda who, _reach: [Ask({}, {"viewer": {"person": shown.person(who.user)}})],
        _never,
    ),
    "dashboard.read": Case(
        "{ dashboard { greeting { firstName lastName profile taxCode companyName companyTaxCode }"
        "  alerts { severity message } tools { label url } freshness { system state } } }",
        lambda who, _reach: [Ask({}, {"dashboard": home.dashboard(who)})],
        _never,
    ),
    "dashboard.invoices": Case(
        f"{{ dashboard {{ invoices{_INVOICES.replace('100', '20')} }} }}",
        lambda who, _reach: [Ask({}, {"dashboard": {"invoices": _preview(who)}})],
        _at("dashboard.invoices", "dashboard.invoices"),
    ),
    "dashboard.traffic": Case(
        f"{{ dashboard {{ traffic {_OFFERS} }} }}",
        lambda who, _reach: [Ask({}, {"dashboard": {"traffic": home.traffic(who)}})],
        _at("dashboard.traffic", "dashboard.traffic"),
    ),
    "dashboard.pushes": Case(
        "{ dashboard { shortcuts { label url } boxes { title text mediaUrl url endsAt offer { name } } } }",
        lambda who, _reach: [Ask({}, {"dashboard": {"shortcuts": home.shortcuts(who), "boxes": home.boxes(who)}})],
        _never,
    ),
    "company.read": Case(
        f"{{ customer {{ company {{ name taxCode vatNumber registeredOffice {_ADDRESS} communicationsEmail"
        "  legalRepresentative { firstName lastName } } } }",
        _customer("company", _company),
        _at("customer.company", "company.read"),
    ),
    "company.holdings": Case(
        "{ customer { lines(first: 100) { totalCount nodes { __typename number state } } } }",
        _customer(
            "lines",
            lambda who, reach: shown.rows(map(shown.line, holdings(who, reach))),
        ),
        _at("customer.lines", "company.holdings"),
    ),
    "company.recipient": Case(
        "{ customer { recipientCodes { code customerCode accountCode contract { number } line { number } } } }",
        _customer("recipientCodes", lambda who, _reach: shown.recipient_codes(who.company)),
        _at("customer.recipientCodes", "company.recipient"),
    ),
    "users.list": Case(
        "{ customer { users(first: 100) { totalCount nodes { firstName lastName taxCode email username"
        "  profile state origin line { number } actions { name } } } } }",
        _customer(
            "users",
            lambda who, _reach: shown.rows(shown.portal_user(*row, who.company) for row in users(who)),
        ),
        _at("customer.users", "users.list"),
    ),
    "viewer.switch": Case(managed.SWITCH, _asks(managed.switched), _never),
    "users.create": Case(
        managed.CREATE,
        _asks(managed.create),
        _change_refused("userCreate", "users.create"),
    ),
    **{
        function: Case(query, _asks(show), _change_refused(mutation, function))
        for function, mutation, query, show in managed.MANY
    },
    "users.export": Case(
        "mutation ($search: String) { usersExport(input: { filter: { search: $search } }) {"
        "  status userErrors { code } link { fileName } } }",
        lambda who, _reach: [
            Ask(
                {"search": who.user.username},
                {"usersExport": {"status": "DONE", "userErrors": [], "link": {"fileName": _EXPORT}}},
            )
        ],
        _change_refused("usersExport", "users.export"),
    ),
    "mobile.list": Case(
        "{ customer { mobileLines(first: 100) { totalCount nodes {"
        "  __typename number state contractNumber tariffPlan prepaid sim { iccid blocked } } } } }",
        _customer(
            "mobileLines",
            lambda who, reach: shown.rows(shown.mobile(line, who.company) for line in mobile_lines(who, reach)),
        ),
        _at("customer.mobileLines", "mobile.list"),
    ),
    "mobile.detail": Case(
        "query ($id: ID!) { line(id: $id) { __typename number state"
        "  ... on MobileLine { contractNumber tariffPlan prepaid } } }",
        _mobile_details(_mobile_detail),
        _at("line", "mobile.detail"),
    ),
    "mobile.iccid": Case(
        "query ($id: ID!) { line(id: $id) { ... on MobileLine { sim { iccid } } } }",
        _mobile_details(_iccid),
        _at("line", "mobile.detail"),
    ),
    "contract.detail": Case(
        f"query ($id: ID!) {{ contract(id: $id) {{ number state startsOn {_BILLING} }} }}",
        _contract,
        _contract_refused,
        ("directory GET /Users", "mobile GET /organization", "mobile GET /customer", "mobile GET /agreement"),
    ),
    "usage.credit": _usage_case("credit { amount { amount currency } expiresOn }", used.credit),
    "usage.extra": _usage_case("extra { net { amount } vat { amount } gross { amount } }", used.extra),
    "usage.byoffer": _usage_case(f"byOffer {_OFFERS}", used.by_offer),
    "usage.bytype": _usage_case(
        f"byTrafficType {{ type used {_QUANTITY} charged {{ amount }} }}", used.by_traffic_type
    ),
    "usage.records": _usage_case(
        'records(first: 100, filter: { from: "2026-11-11", to: "2026-11-20" }) { totalCount windowFrom'
        f" nodes {{ at type counterpart quantity {_QUANTITY} charged {{ amount }} }} }}",
        _ten_days,
    ),
    "fixed.list": Case(
        "{ customer { fixedLines(first: 100) { totalCount nodes {"
        f"  __typename number state type location {_ADDRESS} }} }} }} }}",
        _customer("fixedLines", lambda who, reach: shown.rows(map(shown.fixed, fixed_lines(who, reach)))),
        _at("customer.fixedLines", "fixed.list"),
    ),
    "fixed.detail": Case(
        f"query ($id: ID!) {{ line(id: $id) {{ __typename number state ... on FixedLine {{ type location {_ADDRESS}"
        f"  customerCode account {{ code {_BILLING} lines {{ number }} }} }} }} }}",
        _fixed_detail,
        _fixed_refused,
    ),
    "services.contract": Case(
        "{ customer { contracts { totalCount nodes { number services {"
        f"  active {_SERVICE} thresholds {{ kind limit {{ amount currency }} }}"
        "  timDuo { line { number } lineNumber pairedNumber } companyReference charitySms } } } } }",
        _customer("contracts", _contracts_served),
        _at("customer.contracts", "services.contract"),
    ),
    "services.line": Case(
        f"query ($id: ID!) {{ line(id: $id) {{ services {_SERVICE}"
        f"  ... on MobileLine {{ premium {{ enabled active {_SERVICE} blackList }} }} }} }}",
        _mobile_details(shown.mobile_services),
        _line_services_refused,
    ),
    "services.fixed": Case(
        f"{{ customer {{ fixedLines(first: 100) {{ nodes {{ number services {_SERVICE} tiAvviso ivr }} }} }} }}",
        _customer(
            "fixedLines",
            lambda who, reach: {
                "nodes": [
                    {"number": number(line), **shown.fixed_services(line, who.company)}
                    for line in fixed_lines(who, reach)
                ]
            },
        ),
        _at("customer.fixedLines", "fixed.list"),
    ),
    "services.links": Case(
        "{ customer { services { endUserControl { reason } tuConTi { reason } evoluzioneUfficio { reason } } } }",
        _customer(
            "services",
            lambda _who, _reach: {
                site: {"reason": None} for site in ("endUserControl", "tuConTi", "evoluzioneUfficio")
            },
        ),
        _at("customer.services", "services.links"),
    ),
    "reports.ebill": Case(
        "{ reports { ebill { reason } } }",
        lambda _who, _reach: [Ask({}, {"reports": {"ebill": {"reason": None}}})],
        _at("reports", "reports.ebill"),
    ),
    "reports.ebpfa": Case(
        "{ reports { ebpfa { reason } } }",
        lambda _who, _reach: [Ask({}, {"reports": {"ebpfa": {"reason": None}}})],
        _at("reports", "reports.ebill"),
    ),
    "invoices.list": Case(
        f"{{ customer {{ invoices{_INVOICES} }} }}",
        _customer(
            "invoices",
            lambda who, _reach: {
                **shown.rows(shown.invoice(bill, who) for bill in invoices(who)),
                "windowFrom": _window(who, INVOICES_FROM.isoformat()),
            },
        ),
        _at("customer.invoices", "invoices.list"),
    ),
    "invoices.topay": Case(
        f"{{ customer {{ invoicesToPay{_INVOICES} }} }}",
        _customer(
            "invoicesToPay",
            lambda who, _reach: {
                **shown.rows(shown.invoice(bill, who) for bill in to_pay(who)),
                "windowFrom": _window(who, UNPAID_FROM.isoformat()),
            },
        ),
        _at("customer.invoicesToPay", "invoices.topay"),
    ),
    "contract.debit": Case(
        billed.CONTRACT_DEBIT,
        lambda who, reach: [Ask(*each) for each in billed.contract_debit(who, reach)],
        _change_refused("contractDirectDebitSet", "contract.debit"),
    ),
    "contract.delivery": Case(
        billed.CONTRACT_DELIVERY,
        lambda who, reach: [Ask(*each) for each in billed.contract_delivery(who, reach)],
        _change_refused("contractDeliveryAddressChange", "contract.delivery"),
    ),
    "contract.paperless": Case(
        changed.PAPERLESS,
        lambda who, reach: [Ask(*each) for each in changed.paperless(who, reach)],
        _change_refused("contractPaperlessSet", "contract.paperless"),
    ),
    "fixed.debit": Case(
        billed.FIXED_DEBIT,
        lambda who, reach: [Ask(*each) for each in billed.fixed_debit(who, reach)],
        _change_refused("fixedLineDirectDebitSet", "fixed.debit"),
    ),
    "fixed.delivery": Case(
        billed.FIXED_DELIVERY,
        lambda who, reach: [Ask(*each) for each in billed.fixed_delivery(who, reach)],
        _change_refused("fixedLineDeliveryAddressChange", "fixed.delivery"),
    ),
    "fixed.tiavviso": Case(
        billed.TI_AVVISO,
        lambda who, reach: [Ask(*each) for each in billed.ti_avviso(who, reach)],
        _change_refused("tiAvvisoSet", "fixed.tiavviso"),
    ),
    "fixed.paperless": Case(
        changed.FIXED_PAPERLESS,
        lambda who, reach: [Ask(*each) for each in changed.fixed_paperless(who, reach)],
        _change_refused("fixedLinePaperlessSet", "fixed.paperless"),
    ),
    "mobile.sim.change": Case(
        lined.SIM_CHANGE,
        lambda who, reach: [Ask(*each) for each in lined.sim_changes(who, reach)],
        _change_refused("simChange", "mobile.sim.change"),
    ),
    "mobile.nuisance": Case(
        lined.MOBILE_NUISANCE,
        lambda who, reach: [Ask(*each) for each in lined.mobile_reports(who, reach)],
        _change_refused("mobileNuisanceReport", "mobile.nuisance"),
    ),
    "fixed.nuisance": Case(
        lined.FIXED_NUISANCE,
        lambda who, reach: [Ask(*each) for each in lined.fixed_reports(who, reach)],
        _change_refused("fixedNuisanceReport", "fixed.nuisance"),
    ),
    "fixed.relocate": Case(
        lined.RELOCATE,
        lambda who, reach: [Ask(*each) for each in lined.relocations(who, reach)],
        _change_refused("fixedLineRelocate", "fixed.relocate"),
    ),
    "mobile.cease": Case(
        ceased.CEASE,
        lambda who, reach: [Ask(*each) for each in ceased.of_mobile(who, reach)],
        _change_refused("linesCease", "mobile.cease"),
    ),
    "fixed.cease": Case(
        ceased.CEASE,
        lambda who, reach: [Ask(*each) for each in ceased.of_fixed(who, reach)],
        _change_refused("linesCease", "mobile.cease"),
    ),
    "mobile.sim.block": Case(
        changed.BLOCK,
        lambda who, reach: [Ask(*each) for each in changed.blocks(who, reach)],
        _change_refused("simBlock", "mobile.sim.block"),
    ),
    "invoices.pay": Case(
        paying.PAY,
        lambda who, reach: [Ask(*each) for each in paying.invoices(who, reach)],
        _change_refused("invoicesPay", "invoices.pay"),
    ),
    "usage.topup": Case(
        paying.TOP_UP,
        lambda who, reach: [Ask(*each) for each in paying.top_ups(who, reach)],
        _change_refused("lineTopUp", "usage.topup"),
    ),
    "invoices.other.pay": Case(
        paying.PAY_OTHER,
        lambda who, reach: [Ask(*each) for each in paying.another(who, reach)],
        _change_refused("otherInvoicePay", "invoices.other.pay"),
    ),
    "services.thresholds": Case(
        served.THRESHOLDS,
        lambda who, reach: [Ask(*each) for each in served.thresholds(who, reach)],
        _change_refused("spendingThresholdsSet", "services.thresholds"),
    ),
    "services.timduo": Case(
        served.TIM_DUO,
        lambda who, reach: [Ask(*each) for each in served.tim_duo(who, reach)],
        _change_refused("timDuoSet", "services.timduo"),
    ),
    "services.reference": Case(
        served.REFERENCE,
        lambda who, reach: [Ask(*each) for each in served.reference(who, reach)],
        _change_refused("companyReferenceSet", "services.reference"),
    ),
    "services.charity": Case(
        served.CHARITY,
        lambda who, reach: [Ask(*each) for each in served.charity(who, reach)],
        _change_refused("charitySmsSet", "services.charity"),
    ),
    "services.premium": Case(
        served.PREMIUM,
        lambda who, reach: [Ask(*each) for each in served.premium(who, reach)],
        _change_refused("premiumServicesSet", "services.premium"),
    ),
    "offers.buy": Case(
        bought.BUY,
        lambda who, reach: [Ask(*each) for each in bought.buys(who, reach)],
        _change_refused("offerBuy", "offers.buy"),
    ),
    "invoices.unrecognised": Case(
        requested.REPORT,
        lambda who, reach: [Ask(*each) for each in requested.reports(who, reach)],
        _change_refused("invoicePaymentReport", "invoices.unrecognised"),
    ),
    "invoices.other.report": Case(
        requested.OTHER,
        lambda who, reach: [Ask(*each) for each in requested.other_reports(who, reach)],
        _change_refused("otherInvoicePaymentReport", "invoices.other.report"),
    ),
    "company.office": Case(
        requested.OFFICE,
        lambda who, reach: [Ask(*each) for each in requested.offices(who, reach)],
        _change_refused("registeredOfficeChange", "company.office"),
    ),
    "company.email": Case(
        requested.EMAIL,
        lambda who, reach: [Ask(*each) for each in requested.emails(who, reach)],
        _change_refused("communicationsEmailChange", "company.email"),
    ),
    "invoices.merge": Case(
        requested.MERGE,
        lambda who, reach: [Ask(*each) for each in requested.merges(who, reach)],
        _change_refused("invoicesMerge", "invoices.merge"),
    ),
    "invoices.pdf": Case(
        "mutation ($id: ID!) { documentLinkCreate(input: { documentId: $id }) {"
        "  status userErrors { code } link { fileName } } }",
        _links,
        _change_refused("documentLinkCreate", "invoices.pdf"),
    ),
    "orders.list": Case(
        "{ customer { orders(first: 100) { totalCount windowFrom nodes { number kind state placedAt } } } }",
        _customer(
            "orders",
            lambda who, reach: {
                **shown.rows(map(shown.order, orders(who, reach))),
                "windowFrom": ORDERS_FROM.isoformat(),
            },
        ),
        _at("customer.orders", "orders.list"),
    ),
    "orders.detail": Case(
        "query ($id: ID!) { order(id: $id) { number kind state placedAt items {"
        "  name state updatedOn phases { name reachedAt } line { number } lineNumber"
        "  shipment { carrier trackingCode steps { state reachedAt } } } } }",
        _order_details,
        _at("order", "orders.detail"),
    ),
    "offers.read": Case(
        f"{{ customer {{ offers {{ totalCount nodes {{ {offered.SELECTION} }} }} }} }}",
        _customer("offers", lambda who, _reach: shown.rows(offered.offers(who))),
        _at("customer.offers", "offers.read"),
    ),
    "requests.list": Case(
        "{ customer { requests(first: 100) { totalCount windowFrom nodes { reference kind state madeAt } } } }",
        _customer(
            "requests",
            lambda who, reach: {
                **shown.rows(map(shown.request, requests(who, reach))),
                "windowFrom": ORDERS_FROM.isoformat(),
            },
        ),
        _at("customer.requests", "requests.list"),
    ),
    "requests.detail": Case(
        "query ($id: ID!) { request(id: $id) { reference kind state madeAt updatedAt line { number } lineNumber"
        "  moreInformation ticket { number state openedAt note } document { id fileName ready } } }",
        _request_details,
        _at("request", "requests.detail"),
    ),
    "support.faq": Case(
        "{ faqs { topic question answer } }",
        lambda _who, _reach: [Ask({}, {"faqs": helped.questions()})],
        _never,
    ),
    "support.call": Case(
        assisted.BOOK,
        lambda who, _reach: [Ask(*each) for each in assisted.books(who)],
        _never,
    ),
    "support.mail": Case(
        assisted.MAIL,
        lambda who, _reach: [Ask(*each) for each in assisted.mails(who)],
        _never,
    ),
    "personal.email": Case(
        assisted.EMAIL,
        lambda who, _reach: [Ask(*each) for each in assisted.emails(who)],
        _never,
    ),
    "personal.credentials": Case(
        assisted.CREDENTIALS,
        lambda _who, _reach: [Ask(*each) for each in assisted.credentials()],
        _never,
    ),
    "support.chat": Case(
        assisted.CHAT,
        lambda who, _reach: [Ask(*each) for each in assisted.chats(who)],
        _never,
    ),
    "support.contacts": Case(
        "{ contacts { kind open url slots { from to } } }",
        lambda who, _reach: [Ask({}, {"contacts": helped.contacts(who)})],
        _never,
    ),
}

CELLS = [(function, profile) for function in CASES for profile in list(matrix()["viewer.read"])[4:]]
"""Every case with every profile, in the matrix's order."""
