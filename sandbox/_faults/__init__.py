"""Faults on demand: the quirks of the legacy systems, each by its name.

A rule says where a quirk strikes, how often and how many times. Nothing strikes unless a rule asks for it. Rules are
seeded: the same calls in the same order meet the same faults. `quirk` names them, `reach` says which operation can
meet which, `rule` is what is asked for, `draw` decides what strikes a call. How a quirk looks on the wire is `stage`'s
matter for whole answers, `wire`'s for values and encodings, the operation's for its rows and pages. Source: spec,
legacy.md, 'How these systems misbehave'.
"""

from sandbox._faults.draw import Faults, Injected, Strike
from sandbox._faults.quirk import MODES, NUMBERS, Mode, Quirk
from sandbox._faults.reach import System, applies, modes, operations
from sandbox._faults.rule import Parameters, Rule, read_rules

__all__ = [
    "MODES",
    "NUMBERS",
    "Faults",
    "Injected",
    "Mode",
    "Parameters",
    "Quirk",
    "Rule",
    "Strike",
    "System",
    "applies",
    "modes",
    "operations",
    "read_rules",
]
