"""What all servers read from: the sandbox with companies of one size, and its mobile network's answers replayed.

Run as a process, it prints one line of JSON that tells where it is and who may ask, and ends with its standard input.
The sandbox's stand-ins render every answer anew, which takes longer than any server needs to read it. So the mobile
network is asked through `replay`, which asks the sandbox once for each address and then repeats its bytes.
"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import msgspec

from benchmarks.replay import Replay
from sandbox import credentials
from sandbox.clock import DEFAULT_NOW
from sandbox.server import Sandbox
from sandbox.world.company import Maker, Plan
from sandbox.world.model import Membership, Persona, User, World

OFFICES = 40
"""Companies of a hundred lines, asked in turn. Decoded they are several times what a small cache holds."""

_SEED = 1
_OFFICE = Plan("office", "Ufficio S.r.l.", "Rossi", "Milano", mobile=(25, 25, 25, 25), months=14)
_CONCERN = Plan("concern", "Gruppo S.p.A.", "Bonfanti", "Parma", mobile=(200,) * 25, months=14)


class Asker(msgspec.Struct, frozen=True):
    """Who may ask for a company: the token that our BFF checks, the tax code that the peers are told."""

    token: str
    tax_code: str


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where the systems are, and who may ask."""

    mobile: str
    fixed: str
    directory: str
    identity: str
    clock_file: str
    offices: Sequence[Asker]
    concern: Asker


class _Estate(Sandbox):
    """The sandbox with a world of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = replace(self.stage, world=_world(DEFAULT_NOW))


def _world(now: datetime) -> World:
    plans = [replace(_OFFICE, key=f"office-{number}") for number in range(OFFICES)]
    makers = [Maker(plan, serial, _SEED, now) for serial, plan in enumerate([*plans, _CONCERN], start=1)]
    users = tuple(_representative(maker) for maker in makers)
    companies = tuple(maker.company(users) for maker in makers)
    return World(
        now=now,
        companies=companies,
        users=users,
        personas=tuple(
            Persona(maker.plan.key, maker.plan.name, user.subject, user.memberships[0].id)
            for maker, user in zip(makers, users, strict=True)
        ),
        by_tax_code={company.tax_code: company for company in companies},
    )


def _representative(maker: Maker) -> User:
    return User(
        id=f"USR-{maker.serial:06d}",
        subject=f"subject-{maker.serial}",
        username=f"representative.{maker.serial}",
        person=maker.owner,
        active=True,
        memberships=(
            Membership(
                id=f"MEM-{maker.serial:06d}",
                company_tax_code=maker.tax_code,
                profile="LEGAL_REPRESENTATIVE",
                registration_state="REGISTERED",
                active=True,
                line_id=None,
                origin="IMPORTED_MOBILE",
            ),
        ),
    )


def _address(estate: _Estate, mobile: str) -> Address:
    codes: Mapping[str, str] = {
        persona.name: company.tax_code
        for persona, company in zip(estate.world.personas, estate.world.companies, strict=True)
    }
    askers = [Asker(estate.token(name), code) for name, code in codes.items()]
    return Address(
        mobile=mobile,
        fixed=estate.urls.fixed,
        directory=estate.urls.directory,
        identity=estate.urls.identity,
        clock_file=str(estate.clock_file),
        offices=askers[:-1],
        concern=askers[-1],
    )


async def _serve(estate: _Estate) -> None:
    async with Replay(estate.urls.mobile, {"authorization": f"Bearer {credentials.MOBILE_KEY}"}) as replay:
        sys.stdout.buffer.write(msgspec.json.encode(_address(estate, replay.url)) + b"\n")
        sys.stdout.buffer.flush()
        await asyncio.to_thread(sys.stdin.buffer.read)


def main() -> None:
    """Stand until standard input ends."""
    with _Estate() as estate:
        Path(estate.clock_file).touch()
        asyncio.run(_serve(estate))


if __name__ == "__main__":
    main()
