"""`Adweave-Status`: what was done with a page, and the closed list of reasons for not doing it.

A structured field (RFC 9651): an Item, its value a Token, details as parameters. The list is
what the documentation, the metrics and `explain` use. Knows nothing of how reasons come about.
"""

from __future__ import annotations

from typing import Final

FIELD: Final = b"adweave-status"

# reason -> sentence. Closed: a reason that is not here is a bug, and counted as "error".
REASONS: Final[dict[str, str]] = {
    # what the answer's head says
    "status": "The answer's status is not 200.",
    "method": "The request's method is neither GET, HEAD nor POST.",
    "no-layout": "No layout wants this path.",
    "not-targeted": "No layout or placement is aimed at this request, page or time.",
    "member": "The reader is a member, who sees no ads.",
    "sensitive": "The site puts no ads beside articles like this one.",
    "no-transform": "Cache-Control forbids intermediaries to change the page.",
    "attachment": "The page is meant to be saved, not shown.",
    "range": "The answer is a part of the page.",
    "editing": "By its address, or by a form that has the article's text, the page is an editor's.",
    "opt-out": "The page or its header fields ask not to be woven.",
    "already-woven": "The page has been woven before.",
    "coding": "The content coding is not known, several were applied, or it could not be undone.",
    "csp": "The page's content security policy leaves no way to style and fill a slot.",
    # what the body is
    "empty": "The body is empty.",
    "too-large": "The body is over the limit for pages.",
    "bomb": "The body grows out of all proportion when it is decompressed.",
    "cut": "The upstream broke off, or the page's markup ends in the middle.",
    "slow": "The upstream took longer for the page than pages are held back.",
    "streamed": "The page is sent in a way that must not be held back.",
    "head": "The application gives HEAD no content, so what GET would get is not known.",
    "charset": "The character encoding is not known for sure.",
    "fragment": "The answer is a piece of a page (no doctype, html, head or body) for a script.",
    "xml": "The page is XML, or asks for rules of parsing that are not HTML's.",
    "amp": "The page is AMP, where only its own kind of ads may be.",
    "frameset": "The page is a frameset, which has no article.",
    "hydrated": "A framework takes over the article, and the loader can't tell when it has.",
    "too-complex": "The page's markup is too deep or too tangled to be worth the time.",
    # what the plan says
    "no-article": "The page has no article.",
    "no-head": "The page has no head, and no tag before its first text, for the styles of slots.",
    "too-short": "The article is shorter than the layout's min_length.",
    "no-gap": "No gap of the article meets the layout's rules.",
    "parity": "Every plan that was tried changed the page's tree.",
    # what happened on the way
    "deadline": "Making the plan took longer than the limit; it is ready for the next request.",
    "busy": "Too many pages were waiting for their plans.",
    "switched-off": "The kill switch is on for this page.",
    "off": "There is no valid placements folder to go by.",
    "error": "Something in adweave failed; the log has the traceback.",
}

# Reasons that follow from the page and the configuration alone, so that the same page will be
# passed again for as long as neither changes.
LASTING: Final = frozenset(
    {
        "opt-out", "already-woven", "empty", "charset", "xml", "amp", "hydrated", "too-complex",
        "cut", "fragment", "frameset", "no-article", "no-head", "too-short", "no-gap", "parity",
        "csp", "coding", "bomb", "too-large", "sensitive", "member", "not-targeted",
    }
)  # fmt: skip


def passed(reason: str) -> bytes:
    """The field's value for a page that goes out as it came."""
    return _PASSED.get(reason) or _PASSED["error"]


def woven(slots: int, layout: str, plan: str, lang: str) -> bytes:
    """The field's value for a woven page; `plan` is "hit" or "miss"."""
    value = f'woven; slots={slots}; layout="{_ascii(layout)}"; plan={plan}; lang="{_ascii(lang)}"'
    return value.encode("ascii")


def _ascii(text: str) -> str:
    """Text for an sf-string: printable ASCII, quote and backslash escaped (RFC 9651, 3.3.3)."""
    printable = "".join(c if " " <= c <= "~" else "?" for c in text)
    return printable.replace("\\", "\\\\").replace('"', '\\"')


_PASSED: Final = {reason: f'passed; reason="{reason}"'.encode("ascii") for reason in REASONS}
