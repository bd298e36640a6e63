"""What all servers read from: the sandbox with companies of some sizes, and its mobile network's answers replayed.

Run as a process, with a list of `Size` as JSON, it prints one line of JSON that tells where it is and who may ask, and
ends with its standard input.
The sandbox's stand-ins render every answer anew, which takes longer than any server needs to read it. So the mobile
network is asked through `replay`, which asks the sandbox once for each address and then repeats its bytes.
"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path

import msgspec

from benchmarks.replay import Replay
from sandbox import credentials
from sandbox.clock import DEFAULT_NOW
from sandbox.server import Sandbox
from sandbox.world.company import Maker, Plan
from sandbox.world.model import Membership, Persona, User, World

_SEED = 1


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """So many companies of one size; each contract has an account, with a bill a month."""

    companies: int = 1
    contracts: int
    lines: int
    """Of one contract."""
    months: int = 14


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
    askers: Sequence[Sequence[Asker]]
    """By size, as they were given."""


class _Estate(Sandbox):
    """The sandbox with a world of its own."""

    def __init__(self, sizes: Sequence[Size]) -> None:
        super().__init__()
        self.stage = replace(self.stage, world=_world(sizes, DEFAULT_NOW))


def _world(sizes: Sequence[Size], now: datetime) -> World:
    plans = [_plan(size, f"{number}-{each}") for number, size in enumerate(sizes) for each in range(size.companies)]
    makers = [Maker(plan, serial, _SEED, now) for serial, plan in enumerate(plans, start=1)]
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


def _plan(size: Size, key: str) -> Plan:
    mobile = (size.lines,) * size.contracts
    return Plan(key, "Ufficio S.r.l.", "Rossi", "Milano", mobile=mobile, months=size.months)


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


def _address(estate: _Estate, mobile: str, sizes: Sequence[Size]) -> Address:
    codes: Mapping[str, str] = {
        persona.name: company.tax_code
        for persona, company in zip(estate.world.personas, estate.world.companies, strict=True)
    }
    askers = iter([Asker(estate.token(name), code) for name, code in codes.items()])
    return Address(
        mobile=mobile,
        fixed=estate.urls.fixed,
        directory=estate.urls.directory,
        identity=estate.urls.identity,
        clock_file=str(estate.clock_file),
        askers=[list(islice(askers, size.companies)) for size in sizes],
    )


async def _serve(estate: _Estate, sizes: Sequence[Size]) -> None:
    async with Replay(estate.urls.mobile, {"authorization": f"Bearer {credentials.MOBILE_KEY}"}) as replay:
        sys.stdout.buffer.write(msgspec.json.encode(_address(estate, replay.url, sizes)) + b"\n")
        sys.stdout.buffer.flush()
        await asyncio.to_thread(sys.stdin.buffer.read)


def main() -> None:
    """Stand until standard input ends."""
    sizes = msgspec.json.decode(sys.argv[1], type=list[Size])
    with _Estate(sizes) as estate:
        Path(estate.clock_file).touch()
        asyncio.run(_serve(estate, sizes))


if __name__ == "__main__":
    main()
