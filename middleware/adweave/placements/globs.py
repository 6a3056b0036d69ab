"""Path globs: which layout a path gets, for hundreds of layouts in a few microseconds.

A pattern is a path whose steps (the parts between slashes) may hold `*`, anything within one
step, and whose `**` steps stand for any number of steps, none included: `/news/**` is `/news`
and all below it. A leading `!` takes pages out again, whatever the order. All else is literal;
there are no regular expressions, neither in the configuration nor behind it. A trailing slash
makes no difference. Paths and patterns are compared percent-decoded, except for `%2F`, which is
no separator.

Theory of operation: all patterns of all layouts are one tree of steps. A path is walked down it
once, holding the set of nodes that still fit, so literal steps cost one look-up however many
layouts there are, and the work is bounded by path length times nodes, with no backtracking.

Knows nothing of layouts but their rank.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

# A longer path is no article's, and its walk would be work for nothing.
LONGEST_PATH = 4_096

_ENCODED_SLASH = re.compile(r"%2f", re.IGNORECASE)


def glob_fault(pattern: str) -> str | None:
    """What is wrong with a pattern, as a sentence that follows it, or None."""
    positive = pattern.removeprefix("!")
    bang = "!" if positive != pattern else ""
    if not positive:
        return 'is empty; write a path such as "/news/**"'
    if "://" in positive:
        path = "/" + positive.partition("://")[2].partition("/")[2]
        return f'is an address; write the path only: "{bang}{path}"'
    if not positive.startswith("/"):
        return f'does not begin with "/"; write "{bang}/{positive}"'
    for sign, what in (("?", "a query"), ("#", "a fragment")):
        if sign in positive:
            path = positive.partition(sign)[0]
            return f'has "{sign}" in it; a path has no {what[2:]}: write "{bang}{path}"'
    for step in positive.split("/"):
        if "**" in step and step != "**":
            return '"**" must be a whole step, as in "/news/**"; within a step write "*"'
    if len(positive) > LONGEST_PATH:
        return f"has {len(positive)} characters; at most {LONGEST_PATH} are allowed"
    return None


def steps_of(path: str) -> list[str]:
    """The decoded steps of a path, the trailing slash left out; `/` has none."""
    if "%" in path:
        path = unquote(_ENCODED_SLASH.sub("%252F", path), errors="replace")
    steps = path.split("/")
    if steps and not steps[0]:
        del steps[0]
    if steps and not steps[-1]:
        steps.pop()
    return steps


@dataclass(frozen=True, slots=True)
class _Wildcard:
    """A step with `*` in it: fixed text in order, first and last pinned to the ends."""

    first: str
    middle: tuple[str, ...]
    last: str

    def fits(self, step: str) -> bool:
        """Whether `step` matches. Each piece is looked for once, from the left."""
        if len(step) < len(self.first) + len(self.last):
            return False
        if not (step.startswith(self.first) and step.endswith(self.last)):
            return False
        position, end = len(self.first), len(step) - len(self.last)
        for piece in self.middle:
            position = step.find(piece, position, end)
            if position < 0:
                return False
            position += len(piece)
        return True


@dataclass(slots=True)
class _Node:
    literal: dict[str, _Node] = field(default_factory=dict)
    wild: dict[str, tuple[_Wildcard, _Node]] = field(default_factory=dict)
    any_steps: _Node | None = None  # where `**` leads; that node stays alive on every step
    repeats: bool = False  # this node is itself reached by `**`
    wanted: list[int] = field(default_factory=list)  # ranks whose pattern ends here
    refused: list[int] = field(default_factory=list)  # ranks whose `!` pattern ends here


class GlobTable:
    """The patterns of many layouts, made ready to be asked by path.

    `pattern_sets[rank]` are the patterns of the layout at that rank; the lowest rank wins.
    Immutable once made, and safe to ask from several threads.
    """

    def __init__(self, pattern_sets: Sequence[Iterable[str]]) -> None:
        self._root = _Node()
        for rank, patterns in enumerate(pattern_sets):
            for pattern in patterns:
                self._add(rank, pattern)

    def _add(self, rank: int, pattern: str) -> None:
        positive = pattern.removeprefix("!")
        node = self._root
        for step in steps_of(positive):
            if step == "**":
                if node.repeats:
                    continue
                if node.any_steps is None:
                    node.any_steps = _Node(repeats=True)
                node = node.any_steps
            elif "*" in step:
                if step not in node.wild:
                    first, *middle, last = step.split("*")
                    pieces = tuple(piece for piece in middle if piece)
                    node.wild[step] = _Wildcard(first, pieces, last), _Node()
                node = node.wild[step][1]
            else:
                node = node.literal.setdefault(step, _Node())
        (node.wanted if positive == pattern else node.refused).append(rank)

    def best(self, path: str) -> int | None:
        """The lowest rank whose patterns want `path` and do not take it out, or None."""
        return next(iter(self.ranks(path)), None)

    def ranks(self, path: str) -> tuple[int, ...]:
        """All ranks whose patterns want `path` and do not take it out, the lowest first."""
        if len(path) > LONGEST_PATH:
            return ()
        alive = _with_any_steps([self._root])
        for step in steps_of(path):
            following: dict[int, _Node] = {}
            for node in alive:
                if node.repeats:
                    following[id(node)] = node
                if (child := node.literal.get(step)) is not None:
                    following[id(child)] = child
                for wildcard, child in node.wild.values():
                    if wildcard.fits(step):
                        following[id(child)] = child
            if not following:
                return ()
            alive = _with_any_steps(following.values())
        refused = {rank for node in alive for rank in node.refused}
        wanted = {rank for node in alive for rank in node.wanted if rank not in refused}
        return tuple(sorted(wanted))


def may_share(mine: Sequence[str], its: Sequence[str]) -> bool:
    """Whether some path may be wanted by both sets of patterns.

    Says yes in doubt: of two wildcards in one step only the fixed ends are compared, and a `!`
    counts only where it takes out all that a pattern of the other set wants.
    """
    return any(
        _meet(tuple(steps_of(one)), tuple(steps_of(other)))
        for one in _left(mine, its)
        for other in _left(its, mine)
    )


def _left(patterns: Sequence[str], others: Sequence[str]) -> list[str]:
    """The patterns that `others` do not take out whole."""
    refused = [pattern[1:] for pattern in (*others, *patterns) if pattern.startswith("!")]
    return [
        pattern
        for pattern in patterns
        if not pattern.startswith("!")
        and pattern not in refused
        and not any(
            whole.endswith("/**") and f"{pattern}/".startswith(whole.removesuffix("**"))
            for whole in refused
        )
    ]


def _meet(mine: tuple[str, ...], its: tuple[str, ...]) -> bool:
    """Whether two patterns' steps fit one path. Work: at most the product of their lengths."""
    reached = {(0, 0)}
    todo = [(0, 0)]
    while todo:
        at, its_at = todo.pop()
        one = mine[at] if at < len(mine) else None
        other = its[its_at] if its_at < len(its) else None
        if one is None and other is None:
            return True
        following = []
        if one == "**":
            following += [(at + 1, its_at)] + ([(at, its_at + 1)] if other is not None else [])
        if other == "**":
            following += [(at, its_at + 1)] + ([(at + 1, its_at)] if one is not None else [])
        is_plain = "**" not in (one, other) and one is not None and other is not None
        if is_plain and _steps_meet(str(one), str(other)):
            following.append((at + 1, its_at + 1))
        todo += [pair for pair in following if pair not in reached]
        reached.update(following)
    return False


def _steps_meet(one: str, other: str) -> bool:
    if "*" not in one and "*" not in other:
        return one == other
    (first, *_), (its_first, *_) = one.split("*"), other.split("*")
    (*_, last), (*_, its_last) = one.split("*"), other.split("*")
    if "*" in one and "*" in other:
        starts = first.startswith(its_first) or its_first.startswith(first)
        return starts and (last.endswith(its_last) or its_last.endswith(last))
    pattern, step = (one, other) if "*" in one else (other, one)
    first, *middle, last = pattern.split("*")
    return _Wildcard(first, tuple(piece for piece in middle if piece), last).fits(step)


def _with_any_steps(nodes: Iterable[_Node]) -> list[_Node]:
    """The nodes, and those that `**` reaches from them without a step."""
    reached = {id(node): node for node in nodes}
    for node in list(reached.values()):
        while node.any_steps is not None:
            node = node.any_steps
            reached[id(node)] = node
    return list(reached.values())
