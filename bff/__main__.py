"""The command line: `python -m bff serve | schema | check-config`."""

import argparse
import sys
from pathlib import Path

import uvicorn

from bff.app import create_app
from bff.http.protocol import BoundedHeaders
from bff.observability import configure_logs
from bff.schema import sdl
from bff.settings import Settings, SettingsError

SDL = Path("schema.graphql")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bff", description="The customer area's backend-for-frontend.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="serve HTTP; every setting is an environment variable (docs/configuration.md)")
    commands.add_parser("check-config", help="read the settings and say what is wrong with them")
    schema = commands.add_parser("schema", help="print the schema")
    schema.add_argument("--write", action="store_true", help=f"write it to {SDL}")
    schema.add_argument("--check", action="store_true", help=f"fail when {SDL} is stale")
    chosen = parser.parse_args(arguments)
    if chosen.command == "schema":
        return _schema(write=chosen.write, check=chosen.check)
    try:
        settings = Settings.read()
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the answer of a command
        return 2
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


def _serve(settings: Settings) -> None:
    uvicorn.run(
        "bff.__main__:serving",
        factory=True,
        host=settings.host,
        port=settings.port,
        http=BoundedHeaders,
        workers=settings.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=25,
    )


def serving() -> object:
    """Make the application of one worker process."""
    settings = Settings.read()
    configure_logs(settings.log_level, settings.log_format)
    return create_app(settings)


if __name__ == "__main__":
    sys.exit(main())
