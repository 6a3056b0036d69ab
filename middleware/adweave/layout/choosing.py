"""Choosing places in the article's flow, for all viewports at once.

Takes, for each viewport, the gaps that keep every rule there and the distance between two slots;
gives the gaps chosen at each viewport. One gap may serve several viewports, or one alone. Knows
numbers only: nothing of HTML, configuration or what a rule is called.

Theory of operation. Each viewport has a *chain*: the earliest fitting gap, then the earliest
that is far enough below it, and so on. As every axis rises along the article, no choice of gaps
holds more slots than the chain, in this article or in any beginning of it. But a slot need not
stand at its chain gap. Any fitting gap from which the chain goes on at the same next gap is as
good: moving there costs no slot. These gaps are the slot's *window*. Windows do not overlap, and
each slot may take any gap of its own window whatever the others take, since all of a window lies
far enough above the next one's beginning. The last slot, with nothing below to be even with,
stays at its chain gap.

Within its windows the choice is, in this order,

1. the fewest places: a slot serves two viewports where their windows have a gap in common, first
   come first served. For two viewports this is exact: the windows that meet form paths, and
   taking the first meeting of a path is never worse than leaving it;
2. the better pause: between two full paragraphs, or between one and a heading, rather than
   beside something short or other (only for slots between which there is a choice);
3. evenness: nearest to the middle between the slot above and the chain gap below, at all its
   viewports together. So the room that is left over is shared between above and below;
4. the earliest.

What follows, and is held by tests against brute force:

- *Exact.* At each viewport the number of slots is the greatest that its rules allow, and would
  be if the article ended anywhere earlier; the choice within that is the best by 1 to 4, slot by
  slot from the top.
- *Monotone.* A smaller distance never yields fewer slots at any viewport.
- *Stable.* A window ends before the next chain gap, and a slot is settled by the windows that
  begin by then. So text that changes further down than the next slot of the same viewport, and
  the second one of every viewport below that, moves nothing. Evenness over the whole article
  cannot have this property: there, a paragraph added at the end moves every slot.
- A limit on the number of slots cuts the choice off at its end and moves nothing.

Linear in the number of gaps.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Track:
    """One viewport's part: `fitting` gaps, rising, and the rulers that keep slots apart.

    A ruler is an axis (a position per gap, never falling) and the length required on it; one of
    them must make two slots at one gap impossible. `axis` is where evenness is measured.
    """

    fitting: Sequence[int]
    apart: Sequence[tuple[Sequence[float], float]]
    axis: Sequence[float]


@dataclass(frozen=True, slots=True)
class Window:
    """The gaps among which a slot may move freely; `below` is the next chain gap.

    For the last slot `below` is None, and the chain gap is the only one.
    """

    gaps: Sequence[int]
    below: int | None


def windows_of(track: Track) -> list[Window]:
    """The windows of one viewport's slots, from the top."""
    fitting = track.fitting
    count = len(fitting)
    following = [0] * count  # for each fitting gap, the index of the chain's next gap
    for axis, required in track.apart:
        at = 0
        for index, gap in enumerate(fitting):
            from_px = axis[gap]
            while at < count and axis[fitting[at]] - from_px < required:
                at += 1
            if at > following[index]:
                following[index] = at
    windows = []
    start = 0
    while start < count:
        below = following[start]
        if below == count:
            windows.append(Window(fitting[start : start + 1], None))
        else:
            gaps = fitting[start : bisect_right(following, below, start)]
            windows.append(Window(gaps, fitting[below]))
        start = below
    return windows


def chosen_gaps(tracks: Sequence[Track], is_pause: Callable[[int], bool]) -> list[list[int]]:
    """For each track its slots' gaps, from the top.

    `is_pause` tells whether a gap is a good one to stop reading at; it is asked only where
    there is a choice.
    """
    windows = [windows_of(track) for track in tracks]
    chosen: list[list[int]] = [[] for _ in tracks]
    while waiting := [t for t in range(len(tracks)) if len(chosen[t]) < len(windows[t])]:
        fronts = {t: windows[t][len(chosen[t])] for t in waiting}
        first = min(waiting, key=lambda t: fronts[t].gaps[-1])
        group, common = [first], fronts[first].gaps
        for t in waiting:
            both = [gap for gap in common if gap in fronts[t].gaps] if t != first else ()
            if both:
                group.append(t)
                common = both
        gap = common[0]
        if len(common) > 1:
            spans = [
                (tracks[t].axis, chosen[t][-1], below)
                for t in group
                if chosen[t] and (below := fronts[t].below) is not None
            ]
            gap = min(common, key=lambda g: (not is_pause(g), unevenness(g, spans), g))
        for t in group:
            chosen[t].append(gap)
    return chosen


def unevenness(gap: int, spans: Sequence[tuple[Sequence[float], int, int]]) -> float:
    """How far `gap` is from the middle of each span (axis, gap above, gap below); 0: in it.

    The sum of squares over the spans, each distance as a share of its span's length.
    """
    total = 0.0
    for axis, above, below in spans:
        length = axis[below] - axis[above]
        if length > 0:
            total += ((axis[gap] - axis[above]) / length - 0.5) ** 2
    return total
