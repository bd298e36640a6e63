"""What a file of engagement rules may say, and what is said of its mistakes."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bff.content import ContentError
from bff.content.engagement import read_engagement
from bff.domain.engagement import AlertSeverity, Fact, filled
from bff.domain.period import ROME
from bff.domain.profile import Profile

AREA = "https://area.example"
OWN = Path("bff/content/engagement.toml")

LINK = 'label = { it = "Vai", en = "Go" }\npage = "/go"\n'


def shortcut(*lines: str) -> str:
    return "\n".join(["[[shortcut]]", 'id = "one"', LINK, *lines])


def mistakes(text: str) -> list[str]:
    with pytest.raises(ContentError) as refused:
        read_engagement(text, "rules.toml", AREA)
    return refused.value.mistakes


def test_the_file_that_comes_with_the_bff_is_good() -> None:
    rules = read_engagement(OWN.read_text(encoding="utf-8"), OWN.name, AREA)
    assert all([rules.shortcuts, rules.boxes, rules.tools, rules.alerts])


def test_texts_of_the_file_that_comes_with_the_bff_are_good_of_one_as_of_many() -> None:
    told = OWN.read_text(encoding="utf-8")
    assert "{overdue_invoices}" in told
    assert re.findall(r"\{[a-z_]+\} \w+", told) == []  # a noun behind a number would be wrong for 1


def test_a_rule_is_read_whole() -> None:
    [rule] = read_engagement(
        """
        [[alert]]
        id = "due"
        severity = "CRITICAL"
        message = { it = "Da pagare: {invoices_to_pay}", en = "To pay: {invoices_to_pay}" }
        profiles = ["ADMIN_FULL"]
        segments = ["SME"]
        holds = ["MOBILE", "FIBRE"]
        lacks = ["PREPAID"]
        invoices_to_pay = 3
        from = 2026-11-01
        to = 2026-11-30
        last_days = 5
        weekdays = ["MONDAY", "SUNDAY"]
        """,
        "rules.toml",
        AREA,
    ).alerts
    assert (rule.id, rule.severity, rule.profiles) == ("due", AlertSeverity.CRITICAL, frozenset({Profile.ADMIN_FULL}))
    assert rule.target.segments == {"SME"}
    assert rule.target.holds == {Fact.MOBILE, Fact.FIBRE}
    assert rule.target.lacks == {Fact.PREPAID}
    assert rule.target.least == {Fact.INVOICES_TO_PAY: 3}
    assert (rule.schedule.first_days, rule.schedule.last_days, rule.schedule.weekdays) == (None, 5, frozenset({0, 6}))
    assert rule.schedule.starts_at == datetime(2026, 11, 1, tzinfo=ROME)
    assert rule.schedule.ends_at == datetime(2026, 12, 1, tzinfo=ROME)
    assert filled(rule.message, "en", {Fact.INVOICES_TO_PAY: 4}) == "To pay: 4"


def test_a_page_is_a_path_of_the_area_or_a_whole_address() -> None:
    text = f'{shortcut()}\n[[tool]]\nid = "two"\nlabel = {{ it = "V", en = "G" }}\npage = "https://other.example/x"\n'
    rules = read_engagement(text, "rules.toml", AREA)
    assert [rules.shortcuts[0].url, rules.tools[0].url] == ["https://area.example/go", "https://other.example/x"]


def test_the_hour_that_comes_twice_is_a_whole_campaign() -> None:
    text = shortcut("from = 2026-10-25T02:30:00", "to = 2026-10-25T02:30:00")
    [rule] = read_engagement(text, "rules.toml", AREA).shortcuts
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert [rule.schedule.holds(first + timedelta(minutes=minutes)) for minutes in (-1, 0, 59, 60)] == [
        *(False, True, True, False)
    ]


def test_an_hour_that_comes_twice_begins_at_its_first_and_ends_at_its_second() -> None:
    text = shortcut("from = 2026-10-25T02:30:00", "to = 2027-10-31T02:30:00")
    [rule] = read_engagement(text, "rules.toml", AREA).shortcuts
    assert rule.schedule.starts_at is not None
    assert rule.schedule.ends_at is not None
    assert rule.schedule.starts_at.utcoffset() == timedelta(hours=2)
    assert rule.schedule.ends_at.utcoffset() == timedelta(hours=1)


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ('profile = ["ADMIN_FULL"]', "profile is not known; did you mean profiles?"),
        ('profiles = ["ADMIN"]', "profiles holds 'ADMIN'; give some of LEGAL_REPRESENTATIVE, ADMIN_FULL,"),
        ("profiles = []", 'profiles is no list of texts or empty; write profiles = ["…", "…"]'),
        ('weekdays = ["mon"]', "weekdays holds 'mon'; give some of MONDAY, TUESDAY, WEDNESDAY,"),
        ('holds = ["ADSL"]', "holds holds 'ADSL'; give some of MOBILE, FIXED, PREPAID, FIBRE"),
        ("last_days = 0", "last_days is 0; give a whole number from 1 to 31"),
        ("first_days = true", "first_days is True; give a whole number from 1 to 31"),
        ("overdue_invoices = 1.5", "overdue_invoices is 1.5; give a whole number from 1 to 10000"),
        ('from = "1 November"', "from is 1 November; write from = 2026-11-22 or 2026-11-22T09:00:00, in Rome"),
        ("to = 9999-12-31", "to is 9999-12-31; write to = 2026-11-22 or 2026-11-22T09:00:00, in Rome"),
        (
            "from = 2026-03-29T02:30:00",
            "from is 2026-03-29 02:30:00, which Rome's clocks skip; give a moment an hour later",
        ),
        ("from = 2026-11-02\nto = 2026-11-01", "to is not after from; give a later day or moment"),
        (
            'holds = ["FIXED"]\nlacks = ["FIXED"]',
            "lacks holds FIXED, as holds does; no customer is both; name it once",
        ),
    ],
)
def test_a_mistake_names_file_rule_and_what_would_be_right(line: str, mistake: str) -> None:
    [found] = mistakes(shortcut(line))
    assert found.startswith(f'rules.toml, shortcut "one": {mistake}')


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ('id = "x"\npage = "/go"', 'label is missing; write label = { it = "…", en = "…" }'),
        (
            'id = "x"\nlabel = "Vai"\npage = "/go"',
            'label is not in two languages; write label = { it = "…", en = "…" }',
        ),
        (
            'id = "x"\npage = "go"\nlabel = { it = "V", en = "G" }',
            'page is no address; write page = "/a/page/of/the/area" or "https://…"',
        ),
    ],
)
def test_a_text_or_a_page_that_is_missing_or_no_such_is_told(text: str, mistake: str) -> None:
    assert mistakes(f"[[shortcut]]\n{text}\n") == [f'rules.toml, shortcut "x": {mistake}']


@pytest.mark.parametrize(
    "page",
    [
        "",
        "go",
        "//evil.example",
        "https://",
        "https:///x",
        "http://plain.example",
        "javascript:alert(1)",
        "/a b",
        "/a\\tb",
    ],
)
def test_what_is_no_address_is_refused(page: str) -> None:
    [found] = mistakes(f'[[tool]]\nid = "x"\nlabel = {{ it = "V", en = "G" }}\npage = "{page}"\n')
    assert found.startswith('rules.toml, tool "x": page is no address')


def test_a_language_that_is_missing_is_told() -> None:
    text = '[[shortcut]]\nid = "x"\npage = "/go"\nlabel = { it = "Vai" }\n'
    assert mistakes(text) == ['rules.toml, shortcut "x", label: en is missing; write en = "…"']


def test_a_number_in_a_text_that_the_rule_does_not_ask_for_is_told() -> None:
    text = '[[shortcut]]\nid = "x"\npage = "/go"\nlabel = { it = "{overdue_invoices}", en = "some" }\n'
    [found] = mistakes(text)
    assert found.startswith('rules.toml, shortcut "x": {overdue_invoices} is no number that the rule asks for')


def test_all_mistakes_are_told_at_once() -> None:
    text = f'{shortcut("last_days = 40")}\n{shortcut()}\n[[bux]]\nid = "y"\n[[alert]]\nseverity = "BAD"\n'
    assert [found.partition(";")[0] for found in mistakes(text)] == [
        "rules.toml: bux is not known",
        'rules.toml, shortcut "one": last_days is 40',
        "rules.toml, shortcut \"one\": id is 'one', which an earlier rule has",
        "rules.toml, alert 1: severity is 'BAD'",
        "rules.toml, alert 1: message is missing",
        "rules.toml, alert 1: id is missing",
    ]


# --- the page that explains it ----------------------------------------------------------------------------------------

PAGE = Path("docs/engagement.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def test_the_example_of_the_documentation_is_a_good_rule() -> None:
    [box] = read_engagement(EXAMPLES[0], "example.toml", AREA).boxes
    assert box.target.facts == {Fact.SEGMENT, Fact.MOBILE, Fact.FIXED}
    assert box.schedule.ends_at == datetime(2026, 12, 25, tzinfo=ROME)


def test_the_documentation_tells_what_every_fact_costs() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|")]
    told = {fact for fact in Fact if any(f"`{fact.value}" in row.split(" | ")[0] for row in rows)}
    assert {*told, Fact.SEGMENT} == set(Fact)


def test_the_mistakes_that_the_documentation_shows_are_what_is_said() -> None:
    shown = [line.strip() for line in PAGE.splitlines() if line.startswith("  engagement.toml")]
    text = """
    [[box]]
    id = "christmas-fibre"
    title = { it = "Fibra" }
    page = "/offers"
    profile = ["ADMIN_FULL"]
    weekdays = ["mon"]
    from = 2026-12-24
    to = 2026-12-01
    [[shortcut]]
    id = "pay"
    label = { it = "Paga", en = "Pay" }
    page = "pay"
    [[alert]]
    id = "due"
    severity = "INFO"
    message = { it = "{overdue_invoices}", en = "Some" }
    """
    with pytest.raises(ContentError) as refused:
        read_engagement(text, "engagement.toml", AREA)
    assert sorted(refused.value.mistakes) == sorted(shown)
