"""What one operation may use: who asks, its loaders, its day and language. Opened after the profile has decided."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bff.auth.ids import Ids
from bff.auth.principal import Principal
from bff.domain.closing import Closure
from bff.domain.period import rome_day
from bff.domain.profile import Grant
from bff.errors import Forbidden
from bff.loaders import Loaders


class Denial:
    """A selection that may not be used: one for all its occurrences, placed at the first.

    By the profile, or by nobody while its function is closed.
    """

    __slots__ = ("closure", "code", "count", "function", "message", "nodes", "path")

    def __init__(
        self,
        code: str,
        message: str,
        function: str | None,
        path: list[str | int],
        nodes: Sequence[Any],
        closure: Closure | None = None,
    ) -> None:
        self.code = code
        self.message = message
        self.function = function
        self.closure = closure
        self.path = path
        self.nodes = nodes
        self.count = 1


class Context:
    """One per operation.

    Attributes:
        principal: who asks, for which customer, with which profile.
        types: which records the profile may read at all, by class; an id in an argument obeys it.
        loaders: the operation's loaders; nothing is read past them.
        ids: turns natural keys into opaque ids and back.
        now: the moment of the operation, the same for all its fields.
        language: "it" or "en", by Accept-Language.
        closed: what operators have closed, by name; here those count that are functions of the matrix.
        denials: what was selected and may not be used, by path without list positions.
        levels: the executor's own: parents that wait to be asked together.
    """

    __slots__ = ("closed", "denials", "ids", "language", "levels", "loaders", "now", "principal", "types")

    def __init__(
        self,
        *,
        principal: Principal,
        types: Grant,
        loaders: Loaders,
        ids: Ids,
        now: datetime,
        language: str,
        closed: Mapping[str, Closure],
    ) -> None:
        self.principal = principal
        self.types = types
        self.loaders = loaders
        self.ids = ids
        self.now = now
        self.language = language
        self.closed = closed
        self.denials: dict[tuple[str, ...], Denial] = {}
        self.levels: dict[object, Any] = {}

    @property
    def customer(self) -> str:
        """Tax code of the company that the operation acts for.

        Raises:
            Forbidden: no membership is active; nothing that asks is open without one.
        """
        if (tax_code := self.principal.customer) is None:
            raise Forbidden
        return tax_code

    @property
    def today(self) -> date:
        """The operation's day in Rome."""
        return rome_day(self.now)

    def deny(self, denial: Denial) -> None:
        """Count a denied selection; the first occurrence gives the path."""
        place = tuple(step for step in denial.path if isinstance(step, str))
        if (known := self.denials.get(place)) is None:
            self.denials[place] = denial
        else:
            known.count += 1
