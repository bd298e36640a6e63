"""Changes of the fixed system: SetPaperless. One of a request id that came before changes nothing more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from lxml import etree

from sandbox._deeds import Deed
from sandbox._faults import Injected, Quirk
from sandbox.fixed.finder import FINE, Holdings, outcome
from sandbox.fixed.soap import NAMES, Envelope, element
from sandbox.stage import Sandboxed

OPERATION: Final = "SetPaperless"
_LATER_S = 30.0


def put(stage: Sandboxed, asked: Envelope, injected: Injected) -> etree._Element:
    """Turn the paperless invoice of an account on or off."""
    code, request_id = _text(asked, "accountCode"), _text(asked, "header/t:externalRequestId")
    accounts = {account.code for company in stage.world.companies for account in company.fixed_accounts}
    if code not in accounts:
        return element(f"{OPERATION}Response", [("outcome", outcome("404", "E", "Conto inesistente"))])
    now, later = stage.clock.now(), injected.get(Quirk.LATE_READS)
    told_s = None if later is None else later.parameters.seconds
    late_s = 0.0 if later is None else _LATER_S if told_s is None else told_s
    paperless = _text(asked, "enabled").upper() == "S"
    stage.deeds.take(
        Deed(
            request_id or f"set-{len(stage.deeds):06d}",
            "paperless",
            code,
            paperless,
            now,
            now + timedelta(seconds=late_s),
        )
    )
    return element(f"{OPERATION}Response", [("outcome", FINE)])


def as_set(stage: Sandboxed, holdings: Holdings, asked: Envelope) -> Holdings:
    """Give the accounts of some customers as they were set."""
    now = stage.clock.now()
    changed = {
        key: [
            (company, replace(held, paperless=stage.deeds.value("paperless", held.code, held.paperless, now)))
            for company, held in holdings[key]
        ]
        for key in asked.keys
        if key in holdings
    }
    return {**holdings, **changed}


def _text(asked: Envelope, name: str) -> str:
    return asked.body.findtext(f"t:{name}", "", NAMES).strip()
