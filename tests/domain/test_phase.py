"""That every macro-phase that the ordering systems tell has a name in both languages."""

import pytest

from bff.domain.phase import PHASES, phase_name
from sandbox.world.order import PHASES as TOLD

CODES = sorted({code for plan in TOLD.values() for code, _ in plan})


@pytest.mark.parametrize("code", CODES)
def test_a_phase_that_the_systems_tell_has_its_names(code: str) -> None:
    italian, english = phase_name(code, "it"), phase_name(code, "en")
    assert (italian, english) == PHASES[code]
    assert italian != english
    assert code not in {italian, english}
    assert italian[0].isupper()
    assert english[0].isupper()


def test_no_name_is_kept_for_a_phase_that_no_system_tells() -> None:
    assert sorted(PHASES) == CODES


def test_a_phase_that_is_not_known_stands_for_itself() -> None:
    assert phase_name("NEW_PHASE", "it") == phase_name("NEW_PHASE", "en") == "NEW_PHASE"


def test_another_language_gets_italian() -> None:
    assert phase_name("RECEIVED", "de") == "Ricevuto"
