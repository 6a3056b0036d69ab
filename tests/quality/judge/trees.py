"""DOM parity: html5lib's tree of the woven page, less our elements, is the original's tree.

html5lib is the reference because the engine does not use it. Where it sees a difference,
turbohtml is asked as a second voice; its answer is reported, it does not acquit. html5lib is of
2020: where it alone sees a difference, it is asked again with two of today's rules. Its list of
special elements (WHATWG HTML, "the stack of open elements") lacks `main`, `template` and others,
so that it closes formatting elements at other places than browsers do; and it lets an end tag
close a foreign element of that name from HTML inside of it ("any other end tag", in body).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import html5lib
import turbohtml
from html5lib import html5parser
from html5lib.constants import namespaces, specialElements

# html5lib's etree nodes are ElementTree elements whose tag may be a function (comments).
Node = Any
_BUILDER = html5lib.getTreeBuilder("etree", fullTree=True)
_MARKER = re.compile(r"adweave:\d+\Z")
_SPECIAL_TODAY = specialElements | {
    (namespaces["html"], tag)
    for tag in ("main", "search", "source", "summary", "template", "track")
}


@dataclass(frozen=True, slots=True)
class Parity:
    """Whether two trees agree: the first difference if not, and who saw it."""

    holds: bool
    difference: str = ""
    # "agrees": turbohtml sees one too. "sees none": html5lib alone does. "old": html5lib alone,
    # and with today's special elements not even it. "not asked"; "decided": html5lib failed.
    second_voice: str = ""


def tree_of(text: str, *, scripting: bool) -> Node:
    """html5lib's whole document: doctype and outer comments included."""
    return html5lib.HTMLParser(tree=_BUILDER).parse(text, scripting=scripting)


def local_name(node: Node) -> str:
    """The tag without its namespace; "" for comments and other nodes without one."""
    tag = node.tag
    if not isinstance(tag, str):
        return ""
    return tag.rsplit("}", 1)[-1]


def is_ours(node: Node) -> bool:
    """Whether the contract says that this node was put in by adweave."""
    if node.tag is ElementTree.Comment:
        return _MARKER.match(node.text or "") is not None
    return _has_our_look(local_name(node), node.attrib)


def remove_ours(root: Node) -> int:
    """Take our nodes out of the tree in place, joining the texts around them; how many."""
    removed = 0
    stack = [root]
    while stack:
        parent = stack.pop()
        kept: list[Node] = []
        changed = False
        for child in list(parent):
            if not is_ours(child):
                kept.append(child)
                stack.append(child)
                continue
            changed = True
            removed += 1
            tail = child.tail or ""
            if kept:
                kept[-1].tail = (kept[-1].tail or "") + tail
            else:
                parent.text = (parent.text or "") + tail
        if changed:
            parent[:] = kept
    return removed


def first_difference(one: Node, other: Node) -> str:
    """Where two trees part, in words; "" when they are equal."""
    pairs = [(one, other, "")]
    while pairs:
        a, b, path = pairs.pop()
        name = local_name(a) or "#comment"
        here = f"{path}/{name}"
        if a.tag != b.tag:
            return f"{here}: became <{local_name(b) or '#comment'}>"
        if a.attrib != b.attrib:
            return f"{here}: attributes became {dict(b.attrib)!r}"[:300]
        if (a.text or "") != (b.text or ""):
            return f"{here}: text {_cut(a.text)} became {_cut(b.text)}"
        if (a.tail or "") != (b.tail or ""):
            return f"{here}: text after it {_cut(a.tail)} became {_cut(b.tail)}"
        if len(a) != len(b):
            return f"{here}: {len(a)} children became {len(b)}: {_odd_child(a, b)}"
        pairs.extend((x, y, here) for x, y in zip(reversed(a), reversed(b), strict=True))
    return ""


def parity_of(original: str, woven: str) -> Parity:
    """Compare the decoded pages with scripting off and on."""
    if original == woven:
        return Parity(True)
    try:
        difference = _html5lib_difference(original, woven)
    except _OriginalRefused as refusal:
        # html5lib has assertions that real pages trip over: turbohtml alone decides.
        seen = _turbohtml_difference(original, woven)
        return Parity(not seen, f"html5lib fails on the original ({refusal}); {seen}", "decided")
    if not difference:
        return Parity(True)
    if _turbohtml_difference(original, woven):
        return Parity(False, difference, "agrees")
    with html5lib_of_today():
        is_old = not _html5lib_difference(original, woven)
    return Parity(False, difference, "old" if is_old else "sees none")


class _OriginalRefused(Exception):
    """html5lib fails on the page as it came."""


def _html5lib_difference(original: str, woven: str) -> str:
    for scripting in (False, True):
        try:
            before = tree_of(original, scripting=scripting)
        except Exception as crash:
            raise _OriginalRefused(repr(crash)) from crash
        try:
            after = tree_of(woven, scripting=scripting)
        except Exception as crash:
            return f"html5lib fails on the woven page only: {crash!r}"
        remove_ours(after)
        difference = first_difference(before, after)
        if difference:
            return f"scripting {'on' if scripting else 'off'}: {difference}"
    return ""


@contextlib.contextmanager
def html5lib_of_today() -> Iterator[None]:
    """Within, html5lib follows the standard where the standard has changed since."""
    special = html5parser.specialElements
    handlers = vars(html5parser.getPhases(False)["inBody"])["endTagHandler"]
    any_other = handlers.default
    html5parser.specialElements = _SPECIAL_TODAY
    handlers.default = _any_other_end_tag
    try:
        yield
    finally:
        html5parser.specialElements = special
        handlers.default = any_other


def _any_other_end_tag(phase: Any, token: Any) -> None:
    opened = phase.tree.openElements
    for node in reversed(opened):
        if node.name == token["name"] and node.namespace == namespaces["html"]:
            phase.tree.generateImpliedEndTags(exclude=token["name"])
            while opened.pop() != node:
                pass
            return
        if node.nameTuple in _SPECIAL_TODAY:
            return


def _turbohtml_difference(original: str, woven: str) -> str:
    for scripting in (False, True):
        before = turbohtml.parse(original, scripting=scripting)
        after = turbohtml.parse(woven, scripting=scripting)
        for node in list(after.descendants):
            if _is_ours_to_turbohtml(node):
                node.extract()
        # Serialised, so that texts that our nodes parted count as joined again.
        if before.html != after.html:
            return f"turbohtml sees a difference, scripting {'on' if scripting else 'off'}"
    return ""


def _is_ours_to_turbohtml(node: Any) -> bool:
    if isinstance(node, turbohtml.Comment):
        return _MARKER.match(str(node.data)) is not None
    return isinstance(node, turbohtml.Element) and _has_our_look(node.tag, node.attrs)


def _has_our_look(name: str, attributes: Mapping[str, Any]) -> bool:
    if name == "ad-slot":  # without a label it is the publisher's own element
        return "data-label" in attributes
    return name == "ad-notice" or "data-adweave" in attributes


def _odd_child(a: Node, b: Node) -> str:
    for x, y in zip(a, b, strict=False):
        if x.tag != y.tag:
            return f"<{local_name(x)}> met <{local_name(y)}>"
    rest = b[len(a) :] if len(b) > len(a) else a[len(b) :]
    return "extra <" + ">, <".join(local_name(x) for x in rest[:3]) + ">"


def _cut(text: str | None) -> str:
    text = text or ""
    return repr(text if len(text) <= 60 else text[:28] + "..." + text[-28:])
