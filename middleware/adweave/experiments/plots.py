"""Plots as SVG, for a page that needs nothing else: no script, no font, no library.

Each takes numbers and gives one `<svg>` with a title, so that it can be read out; colours are
the page's style's. Knows nothing of reports.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 12, 28
ROW = 26


@dataclass(frozen=True, slots=True)
class Band:
    """A line with its interval over time: (ms since 1970, value, low, high)."""

    points: Sequence[tuple[int, float, float, float]]


def course_plot(title: str, band: Band, marks: Sequence[tuple[float, str]]) -> str:
    """Estimate and interval over time; `marks` are levels such as 0 and a margin.

    The first intervals of a run are very wide; the plot ends at thrice the last one's width.
    """
    _, value, low, high = band.points[-1]
    room = 1.5 * max(high - low, 1e-9)
    levels = [mark for mark, _ in marks]
    bottom = min(value - room, *levels, 0.0)
    top = max(value + room, *levels, 0.0)
    frame = _Frame(band.points[0][0], band.points[-1][0], bottom, top)
    upper = [frame.at(at, high) for at, _, _, high in band.points]
    lower = [frame.at(at, low) for at, _, low, _ in band.points]
    line = [frame.at(at, value) for at, value, _, _ in band.points]
    body = [
        *frame.grid(percent=True),
        f'<polygon class="band" points="{_points([*upper, *reversed(lower)])}"/>',
        f'<polyline class="line" points="{_points(line)}"/>',
    ]
    for level, name in marks:
        y = frame.at(band.points[0][0], level)[1]
        body.append(
            f'<line class="mark" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="name" x="{WIDTH - RIGHT - 4}" y="{y - 4:.1f}" text-anchor="end">'
            f"{escape(name)}</text>"
        )
    return _svg(title, HEIGHT, body)


def split_plot(
    title: str,
    checkpoints: Sequence[tuple[int, Sequence[int]]],
    shares: Sequence[float],
    names: Sequence[str],
) -> str:
    """Each variant's share of the units so far, beside what it was meant to be."""
    seen = [(at, counts) for at, counts in checkpoints if sum(counts) >= 50] or checkpoints
    courses = [
        [(at, counts[arm] / max(1, sum(counts))) for at, counts in seen]
        for arm in range(len(shares))
    ]
    last = [course[-1][1] for course in courses]
    away = max(abs(value - share) for value, share in zip(last, shares, strict=True))
    room = max(3 * away, 0.02)
    frame = _Frame(seen[0][0], seen[-1][0], min(shares) - room, max(shares) + room)
    body = frame.grid(percent=True)
    for arm, (course, share) in enumerate(zip(courses, shares, strict=True)):
        y = frame.at(seen[0][0], share)[1]
        line = _points([frame.at(at, value) for at, value in course])
        end = frame.at(*course[-1])
        up = -5 if arm == max(range(len(last)), key=lambda one: last[one]) else 14
        body += [
            f'<line class="mark" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>',
            f'<polyline class="line arm{arm % 4}" points="{line}"/>',
            f'<text class="name" x="{WIDTH - RIGHT - 4}" y="{end[1] + up:.1f}" text-anchor="end">'
            f"{escape(names[arm])}</text>",
        ]
    return _svg(title, HEIGHT, body)


def interval_plot(title: str, rows: Sequence[tuple[str, float, tuple[float, float] | None]]) -> str:
    """One row each: a name, a relative change and its interval."""
    ends = [end for _, value, interval in rows for end in (value, *(interval or ()))]
    most = max(max(map(abs, ends), default=0.0), 0.01) * 1.05
    height = TOP + BOTTOM + ROW * len(rows)
    left = 190

    def x(value: float) -> float:
        return left + (value + most) / (2 * most) * (WIDTH - left - RIGHT)

    body = [
        f'<line class="mark" x1="{x(0):.1f}" x2="{x(0):.1f}" y1="{TOP}" y2="{height - BOTTOM}"/>'
    ]
    for number, (name, value, interval) in enumerate(rows):
        y = TOP + ROW * (number + 0.5)
        body.append(f'<text class="name" x="4" y="{y + 4:.1f}">{escape(name)}</text>')
        if interval is not None:
            body.append(
                f'<line class="line" x1="{x(interval[0]):.1f}" x2="{x(interval[1]):.1f}" '
                f'y1="{y:.1f}" y2="{y:.1f}"/>'
            )
        body.append(f'<circle class="dot" cx="{x(value):.1f}" cy="{y:.1f}" r="4"/>')
    body.extend(
        f'<text class="tick" x="{x(level):.1f}" y="{height - 8}" text-anchor="{anchor}">'
        f"{f'{level * 100:+.1f}' if level else '0'} %</text>"
        for level, anchor in ((-most, "start"), (0.0, "middle"), (most, "end"))
    )
    return _svg(title, height, body)


class _Frame:
    """Where values stand in the picture."""

    def __init__(self, first: int, last: int, bottom: float, top: float) -> None:
        self.first, self.last = first, max(last, first + 1)
        self.bottom, self.top = bottom, top if top > bottom else bottom + 1e-9

    def at(self, at: int, value: float) -> tuple[float, float]:
        """Place of a point, kept inside."""
        right = (at - self.first) / (self.last - self.first)
        up = (min(max(value, self.bottom), self.top) - self.bottom) / (self.top - self.bottom)
        return (
            LEFT + right * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM),
        )

    def grid(self, *, percent: bool) -> list[str]:
        """Lines and numbers at round values, and days below."""
        found = []
        step = _round_step((self.top - self.bottom) / 4)
        level = math.ceil(self.bottom / step) * step
        places = max(0, -math.floor(math.log10(step * 100 if percent else step) + 1e-9))
        while level <= self.top + 1e-12:
            y = self.at(self.first, level)[1]
            shown = f"{level * 100 + 0.0:.{places}f} %" if percent else f"{level:.{places}f}"
            found.append(
                f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
                f'<text class="tick" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">'
                f"{shown}</text>"
            )
            level += step
        span_ms = self.last - self.first
        form = "%Y-%m-%d"
        if span_ms < 2 * 86_400_000:
            form = "%m-%d %H:%M" if span_ms > 600_000 else "%H:%M:%S"
        for part, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
            at = self.first + part * (self.last - self.first)
            x = self.at(round(at), self.bottom)[0]
            found.append(
                f'<text class="tick" x="{x:.1f}" y="{HEIGHT - 8}" text-anchor="{anchor}">'
                f"{time.strftime(form, time.gmtime(at / 1000))}</text>"
            )
        return found


def _round_step(step: float) -> float:
    power = 10 ** math.floor(math.log10(step))
    return float(next(power * one for one in (1, 2, 5, 10) if power * one >= step))


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _svg(title: str, height: float, body: Sequence[str]) -> str:
    return (
        f'<div class="wide"><svg role="img" viewBox="0 0 {WIDTH} {height}" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(title)}</title>{''.join(body)}</svg></div>"
    )
