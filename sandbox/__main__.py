"""The sandbox's command line: serve · run · token · personas · quirks."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec

from sandbox import matrix
from sandbox._faults import read_rules
from sandbox.clock import DEFAULT_NOW, ROME
from sandbox.credentials import (
    DIRECTORY_KEY,
    EVENT_KEY,
    FIXED_PASSWORD,
    FIXED_USERNAME,
    IDENTITY_KEY,
    MOBILE_KEY,
    PAYMENT_EVENT_KEY,
    PAYMENT_KEY,
)
from sandbox.external.area import PATH as AREA
from sandbox.server import HOST, SYSTEMS, PortTaken, Sandbox
from sandbox.together import Child, Stop, answers, live_together
from sandbox.world.build import build_world

_FIRST_QUERY = Path("operations/first.graphql")
_ADMIN = SYSTEMS.index("admin")
_EXTERNAL = SYSTEMS.index("external")
_BASE_PORT = 8001


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; give the exit code."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.command(options)
    except (PortTaken, _Unusable) as error:
        print(f"sandbox: {error}", file=sys.stderr)  # noqa: T201 - a command line prints
        return 1
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


class _Unusable(Exception):
    """What was asked for can't be done; the text says why and what would help."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="The systems behind the BFF, as stand-ins.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = _command(commands, "serve", _serve, "start the stand-ins")
    serve.add_argument("--port", type=int, default=_BASE_PORT, help="the first of eight ports (default: 8001)")
    serve.add_argument("--clock-file", type=Path, help="where to write the shift of time for the BFF")
    run = _command(commands, "run", _run, "start the stand-ins and the BFF")
    run.add_argument(
        "--port", type=int, default=8000, help="the BFF's port; the stand-ins get the next (default: 8000)"
    )
    for command in (serve, run):
        _add_world_options(command)
    token = _command(commands, "token", _token, "print an access token of the running sandbox")
    token.add_argument("persona", help="one of those that `personas` lists")
    token.add_argument("--port", type=int, default=_BASE_PORT, help="the sandbox's first port (default: 8001)")
    _command(commands, "personas", _personas, "list the personas")
    quirks = _command(commands, "quirks", _quirks, "print which quirk can strike which operation")
    quirks.add_argument("--write", action="store_true", help=f"write it to {matrix.PAGE}")
    return parser


def _command(commands: Any, name: str, act: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(command=act)
    return parser


def _add_world_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--now", type=_moment, default=DEFAULT_NOW, help="the time at start, as ISO 8601")
    parser.add_argument("--seed", type=int, default=1, help="another number makes other data (default: 1)")
    parser.add_argument(
        "--latency", action=argparse.BooleanOptionalAction, default=True, help="answer as slowly as the real systems"
    )
    parser.add_argument("--faults", type=Path, help="a JSON file with rules of what goes wrong")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=ROME)


def _serve(options: argparse.Namespace) -> int:
    stop = Stop()
    with Sandbox(
        now=options.now,
        seed=options.seed,
        latency=options.latency,
        faults=_rules(options.faults),
        base_port=options.port,
        clock_file=options.clock_file,
    ) as sandbox:
        sandbox.trusted.issuer = f"http://{HOST}:{options.port - 1}"
        sandbox.listener.url = f"{sandbox.trusted.issuer}/hooks/tmf"
        sandbox.payments.url = f"{sandbox.trusted.issuer}/hooks/payments"
        sandbox.trusted.keys_url = f"{sandbox.trusted.issuer}/.well-known/jwks.json"
        for system in SYSTEMS:
            _say(f"{system:<10} {getattr(sandbox.urls, system)}")
        if options.clock_file is None:  # whoever names the file has settings of their own
            _say(_settings(options.port - 1, sandbox.clock_file))
        while not stop.wait(1) and sandbox.is_running:
            pass
        return 0 if sandbox.is_running else 1


def _settings(port: int, clock_file: Path) -> str:
    """Give the lines for a shell from which `python -m bff serve` then starts above this sandbox."""
    lines = (f"export {name}={shlex.quote(value)}" for name, value in bff_environment(port, clock_file).items())
    return "\n".join(["", "For a BFF of your own, `python -m bff serve` in a shell with:", *lines])


