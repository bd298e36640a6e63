"""What can be done with a thing, and why not when not.

Each mutation brings its own condition here, the same that it checks when it runs; this API has none yet.
"""

from collections.abc import Sequence

from bff.context import Context
from bff.domain.action import Action


def of(_context: Context, rows: Sequence[object]) -> list[list[Action]]:
    """Give the buttons of each thing."""
    return [[] for _ in rows]
