"""What is asked for: which quirk, where, how often, how. A rule that could never do what it says is refused."""

from __future__ import annotations

from typing import Literal

import msgspec

from sandbox._faults.quirk import MODES, Mode, Quirk
from sandbox._faults.reach import System, applies, modes, operations


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What a quirk can be told; each reads only what its description names. None stands for the quirk's default."""

    seconds: float | None = None
    mode: Mode | None = None
    by_clock: bool = False  # night_window: only from 23:30 to 05:30 in Rome, by the sandbox's clock
    code: str = "E999"
    message: str = "Errore interno"
    status: int = 502
    body: Literal["empty", "html", "plain"] = "html"
    content_type: str = "text/plain"
    keys: tuple[str, ...] = ()
    rows: int | None = None
    limit: int = 20


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """Where a quirk strikes (`*`: wherever it can), with which probability, at most how many `times` (None: no end)."""

    quirk: Quirk
    system: Literal["*", System] = "*"
    operation: str = "*"
    rate: float = 1.0
    times: int | None = None
    seed: int = 0
    parameters: Parameters = Parameters()

    def __post_init__(self) -> None:
        """Refuse a rule that could never do what it says."""
        if not 0 <= self.rate <= 1:
            raise ValueError("rate must be between 0 and 1")
        if self.quirk is Quirk.POISONED_KEY and not self.parameters.keys:
            raise ValueError("poisoned_key needs parameters.keys")
        self._check_place()
        self._check_mode()

    def _check_place(self) -> None:
        named = [place for place in operations() if self._names(*place)]
        if not named:
            raise ValueError(f"there is no operation {self.operation!r} of system {self.system!r}")
        if not any(self.quirk in applies(*place) for place in named):
            raise ValueError(f"{self.quirk} can't strike operation {self.operation!r} of system {self.system!r}")

    def _check_mode(self) -> None:
        mode = self.parameters.mode
        possible = MODES.get(self.quirk, ()) if self.system == "*" else modes(self.system, self.quirk)
        if mode is not None and mode not in possible:
            raise ValueError(f"{self.quirk} has no mode {mode!r} here; it has {', '.join(possible) or 'none'}")

    def strikes_at(self, system: System, operation: str) -> bool:
        """Tell whether a call of the operation can meet it."""
        return (
            self._names(system, operation)
            and self.quirk in applies(system, operation)
            and self.parameters.mode in {None, *modes(system, self.quirk)}
        )

    def _names(self, system: System, operation: str) -> bool:
        return self.system in {"*", system} and self.operation in {"*", operation}


def read_rules(text: str | bytes) -> list[Rule]:
    """Read rules from JSON: a list of objects. Raises msgspec.ValidationError that says what is wrong where."""
    return msgspec.json.decode(text, type=list[Rule])
