"""Draws lines over time as a picture of text (SVG), for a page that people read in light and in dark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tests.soak.figures import Mark

WIDTH, HEIGHT = 760, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 16, 34, 46
#: Told apart by those who see no red or green as well; the dashes tell them apart in print.
COLOURS = ("#2f6db5", "#c2571a", "#3d8c5a", "#8a4fa3")
DASHES = ("", "6 3", "2 3", "9 3 2 3")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its name, and its points (seconds, value)."""

    name: str
    points: Sequence[tuple[float, float]]


def nice(most: float) -> float:
    """Returns the round number at or above a value at which an axis may end."""
    if most <= 0:
        return 1.0
    size: float = 10.0 ** math.floor(math.log10(most))
    return next(step * size for step in (1, 2, 2.5, 4, 5, 8, 10) if step * size >= most)


def said_of(value: float, most: float) -> str:
    """Writes a number of an axis."""
    return f"{value:,.0f}" if most >= 4 else f"{value:,.3g}"


def drawn(title: str, unit: str, lines: Sequence[Line], marks: Sequence[Mark], seconds: float) -> str:
    """Returns the picture: time along the bottom, a thin upright line wherever something was done to the platform."""
    most = nice(max((value for line in lines for _, value in line.points), default=1.0))

    def x(at: float) -> float:
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * min(at, seconds) / seconds, 1)

    def y(value: float) -> float:
        return round(HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / most, 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="18" font-size="14" fill="#1c1c1c">{title}</text>',
    ]
    for step in range(5):
        value = most * step / 4
        parts.append(
            f'<path d="M{_LEFT} {y(value)}H{WIDTH - _RIGHT}" stroke="#dddddd"/>'
            f'<text x="{_LEFT - 6}" y="{y(value) + 4}" text-anchor="end" fill="#444444">{said_of(value, most)}</text>'
        )
    parts.append(f'<text x="{_LEFT - 6}" y="{_TOP - 8}" text-anchor="end" fill="#444444">{unit}</text>')
    tick = 60.0 if seconds >= 180 else 10.0
    for number in range(int(seconds / tick) + 1):
        said = f"{number} min" if tick == 60 else f"{number * 10} s"
        place = f'x="{x(number * tick)}" y="{HEIGHT - _BOTTOM + 16}"'
        parts.append(f'<text {place} text-anchor="middle" fill="#444444">{said}</text>')
    parts += [
        f'<path d="M{x(mark.at)} {_TOP}V{HEIGHT - _BOTTOM}" stroke="#999999" stroke-dasharray="2 2">'
        f"<title>{mark.what}</title></path>"
        for mark in marks
    ]
    for number, line in enumerate(lines):
        colour, dash = COLOURS[number % len(COLOURS)], DASHES[number % len(DASHES)]
        points = " ".join(f"{x(at)},{y(value)}" for at, value in line.points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"{dashed}/>')
        left = _LEFT + 170 * number
        parts.append(
            f'<path d="M{left} {HEIGHT - 14}h22" stroke="{colour}" stroke-width="2"{dashed}/>'
            f'<text x="{left + 28}" y="{HEIGHT - 10}" fill="#1c1c1c">{line.name}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])
