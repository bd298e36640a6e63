"""Help as it is due: questions of the file that comes with the BFF, ways to get help, free times of the sandbox."""

import tomllib
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from sandbox.clock import ROME
from sandbox.world.appointment import Slot, free_slots
from tests.journeys.acting import TODAY, Acting

FILE = tomllib.loads(Path("bff/content/support.toml").read_text(encoding="utf-8"))
MONDAY = TODAY + timedelta(days=1)


def questions(language: str = "it", topic: str | None = None) -> list[dict[str, str]]:
    """Give the questions of the file in one language."""
    return [
        {"topic": each["topic"], **each[language]}
        for each in FILE["question"]
        if topic is None or each["topic"] == topic
    ]


def contacts(who: Acting) -> list[dict[str, Any]]:
    """Give the ways to get help on the sandbox's day, a Sunday: nobody answers, the next five working days are free."""
    ways: list[dict[str, Any]] = [
        {"kind": "CALL_BACK", "open": False, "url": None, "slots": slots()},
        {"kind": "WEB_MAIL", "open": True, "url": None, "slots": None},
        {"kind": "CHAT", "open": False, "url": None, "slots": None},
    ]
    if who.company.fixed_customers and not who.profile.startswith("END_USER"):
        ways.append(_page("FIXED_ASSISTANCE", "fixed"))
    if who.company.mobile_party_id and who.profile != "CEASED_CUSTOMER":
        ways.append(_page("MOBILE_ASSISTANCE", "mobile"))
    return ways


def slots() -> list[dict[str, str]]:
    """Show the free half hours of Monday to Friday."""
    return [{"from": slot.start.isoformat(), "to": slot.end.isoformat()} for slot in free()]


def free() -> list[Slot]:
    """Give the free half hours of Monday to Friday."""
    start, end = (datetime.combine(MONDAY + timedelta(days=days), time.min, ROME) for days in (0, 5))
    return list(free_slots(start, end))


def _page(kind: str, network: str) -> dict[str, Any]:
    return {"kind": kind, "open": True, "url": f"https://old.example/{network}/help", "slots": None}
