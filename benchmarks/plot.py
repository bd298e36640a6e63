"""Bars and curves as SVG, by hand: logarithmic axes; a bar has its value, and a mark for the spread of the rounds."""

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
_LEFT: Final = 70  # pixels for the values beside an axis
_HEIGHT: Final = 220
_COLOURS: Final = ("#c2410c", "#64748b", "#0f766e")


class Bar(NamedTuple):
    """A bar: its name, the median with the least and the most, and whether it stands out."""

    name: str
    value: float
    least: float
    most: float
    is_ours: bool


def bars(title: str, given: Sequence[Bar]) -> str:
    """Draw bars in the order given; values are positive."""
    low, high = _powers([value for bar in given for value in (bar.least, bar.most)])

    def x(value: float) -> float:
        return round(_LABEL + (log10(value) - low) / (high - low) * (_WIDTH - _LABEL - _VALUE), 1)

    bottom = _TOP + _ROW * len(given)
    parts = [
        *_frame(title, bottom + _BOTTOM),
        *(_tick(x(10.0**power), 10.0**power, bottom) for power in range(low, high + 1)),
        *(part for index, bar in enumerate(given) for part in _bar(bar, _TOP + _ROW * index, x)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


class Curve(NamedTuple):
    """Points of positive numbers, in the order of their first."""

    name: str
    points: Sequence[tuple[float, float]]


def curves(title: str, given: Sequence[Curve]) -> str:
    """Draw curves over one another; the first stands out."""
    low_x, high_x = _powers([x for curve in given for x, _ in curve.points])
    low_y, high_y = _powers([y for curve in given for _, y in curve.points])
    bottom = _TOP + _HEIGHT

    def x(value: float) -> float:
        return round(_LEFT + (log10(value) - low_x) / (high_x - low_x) * (_WIDTH - _LEFT - _VALUE), 1)

    def y(value: float) -> float:
        return round(bottom - (log10(value) - low_y) / (high_y - low_y) * _HEIGHT, 1)

    parts = [
        *_frame(title, bottom + _BOTTOM),
        *(_tick(x(10.0**power), 10.0**power, bottom) for power in range(low_x, high_x + 1)),
        *(_level(y(10.0**power), 10.0**power) for power in range(low_y, high_y + 1)),
        *(part for curve, colour in zip(given, _COLOURS, strict=False) for part in _curve(curve, colour, x, y)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _powers(values: Sequence[float]) -> tuple[int, int]:
    """Give the powers of ten around values."""
    low = floor(log10(min(values)))
    return low, max(ceil(log10(max(values))), low + 1)


def _frame(title: str, height: int) -> Sequence[str]:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        "<style>text {font: 13px system-ui, sans-serif}</style>",
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="12" y="24" style="font-weight: 600">{escape(title)}</text>',
    )


def _level(at: float, value: float) -> str:
    return (
        f'<path d="M{_LEFT} {at}H{_WIDTH - _VALUE}" stroke="#ddd"/>'
        f'<text x="{_LEFT - 8}" y="{at + 4}" text-anchor="end" fill="#555">{value:g}</text>'
    )


def _curve(curve: Curve, colour: str, x: Callable[[float], float], y: Callable[[float], float]) -> Sequence[str]:
    drawn = [(x(across), y(up)) for across, up in curve.points]
    path = "L".join(f"{across} {up}" for across, up in drawn)
    end_x, end_y = drawn[-1]
    return (
        f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        *(f'<circle cx="{across}" cy="{up}" r="3" fill="{colour}"/>' for across, up in drawn),
        f'<text x="{end_x}" y="{end_y - 10}" text-anchor="end" fill="{colour}">{escape(curve.name)}</text>',
    )


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
