"""The command line: what it prints, and with which code it ends."""

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bff.__main__ import main
from bff.schema import sdl
from tests.test_settings import DEVELOPMENT

ROOT = Path(__file__).parents[1]


def bff(*arguments: str, environ: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run `python -m bff` in a process of its own, whose environment has no setting but those given."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("BFF_")}  # noqa: TID251
    return subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, "-m", "bff", *arguments],
        cwd=ROOT,
        env=own | (environ or {}),
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_committed_schema_is_not_stale() -> None:
    done = bff("schema", "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == sdl()


def test_the_schema_is_written_where_one_stands_and_stale_until_then(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with contextlib.chdir(tmp_path):
        assert main(["schema", "--check"]) == 1, "there is none"
        Path("schema.graphql").write_text("type Query { old: Int }\n", encoding="utf-8")
        assert main(["schema", "--check"]) == 1, "there is an old one"
        assert capsys.readouterr().err == "schema.graphql is stale: run `make schema` and commit it.\n" * 2
        assert main(["schema", "--write"]) == 0
        assert Path("schema.graphql").read_text(encoding="utf-8") == sdl()
        assert main(["schema", "--check"]) == 0


def test_a_good_configuration_is_good() -> None:
    done = bff("check-config", environ=DEVELOPMENT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_content_file_with_a_mistake_is_explained_and_nothing_starts(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[[tool]]\nid = "one"\npage = "/one"\n', encoding="utf-8")
    environ = {**DEVELOPMENT, "BFF_ENGAGEMENT_FILE": str(rules)}
    for command in ("check-config", "serve"):
        done = bff(command, environ=environ)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            "The content files can't be used:\n"
            '  rules.toml, tool "one": label is missing; write label = { it = "…", en = "…" }\n'
        )
    assert "BFF_STATE_REDIS_URL" in bff("switch", environ=environ).stderr, "what closes a system starts all the same"


@pytest.mark.parametrize("command", ["check-config", "serve"])
def test_all_mistakes_of_a_configuration_are_listed_and_no_value_is_shown(command: str) -> None:
    wrong = {**DEVELOPMENT, "BFF_PORT": "many", "BFF_PRT": "hush-typo", "BFF_MOBILE_URL": "ftp://hush"}
    del wrong["BFF_FIXED_USERNAME"]
    done = bff(command, environ=wrong)
    assert (done.returncode, done.stdout) == (2, "")
    assert [line.strip().split(":")[0] for line in done.stderr.splitlines()] == [
        "The settings can't be used",
        "BFF_PRT",
        "BFF_PORT",
        "BFF_MOBILE_URL",
        "BFF_FIXED_USERNAME",
    ]
    assert "hush" not in done.stderr


@pytest.mark.parametrize("arguments", [[], ["explode"], ["schema", "--colour"]])
def test_what_is_no_command_is_refused_with_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m bff")


# --- explain ----------------------------------------------------------------------------------------------------------

TWO = "query Who { viewer { profile } } query First($n: Int!) { customer { lines(first: $n) { nodes { number } } } }"


def test_a_document_is_explained_without_any_setting() -> None:
    done = bff("explain", "operations/first.graphql", "--all")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("query First: 31 of 5,000 points\n\n  profile ")


def test_one_operation_is_explained_for_one_profile(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    document = tmp_path / "two.graphql"
    document.write_text(TWO, encoding="utf-8")
    chosen = ["--operation", "First", "--variables", '{"n": 9}', "--profile", "CEASED_CUSTOMER"]
    assert main(["explain", str(document), *chosen]) == 0
    assert capsys.readouterr().out.splitlines()[:5] == [
        "query First: 12 of 5,000 points",
        "",
        "CEASED_CUSTOMER",
        "  Query",
        "    customer  batch",
    ]


def test_what_would_be_refused_is_told_with_its_place(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for text, told in {
        "{ customer {\n  colour } }": "2:3: Cannot query field 'colour' on type 'Customer'.\n",
        TWO: "`operationName` is missing; the document has: Who, First.\n",
    }.items():
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        assert main(["explain", "-"]) == 1
        assert tuple(capsys.readouterr()) == ("", told)


@pytest.mark.parametrize(
    "arguments", [["missing.graphql"], ["operations/first.graphql", "--variables", "[]"], ["-", "--profile", "NOBODY"]]
)
def test_what_can_not_be_explained_is_refused_with_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["explain", *arguments])
    assert ended.value.code == 2
    assert "python -m bff explain: error: argument" in capsys.readouterr().err


# --- switches ---------------------------------------------------------------------------------------------------------


def switched(redis_url: str, *arguments: str) -> tuple[int, str, str]:
    done = bff("switch", *arguments, environ=DEVELOPMENT | {"BFF_STATE_REDIS_URL": redis_url})
    return done.returncode, done.stdout, done.stderr


@pytest.mark.redis
def test_an_operator_closes_opens_and_lists(redis_url: str) -> None:
    assert switched(redis_url) == (0, "Everything is open.\n", "")
    assert switched(redis_url, "close", "FIXED/invoices", "--until", "2099-11-23T05:30") == (
        0,
        "FIXED/invoices is closed until 2099-11-23 05:30.\n",
        "",
    )
    assert switched(redis_url, "close", "invoices.list") == (
        0,
        "FIXED/invoices is closed until 2099-11-23 05:30.\ninvoices.list is closed until it is opened.\n",
        "",
    )
    assert switched(redis_url, "open", "FIXED/invoices") == (0, "invoices.list is closed until it is opened.\n", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("close", "FIXD"), "a name is needed, such as FIXED"),
        (("close",), "a name is needed, such as FIXED"),
        (("close", "invoices.lst"), "a name is needed, such as invoices.list"),
        (
            ("close", "FIXED", "--until", "tomorrow"),
            "argument --until: 'tomorrow' is no moment; write it as 2026-11-23T05:30",
        ),
    ],
)
def test_a_switch_that_does_not_exist_is_refused_with_one_that_does(arguments: tuple[str, ...], said: str) -> None:
    done = bff("switch", *arguments, environ=DEVELOPMENT)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_without_a_state_redis_there_are_no_switches_and_without_an_answer_it_says_so() -> None:
    done = bff("switch", environ=DEVELOPMENT)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "BFF_STATE_REDIS_URL is not set: without it there are no switches.\n"
    code, out, err = switched("redis://127.0.0.1:1")
    assert (code, out) == (1, "")
    assert err == "The state Redis does not answer: ConnectionError.\n"


def test_the_audit_log_s_mark_of_a_company_is_always_the_same_and_tells_no_tax_code() -> None:
    one, again, other = (
        bff("audit-mark", tax_code, environ=DEVELOPMENT).stdout
        for tax_code in ("12345678903", "12345678903", "01234567897")
    )
    assert one == again != other
    assert re.fullmatch(r"[0-9a-f]{32}\n", one)


def test_the_collector_of_a_worker_passes_over_what_the_start_has_made() -> None:
    code = (
        "import gc; from bff.__main__ import serving; "
        "app = serving(); print(gc.get_freeze_count(), *gc.get_threshold())"
    )
    own = {name: value for name, value in os.environ.items() if not name.startswith("BFF_")}  # noqa: TID251
    printed = subprocess.check_output(  # noqa: S603 - our own code
        [sys.executable, "-c", code], cwd=ROOT, env=own | DEVELOPMENT, text=True
    )
    frozen, young, *_ = map(int, printed.split())
    assert frozen > 100_000
    assert young == 10_000
