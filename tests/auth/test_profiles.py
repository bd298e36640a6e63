"""That the matrix is the business's own, and that a mistake in it stops the start."""

from importlib.resources import files
from pathlib import Path

import pytest

from bff.auth.profiles import MATRIX, MatrixError, Rule, read_matrix
from bff.domain.profile import Profile, Reach

SPEC = Path(__file__).parents[3] / "shared/spec/profile-matrix.csv"
HEADER = "id,section,function,kind," + ",".join(profile.value for profile in Profile)
GOOD = "invoices.list,invoices,Invoices,query,all,all,own,no,no,all"


@pytest.mark.skipif(not SPEC.exists(), reason="the spec is not beside this checkout")
def test_the_matrix_is_the_specs_own() -> None:
    assert (files("bff.auth") / "matrix.csv").read_bytes() == SPEC.read_bytes()


def test_every_row_of_the_file_is_a_rule() -> None:
    rows = (files("bff.auth") / "matrix.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == list(MATRIX)


def test_a_rule_says_who_gets_which_rows() -> None:
    rule = read_matrix(f"{HEADER}\n{GOOD}\n")["invoices.list"]
    assert rule == Rule(
        function="invoices.list",
        kind="query",
        all=(Profile.LEGAL_REPRESENTATIVE, Profile.ADMIN_FULL, Profile.CEASED_CUSTOMER),
        own=(Profile.ADMIN_LIGHT,),
        public=False,
    )
    assert rule.reach(Profile.LEGAL_REPRESENTATIVE) is Reach.ALL
    assert rule.reach(Profile.ADMIN_LIGHT) is Reach.OWN
    assert rule.reach(Profile.END_USER) is None


def test_without_a_profile_only_what_is_public_is_allowed() -> None:
    assert {function for function, rule in MATRIX.items() if rule.reach(None)} == {
        "registration.start",
        "registration.verify",
        "registration.person",
        "registration.account",
        "registration.complete",
    }


def test_what_is_public_is_allowed_to_every_profile() -> None:
    assert {MATRIX["registration.start"].reach(profile) for profile in Profile} == {Reach.ALL}


def test_the_matrix_can_not_be_changed() -> None:
    with pytest.raises(TypeError):
        MATRIX["invoices.list"] = MATRIX["orders.list"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("rows", "mistake"),
    [
        ("", "row 1: the columns are  instead of id, section"),
        (HEADER.replace("END_USER", "GUEST") + "\n" + GOOD, "row 1: the columns are .*GUEST"),
        (HEADER + ",SPY\n" + GOOD, "row 1: the columns are .*SPY"),
        (f"{HEADER}\n{GOOD.replace('own', 'mine')}", "row 2 .invoices.list., column ADMIN_LIGHT: 'mine'"),
        (f"{HEADER}\n{GOOD.replace('own', '')}", "row 2 .invoices.list., column ADMIN_LIGHT: ''"),
        (f"{HEADER}\n{GOOD.replace('own', 'public')}", "column LEGAL_REPRESENTATIVE: 'all' in a row that is public"),
        (f"{HEADER}\n{GOOD.replace('query', 'read')}", "row 2 .invoices.list., column kind: 'read'"),
        (f"{HEADER}\n{GOOD.removeprefix('invoices.list')}", "row 2 .*, column id: is empty"),
        (f"{HEADER}\n{GOOD}\n{GOOD}", "row 3, column id: invoices.list stands twice"),
        (f"{HEADER}\n{GOOD},all", "row 2: 11 cells instead of 10"),
        (f"{HEADER}\n\n", "row 2: 0 cells instead of 10"),
    ],
)
def test_a_mistake_is_named_by_row_and_column(rows: str, mistake: str) -> None:
    with pytest.raises(MatrixError, match=mistake):
        read_matrix(rows)
