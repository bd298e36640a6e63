"""A file that is read at the start, and again when it has changed.

Whether it has changed is looked for at most every five seconds, by an operation that needs it: there is no task and no
signal that could be lost, and every worker finds out by itself. A file that has changed is read when it is still the
same a second later: one that is being written is good at times, empty or cut between two rules. A file that has become
wrong replaces nothing: what was good stays, and one log line tells every mistake, once for each change of the file.
Both are a few KB on a local disk, which the event loop can wait for.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from bff.content._table import ContentError
from bff.observability import logger

T = TypeVar("T")

RECHECK_S = 5.0
SETTLED_S = 1.0

_log = logger(__name__)

_Signature = tuple[int, int, int] | None


class Watched(Generic[T]):
    """One file and what was last read of it."""

    def __init__(self, path: Path, read: Callable[[str, str], T], monotonic: Callable[[], float]) -> None:
        """Name a file; `read` takes its text and its name, and raises ContentError."""
        self._path = path
        self._read = read
        self._monotonic = monotonic
        self._look_at = monotonic() + RECHECK_S
        self._signature: _Signature = None
        self._changing: _Signature = None
        self._value: T

    def open(self) -> None:
        """Read it for the first time. Raises ContentError."""
        self._signature = self._changing = self._seen()
        self._value = self._parsed()

    def current(self) -> T:
        """Give what holds now."""
        now = self._monotonic()
        if now >= self._look_at:
            self._look_at = now + (RECHECK_S if self._is_settled() else SETTLED_S)
        return self._value

    def _is_settled(self) -> bool:
        """Look at the file, and take a change over that was there at the last look; False when it has changed since."""
        seen, before = self._seen(), self._changing
        self._changing = seen
        if seen not in {before, self._signature}:
            return False
        if seen != self._signature:
            self._take_over(seen)
        return True

    def _take_over(self, signature: _Signature) -> None:
        self._signature = signature
        try:
            self._value = self._parsed()
        except ContentError as error:
            _log.error("content_refused", file=str(self._path), mistakes=error.mistakes)
        else:
            _log.info("content_taken_over", file=str(self._path))

    def _seen(self) -> _Signature:
        """Tell one state of the file from another; None while it is not there."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _parsed(self) -> T:
        try:
            text = self._path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise ContentError([f"{self._path}: can't be read ({why}); give a TOML file in UTF-8"]) from None
        return self._read(text, self._path.name)
