"""That the engine and graphql-core agree, on three thousand random cases; `make fuzz` runs more."""

import pytest

from tests.execution import fuzz

pytestmark = pytest.mark.anyio


async def test_the_engine_and_graphql_core_agree_on_three_thousand_random_operations() -> None:
    failing = await fuzz.run(seed=0, count=3000)
    assert 1000 < failing < 2900, "the cases hold failures, and some hold none"
