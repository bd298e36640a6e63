"""The home page as it is due on the sandbox's day, a Sunday nine days before the end of the month.

The rules are those of the file that comes with the BFF, worked out here by hand for each profile.
"""

from collections.abc import Callable
from typing import Any

from tests.journeys import offered, shown, used
from tests.journeys.acting import Acting, fixed_lines, holdings, invoices, mobile_lines

AREA = "https://business.example"
MANAGERS = {"LEGAL_REPRESENTATIVE", "ADMIN_FULL"}
PAYERS = {*MANAGERS, "ADMIN_LIGHT", "CEASED_CUSTOMER"}
END_USERS = {"END_USER", "END_USER_PURCHASER"}

Link = dict[str, Any]
Test = Callable[[Acting], bool]


def dashboard(who: Acting) -> dict[str, Any]:
    """Give what every profile sees beside the lists of other pages."""
    return {
        "greeting": {
            "firstName": who.user.person.first_name,
            "lastName": who.user.person.last_name,
            "profile": who.profile,
            "taxCode": who.user.person.tax_code,
            "companyName": who.company.name,
            "companyTaxCode": who.company.tax_code,
        },
        "alerts": alerts(who),
        "tools": tools(who),
        "freshness": [{"system": system, "state": "FRESH"} for system in systems(who)],
    }


def systems(who: Acting) -> list[str]:
    """Name the networks that the page reads; end users and ceased customers have one."""
    if who.profile == "CEASED_CUSTOMER":
        return ["FIXED"]
    return ["MOBILE"] if who.profile in END_USERS else ["MOBILE", "FIXED"]


def alerts(who: Acting) -> list[Link]:
    """Give the notices of the rules."""
    overdue = sum(shown.invoice(bill, who)["state"] == "OVERDUE" for bill in invoices(who))
    suspended = sum(shown.line(line)["state"] in {"SUSPENDED", "BLOCKED"} for line in holdings(who, reach(who)))
    told = []
    if overdue and who.profile in PAYERS:
        told.append({"severity": "WARNING", "message": f"Fatture scadute degli ultimi 12 mesi: {overdue}."})
    if suspended:
        told.append({"severity": "WARNING", "message": f"Linee sospese o bloccate: {suspended}."})
    return told


def reach(who: Acting) -> str:
    """Give which lines the profile reaches."""
    return who.may["company.holdings"]


def tools(who: Acting) -> list[Link]:
    """Give the tools."""
    reports = [_link("Report dei consumi", "/reports")] if who.profile in PAYERS - {"CEASED_CUSTOMER"} else []
    return [
        {"label": "Misura la velocità della linea", "url": "https://www.misurainternet.it/"},
        *reports,
        _link("Domande frequenti", "/assistance/faq"),
    ]


def shortcuts(who: Acting) -> list[Link]:
    """Give the shortcuts."""
    manages = who.profile in MANAGERS
    wanted = [
        (who.profile in PAYERS, "Paga le fatture", "/invoices/to-pay"),
        (manages and bool(who.company.mobile_lines), "Blocca una SIM", "/lines/mobile"),
        (who.profile == "LEGAL_REPRESENTATIVE", "Gestisci le utenze", "/company/users"),
        (manages and bool(who.company.fixed_lines), "Trasloca una linea fissa", "/lines/fixed"),
        (who.profile in END_USERS, "I miei consumi", "/consumption"),
    ]
    return [_link(label, path) for shown_, label, path in wanted if shown_]


def boxes(who: Acting) -> list[Link]:
    """Give the boxes: that of the offers, then those of the rules."""
    return [*offered.box(who), *_ruled_boxes(who)]


def _ruled_boxes(who: Acting) -> list[Link]:
    """Give the boxes of the rules: all companies of the personas that manage have both networks."""
    assert who.profile not in MANAGERS or (mobile_lines(who, "all") and fixed_lines(who, "all"))
    if who.profile not in {*MANAGERS, "END_USER_PURCHASER"}:
        return []
    return [
        {
            "title": "Le offerte di fine anno",
            "text": "Fino al 31 dicembre, per le aziende.",
            "mediaUrl": f"{AREA}/media/year-end-2026.mp4",
            "url": f"{AREA}/offers/year-end",
            "endsAt": "2027-01-01T00:00:00+01:00",
            "offer": None,
        }
    ]


def traffic(who: Acting) -> list[dict[str, Any]] | None:
    """Give what is left on the person's own line; None without one."""
    return next((used.offers(line) for line in mobile_lines(who, "own")), None)


def _link(label: str, path: str) -> Link:
    return {"label": label, "url": AREA + path}
