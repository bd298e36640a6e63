"""The command line: `python -m bff serve | schema | explain | check-config | audit-mark | switch`."""

import argparse
import asyncio
import gc
import json
import sys
from collections.abc import Iterable
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import uvicorn

from bff.app import company_mark, create_app, open_contents, open_state
from bff.auth.profiles import MATRIX
from bff.backends import GROUPS
from bff.clock import RealClock
from bff.content import ContentError
from bff.domain.closing import Closure
from bff.domain.period import ROME
from bff.domain.profile import Profile
from bff.explain import explain
from bff.http.answer import Refused
from bff.http.documents import Asked
from bff.http.protocol import BoundedHeaders, BoundedSocket
from bff.observability import configure_logs
from bff.redis_client import FAILURES
from bff.schema import sdl
from bff.settings import Settings, SettingsError
from bff.state.switches import Switches

SDL = Path("schema.graphql")

_COLLECT_AFTER = (10_000, 10, 50)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bff", description="The customer area's backend-for-frontend.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="serve HTTP; every setting is an environment variable (docs/configuration.md)")
    commands.add_parser("check-config", help="read the settings and the content files and say what is wrong")
    schema = commands.add_parser("schema", help="print the schema")
    schema.add_argument("--write", action="store_true", help=f"write it to {SDL}")
    schema.add_argument("--check", action="store_true", help=f"fail when {SDL} is stale")
    _add_explain(commands.add_parser("explain", help="tell what a document costs, and its plan for each profile"))
    mark = commands.add_parser("audit-mark", help="tell the mark by which the audit log of staff names a company")
    mark.add_argument("tax_code", help="of the company")
    switch = commands.add_parser("switch", help="close systems and functions without a deploy, or list what is closed")
    switch.add_argument("act", nargs="?", choices=("list", "close", "open"), default="list")
    switch.add_argument(
        "name", nargs="?", help="a system (FIXED), a group of it (FIXED/invoices) or a function (invoices.list)"
    )
    switch.add_argument(
        "--until", type=_moment, help="when it opens again, in Rome where no offset is given: 2026-11-23T05:30"
    )
    chosen = parser.parse_args(arguments)
    if chosen.command == "switch" and chosen.act != "list" and chosen.name not in _closable():
        nearest = get_close_matches(chosen.name or "", _closable(), n=1)
        parser.error(f"a name is needed, such as {nearest[0] if nearest else 'FIXED'}")
    if chosen.command == "schema":
        return _schema(write=chosen.write, check=chosen.check)
    if chosen.command == "explain":
        asked = Asked(chosen.document, chosen.operation, chosen.variables)
        return _explain(asked, [Profile(chosen.profile)] if chosen.profile else list(Profile), table=chosen.all)
    try:
        settings = Settings.read()
        if chosen.command in {"serve", "check-config"}:  # the others must work on the worst of days
            open_contents(settings)
    except (SettingsError, ContentError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the answer of a command
        return 2
    if chosen.command == "switch":
        return asyncio.run(_switch(settings, chosen.act, chosen.name, chosen.until))
    if chosen.command == "audit-mark":
        print(company_mark(settings)(chosen.tax_code))  # noqa: T201
    if chosen.command == "serve":
        _serve(settings)
    return 0


def _schema(*, write: bool, check: bool) -> int:
    text = sdl()
    if check:
        if not SDL.is_file() or SDL.read_text(encoding="utf-8") != text:
            print(f"{SDL} is stale: run `make schema` and commit it.", file=sys.stderr)  # noqa: T201
            return 1
    elif write:
        SDL.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


def _add_explain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("document", metavar="FILE", type=_document, help="holds the document; - reads it from stdin")
    parser.add_argument("--operation", metavar="NAME", help="which one, where the document has several")
    parser.add_argument("--variables", metavar="JSON", type=_variables, help="they size lists, and skip or include")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--profile", choices=[profile.value for profile in Profile], help="for this profile only")
    shown.add_argument("--all", action="store_true", help="the numbers of each profile, as a table")


def _document(path: str) -> str:
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise argparse.ArgumentTypeError(f"{path} can't be read: {error}") from None


def _variables(text: str) -> dict[str, Any]:
    try:
        variables = json.loads(text)
    except ValueError:
        variables = None
    if not isinstance(variables, dict):
        raise argparse.ArgumentTypeError(f"{text!r} is no JSON object; write it as " + """'{"first": 20}'""")
    return variables


def _explain(asked: Asked, profiles: list[Profile], *, table: bool) -> int:
    try:
        sys.stdout.write(explain(asked, profiles, table=table))
    except Refused as refused:
        for error in refused.answer.errors:
            places = ", ".join(f"{place['line']}:{place['column']}" for place in error.get("locations", ()))
            print(f"{places}: {error['message']}" if places else error["message"], file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _closable() -> list[str]:
    """Name everything that can be closed."""
    systems = [system.value for system in GROUPS]
    groups = [f"{system.value}/{group}" for system, names in GROUPS.items() for group in names]
    return [*systems, *groups, *MATRIX]


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no moment; write it as 2026-11-23T05:30") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ROME)


async def _switch(settings: Settings, act: str, name: str, until: datetime | None) -> int:
    state = open_state(settings)
    if state is None:
        print("BFF_STATE_REDIS_URL is not set: without it there are no switches.", file=sys.stderr)  # noqa: T201
        return 2
    try:
        print("\n".join(await _switched(Switches(state, RealClock()), act, name, until)))  # noqa: T201
    except FAILURES as error:
        print(f"The state Redis does not answer: {type(error).__name__}.", file=sys.stderr)  # noqa: T201
        return 1
    finally:
        await state.aclose()
    return 0


async def _switched(switches: Switches, act: str, name: str, until: datetime | None) -> Iterable[str]:
    """Do what was asked, and tell what is closed then."""
    if act == "close":
        await switches.close(name, until)
    elif act == "open":
        await switches.open(name)
    closed = await switches.read()
    return [_closed(each, closure) for each, closure in sorted(closed.items())] or ["Everything is open."]


def _closed(name: str, closure: Closure) -> str:
    until = "until it is opened" if closure.until is None else f"until {closure.until:%Y-%m-%d %H:%M}"
    return f"{name} is closed {until}."


def _serve(settings: Settings) -> None:
    uvicorn.run(
        "bff.__main__:serving",
        factory=True,
        host=settings.host,
        port=settings.port,
        http=BoundedHeaders,
        ws=BoundedSocket,
        ws_max_size=settings.body_max_bytes,
        workers=settings.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=25,
    )


def serving() -> object:
    """Make the application of one worker process."""
    settings = Settings.read()
    configure_logs(settings.log_level, settings.log_format)
    app = create_app(settings)
    _keep_collector_away()
    return app


def _keep_collector_away() -> None:
    """Let the garbage collector pass over what stays, and look at the rest less often.

    What is there after the start stays, and what a request makes goes by itself when it ends, cycles excepted.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


if __name__ == "__main__":
    sys.exit(main())
