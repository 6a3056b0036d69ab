"""Whether a framework's script takes the article's markup over, and by what we know.

A framework compares what it takes over with what it would have made; what is beside its root,
it never looks at. Some take over a root element, some the whole document. A page without
scripts is taken over by nothing: what was rendered for a framework once may be served as a
file ever after.
"""

from __future__ import annotations

from adweave.page.article import ISLAND
from adweave.page.tree import Comment, Document, Element, comments_in

# A script that runs: not a block of data.
_SCRIPTS = 'script:not([type*="json" i])'
_ROOTS = (
    "#__next, #__nuxt, #___gatsby, [data-reactroot], [data-server-rendered], [ng-version],"
    ' [data-sveltekit-hydrate], [q\\:container], [data-hydrate], [id="S:0"], #__docusaurus,'
    " [data-v-app], [data-hk], #app[data-page]"
)
# Where one of these is, the whole document is taken over, or a root that has no name.
_ANYWHERE = "[data-sveltekit-preload-data], [data-nuxt-data], #__NUXT_DATA__"
_IN_SCRIPTS = (
    "self.__next_f",  # Next.js, App Router
    "__remixContext",
    "__reactRouterContext",
    "__sveltekit",
    "__VP_HASH_MAP__",  # VitePress
    "_$HY",  # Solid
)
_IN_ADDRESSES = "/_next/static/"
# What Vue 3 and Svelte 5 write before a fragment; Astro's own comments are none of these.
_FRAGMENT = "["

_OPENING = ("$", "$?", "$!")  # what React writes into the comment that opens a boundary
_REACT = frozenset(
    {
        "#__next",
        "#___gatsby",
        "#__docusaurus",
        "[data-reactroot]",
        '[id="S:0"]',
        "self.__next_f",
        "/_next/static/",
        "__remixContext",
        "__reactRouterContext",
        "<!--$-->",
        "<!--$?-->",
        "<!--$!-->",
    }
)
_FRAMEWORKS = {
    "vue": {"#__nuxt", "[data-nuxt-data]", "#__NUXT_DATA__", "[data-v-app]", "__VP_HASH_MAP__"},
    "svelte": {"[data-sveltekit-preload-data]", "__sveltekit"},
    "vue svelte": {f"<!--{_FRAGMENT}-->"},
    "astro": {ISLAND},
    "react": _REACT,
}


def hydrated_by(tree: Document, root: Element, *, whole: bool = True) -> str | None:
    """The selector or mark of the framework that takes over the article in `root`, or None.

    Where a page has islands, what is around them stays as it was sent, and the marks of the
    frameworks inside them say nothing of it. With `whole` False only what becomes of the root's
    own children matters, not what is taken over further down.
    """
    if tree.select_one(_SCRIPTS) is None:
        return None
    if root.closest(ISLAND) is not None:
        return ISLAND
    for owner in (root.closest(_ROOTS), *(root.select(_ROOTS) if whole else ())):
        if owner is not None and owner.closest(ISLAND) is None:
            return _selector(owner, _ROOTS)
    if tree.select_one(ISLAND) is not None:
        return None
    anywhere = tree.select_one(_ANYWHERE)
    if anywhere is not None:
        return _selector(anywhere, _ANYWHERE)
    return _script_mark(tree) or _boundary(tree, root) or _fragment(root)


def skips_comments(mark: str) -> bool:
    """Whether what `hydrated_by` named is React, which passes over comments not its own.

    React's reconciler looks for the next element or text to take over and for its own boundary
    comments, in all versions from 16 on.
    """
    return mark in _REACT


def frameworks_of(mark: str) -> str:
    """Names of the frameworks whose mark this may be, in one string; "" for any not told apart.

    For these the loader knows the sign that they have taken over (`browser/src/hydration.ts`).
    """
    return next((name for name, marks in _FRAMEWORKS.items() if mark in marks), "")


def _selector(owner: Element, selectors: str) -> str:
    return next(each.strip() for each in selectors.split(",") if owner.matches(each))


def _boundary(tree: Document, root: Element) -> str | None:
    """The comment with which React opens a boundary that holds the article, or None."""
    if all(comment.data not in _OPENING for comment in comments_in(tree)):
        return None
    at: Element | None = root
    while at is not None:
        closed = 0
        for node in at.previous_siblings:
            if isinstance(node, Comment) and node.data == "/$":
                closed += 1
            elif isinstance(node, Comment) and node.data in _OPENING:
                if not closed:
                    return f"<!--{node.data}-->"
                closed -= 1
        at = at.parent if isinstance(at.parent, Element) else None
    return None


def _fragment(root: Element) -> str | None:
    """The comment with which Vue and Svelte open a fragment, in the article or around it."""
    if any(comment.data == _FRAGMENT for comment in comments_in(root)):
        return f"<!--{_FRAGMENT}-->"
    at: Element | None = root
    while at is not None:
        for node in at.previous_siblings:
            if isinstance(node, Comment) and node.data == _FRAGMENT:
                return f"<!--{_FRAGMENT}-->"
        at = at.parent if isinstance(at.parent, Element) else None
    return None


def _script_mark(tree: Document) -> str | None:
    """A framework's mark in a script or its address; writing about it is none."""
    for script in tree.select(_SCRIPTS):
        address = script.attr("src")
        if address is None:
            found = _mark_in(script.text)
            if found is not None:
                return found
        elif _IN_ADDRESSES in address:
            return _IN_ADDRESSES
    return None


def _mark_in(text: str) -> str | None:
    if "__" not in text and "_$" not in text:
        return None
    return next((mark for mark in _IN_SCRIPTS if mark in text), None)
