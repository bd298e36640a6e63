"""Bars as SVG, by hand: a logarithmic axis, each bar with its value, and a mark for the spread of the rounds."""

from collections.abc import Callable, Sequence
from html import escape
from math import ceil, floor, log10
from typing import Final, NamedTuple

_WIDTH: Final = 760
_LABEL: Final = 290  # pixels for the names
_VALUE: Final = 90  # pixels for the values
_ROW: Final = 26
_TOP: Final = 44
_BOTTOM: Final = 30


class Bar(NamedTuple):
    """A bar: its name, the median with the least and the most, and whether it stands out."""

    name: str
    value: float
    least: float
    most: float
    is_ours: bool


def bars(title: str, given: Sequence[Bar]) -> str:
    """Draw bars in the order given; values are positive."""
    low = floor(log10(min(bar.least for bar in given)))
    high = max(ceil(log10(max(bar.most for bar in given))), low + 1)

    def x(value: float) -> float:
        return round(_LABEL + (log10(value) - low) / (high - low) * (_WIDTH - _LABEL - _VALUE), 1)

    bottom = _TOP + _ROW * len(given)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {bottom + _BOTTOM}" role="img">',
        "<style>text {font: 13px system-ui, sans-serif}</style>",
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{bottom + _BOTTOM}" fill="#fff"/>',
        f'<text x="12" y="24" style="font-weight: 600">{escape(title)}</text>',
        *(_tick(x(10.0**power), 10.0**power, bottom) for power in range(low, high + 1)),
        *(part for index, bar in enumerate(given) for part in _bar(bar, _TOP + _ROW * index, x)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _tick(at: float, value: float, bottom: int) -> str:
    return (
        f'<path d="M{at} {_TOP - 6}V{bottom}" stroke="#ddd"/>'
        f'<text x="{at}" y="{bottom + 18}" text-anchor="middle" fill="#555">{value:g}</text>'
    )


def _bar(bar: Bar, top: int, x: Callable[[float], float]) -> Sequence[str]:
    middle, start, end = top + _ROW / 2, _LABEL, x(bar.value)
    name = escape(bar.name)
    colour, weight = ("#c2410c", 600) if bar.is_ours else ("#64748b", 400)
    return (
        f'<text x="{start - 10}" y="{middle + 4}" text-anchor="end" style="font-weight: {weight}">{name}</text>',
        f'<rect x="{start}" y="{top + 4}" width="{max(end - start, 1):.1f}" height="{_ROW - 8}" fill="{colour}"/>',
        f'<path d="M{x(bar.least)} {middle}H{x(bar.most)}" stroke="#111" stroke-width="2"/>',
        f'<text x="{max(end, x(bar.most)) + 8}" y="{middle + 4}">{bar.value:.3g}</text>',
    )