def _rules(file: Path | None) -> list[Any]:
    try:
        return [] if file is None else list(read_rules(file.read_bytes()))
    except OSError as error:
        raise _Unusable(f"can't read {file}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise _Unusable(f"{file}: {error}") from error


def _run(options: argparse.Namespace) -> int:
    stop = Stop()
    for port in range(options.port, options.port + len(SYSTEMS) + 1):
        if answers(port):
            raise _Unusable(f"port {port} is in use: end what uses it, or choose others, for example --port 8100")
    _rules(options.faults)
    with tempfile.TemporaryDirectory(prefix="sandbox-") as directory:
        clock_file = Path(directory, "clock")
        base = options.port + 1
        children = [
            Child("the sandbox", _serve_command(options, base, clock_file), os.environ, base),
            Child(
                "the BFF",
                [sys.executable, "-m", "bff", "serve"],
                {**bff_environment(options.port, clock_file), **os.environ},
                options.port,
            ),
        ]
        return live_together(children, say=_say, when_up=lambda: _welcome(options), stop=stop)


def _serve_command(options: argparse.Namespace, base: int, clock_file: Path) -> list[str]:
    command = [sys.executable, "-m", "sandbox", "serve", "--port", str(base), "--clock-file", str(clock_file)]
    command += ["--now", options.now.isoformat(), "--seed", str(options.seed)]
    command += ["--latency" if options.latency else "--no-latency"]
    return [*command, "--faults", str(options.faults)] if options.faults else command


def bff_environment(port: int, clock_file: Path) -> dict[str, str]:
    """Give the BFF's settings for a sandbox on the ports after its own; the caller's environment goes before these."""
    urls = {system: f"http://{HOST}:{port + offset}" for offset, system in enumerate(SYSTEMS, start=1)}
    return {
        "BFF_ENV": "development",
        "BFF_PORT": str(port),
        "BFF_MOBILE_URL": urls["mobile"],
        "BFF_MOBILE_KEY": MOBILE_KEY,
        "BFF_FIXED_URL": urls["fixed"],
        "BFF_FIXED_USERNAME": FIXED_USERNAME,
        "BFF_FIXED_PASSWORD": FIXED_PASSWORD,
        "BFF_DIRECTORY_URL": urls["directory"],
        "BFF_DIRECTORY_KEY": DIRECTORY_KEY,
        "BFF_OIDC_ISSUER": urls["identity"],
        "BFF_OIDC_AUDIENCE": "bff",
        "BFF_OIDC_STAFF_AUDIENCE": "bff-staff",
        "BFF_IDENTITY_KEY": IDENTITY_KEY,
        "BFF_MAIL_URL": urls["mail"].replace("http", "smtp"),
        "BFF_EU_CONTROL_URL": f"{urls['external']}/eu-control",
        "BFF_TUCONTI_URL": f"{urls['external']}/tuconti",
        "BFF_EVOLUZIONE_UFFICIO_URL": f"{urls['external']}/evoluzione-ufficio",
        "BFF_EBILL_URL": f"{urls['external']}/ebill",
        "BFF_EBPFA_URL": f"{urls['external']}/ebpfa",
        "BFF_CHAT_URL": f"{urls['external']}/chat",
        "BFF_CLOCK_FILE": str(clock_file),
        "BFF_EVENT_KEYS": EVENT_KEY,
        "BFF_PAYMENT_URL": urls["payment"],
        "BFF_PAYMENT_KEY": PAYMENT_KEY,
        "BFF_PAYMENT_EVENT_KEYS": PAYMENT_EVENT_KEY,
        "BFF_AREA_URL": f"{urls['external']}/{AREA}",
        "BFF_CORS_ORIGINS": f"http://localhost:3000,http://localhost:5173,http://localhost:{port},{urls['external']}",
        "BFF_FIXED_ASSISTANCE_URL": "https://old.example/fixed/help",
        "BFF_MOBILE_ASSISTANCE_URL": "https://old.example/mobile/help",
        "BFF_MEDIA_HOSTS": "media.business.example",
        "BFF_GRAPHIQL": "true",
        "BFF_LOG_FORMAT": "console",
        "BFF_SANDBOX_PERSONAS_URL": f"{urls['admin']}/personas",
    }


def _welcome(options: argparse.Namespace) -> None:
    bff, base = f"http://localhost:{options.port}", options.port + 1
    sign_in = f"{_python()} -m sandbox token %s" + ("" if base == _BASE_PORT else f" --port {base}")
    _say(
        f"""
GraphQL   {bff}/graphql
GraphiQL  {bff}/graphiql
Health    {bff}/health/ready
Admin     http://{HOST}:{base + _ADMIN}/health  (also /ledger, /faults, /clock, /personas)
Register  http://{HOST}:{base + _EXTERNAL}/{AREA}/registration
Mailbox   http://{HOST}:{base + _ADMIN}/_sandbox/mailbox

An access token, to sign in as:
{_persona_table(options.now, options.seed, sign_in)}
"""
    )
    if _FIRST_QUERY.exists():
        _say(f"A first query to paste into GraphiQL ({_FIRST_QUERY}):\n\n{_FIRST_QUERY.read_text(encoding='utf-8')}")
    _say("Ctrl-C ends everything.")


def _python() -> str:
    """Name the interpreter as a person at the project's root would."""
    return ".venv/bin/python" if Path(".venv/bin/python").exists() else "python"


def _token(options: argparse.Namespace) -> int:
    url = f"http://{HOST}:{options.port + _ADMIN}/personas?tokens=true"
    try:
        listed = httpx.get(url).raise_for_status().json()
    except httpx.HTTPError as error:
        raise _Unusable(
            f"no sandbox answers on port {options.port + _ADMIN}; start one with `serve` or `run`"
        ) from error
    tokens = {persona["name"]: persona["token"] for persona in listed}
    if options.persona not in tokens:
        raise _Unusable(f"no persona {options.persona!r}; there are {', '.join(tokens)}")
    _say(tokens[options.persona])
    return 0


def _personas(_options: argparse.Namespace) -> int:
    _say(_persona_table(DEFAULT_NOW, 1, "%s"))
    return 0


def _quirks(options: argparse.Namespace) -> int:
    if options.write:
        matrix.PAGE.write_text(matrix.page(), encoding="utf-8")
    else:
        _say(matrix.page())
    return 0


def _persona_table(now: datetime, seed: int, sign_in: str) -> str:
    """List the personas, each behind its name as `sign_in` writes it."""
    rows = [(sign_in % persona.name, persona.title) for persona in build_world(now, seed).personas]
    width = max(len(command) for command, _ in rows)
    return "\n".join(f"{command:<{width}}  {title}" for command, title in rows)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command line prints


if __name__ == "__main__":
    sys.exit(main())
