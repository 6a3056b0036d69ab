"""What a page's content security policies let us insert.

Reads `Content-Security-Policy` values and `<meta>` policies as a browser would, and
answers in one look: inline or from our address, and with which nonce. Every policy of a page must
agree. Where the policies leave no way for a slot's style, its scripts or its frames, the
page is better passed than broken. Source: W3C Content Security Policy Level 3.

Knows nothing of pages or plans. Hashes are not added to policies: responses keep their header
fields as the upstream sent them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from adweave.slots.model import PREFIX

_FALLBACKS = {
    "script": ("script-src-elem", "script-src", "default-src"),
    "style": ("style-src-elem", "style-src", "default-src"),
    "frame": ("frame-src", "child-src", "default-src"),
    "connect": ("connect-src", "default-src"),
}
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Permissions:
    """How a page may be given its style and scripts.

    What may not be inline is allowed from the site's own address. `nonce` goes on every
    style and script where it is not None. `can_report` is whether events may be sent.
    """

    inline_style: bool = True
    inline_script: bool = True
    nonce: str | None = None
    can_report: bool = True


UNRESTRICTED = Permissions()
"""For a page without policies."""


@dataclass(frozen=True, slots=True)
class _Sources:
    """One directive's source list; None stands for a directive that is not there."""

    expressions: tuple[str, ...] | None

    @property
    def nonces(self) -> frozenset[str]:
        return frozenset(
            e[len("'nonce-") : -1] for e in self.expressions or () if e[:7].lower() == "'nonce-"
        )

    def allows_inline(self, nonce: str | None, *, is_script: bool) -> bool:
        if self.expressions is None or nonce in self.nonces:
            return True
        lowered = [e.lower() for e in self.expressions]
        # A nonce, a hash, and for scripts 'strict-dynamic' switch 'unsafe-inline' off.
        is_overruled = any(e.startswith(("'nonce-", "'sha")) for e in lowered) or (
            is_script and "'strict-dynamic'" in lowered
        )
        return "'unsafe-inline'" in lowered and not is_overruled

    def allows_address(self, nonce: str | None, origin: str | None, *, is_script: bool) -> bool:
        if self.expressions is None or nonce in self.nonces:
            return True
        lowered = [e.lower() for e in self.expressions]
        if is_script and "'strict-dynamic'" in lowered:
            return False
        return any(_matches(expression, origin) for expression in self.expressions)


def _matches(expression: str, origin: str | None) -> bool:
    """Whether a source expression covers `/_adweave/...` at the page's own origin."""
    if expression.lower() in ("'self'", "*"):
        return True
    if expression.startswith("'") or origin is None:
        return False
    ours = urlsplit(origin)
    if expression.endswith(":"):
        return expression[:-1].lower() in _acceptable_schemes(ours.scheme)
    scheme, has_scheme, rest = expression.rpartition("://")
    if has_scheme and scheme.lower() not in _acceptable_schemes(ours.scheme):
        return False
    host_and_port, slash, path = rest.partition("/")
    host, _, port = host_and_port.lower().partition(":")
    our_host = ours.hostname or ""
    is_host = our_host.endswith(host[1:]) if host.startswith("*.") else host in (our_host, "*")
    our_port = ours.port or _DEFAULT_PORTS.get(ours.scheme)
    is_port = port in ("*", str(our_port)) if port else our_port == _DEFAULT_PORTS.get(ours.scheme)
    # Only a folder can cover all of ours: a path without a slash at its end is one file.
    is_path = not slash or ((slash + path).endswith("/") and PREFIX.startswith(slash + path))
    return is_host and is_port and is_path


def _acceptable_schemes(scheme: str) -> tuple[str, ...]:
    """The schemes that, written in a policy, cover `scheme`: http covers https too."""
    return ("http", "https") if scheme == "https" else (scheme,)


class _Policy:
    """One parsed policy. The first of two equal directives counts."""

    def __init__(self, text: str) -> None:
        self._directives: dict[str, tuple[str, ...]] = {}
        for directive in text.split(";"):
            words = directive.split()
            if words:
                self._directives.setdefault(words[0].lower(), tuple(words[1:]))

    def sources(self, kind: str) -> _Sources:
        names = (name for name in _FALLBACKS[kind] if name in self._directives)
        name = next(names, None)
        return _Sources(None if name is None else self._directives[name])

    @property
    def forbids_scripts(self) -> bool:
        """Whether a sandbox takes the page's scripts or its origin away."""
        flags = self._directives.get("sandbox")
        return flags is not None and not {"allow-scripts", "allow-same-origin"} <= {
            flag.lower() for flag in flags
        }


def permissions(
    header_values: Sequence[str], meta_policies: Sequence[str] = (), *, origin: str | None = None
) -> Permissions | None:
    """What all the policies together allow, or None where a slot could not work.

    `header_values` are the values of `Content-Security-Policy` fields (not of its report-only
    sister), `meta_policies` those of `<meta http-equiv>`. `origin` is the page's, such as
    "https://example.org"; without it only `'self'` and `*` count as our address.
    """
    from_header = [_Policy(text) for value in header_values for text in value.split(",")]
    if any(policy.forbids_scripts for policy in from_header):
        return None
    policies = from_header + [_Policy(text) for text in meta_policies]
    if not policies:
        return UNRESTRICTED

    nonces = frozenset[str]().union(
        *(policy.sources(kind).nonces for policy in policies for kind in ("script", "style"))
    )
    found = [
        allowed
        for nonce in (None, *sorted(nonces))
        if (allowed := _with_nonce(policies, nonce, origin)) is not None
    ]
    # The most inline: it costs no request before the first paint. Without a nonce if equal.
    return max(found, key=lambda p: p.inline_style + p.inline_script, default=None)


def _with_nonce(
    policies: Sequence[_Policy], nonce: str | None, origin: str | None
) -> Permissions | None:
    def inline(kind: str) -> bool:
        return all(
            policy.sources(kind).allows_inline(nonce, is_script=kind == "script")
            for policy in policies
        )

    def address(kind: str, nonce: str | None = None) -> bool:
        return all(
            policy.sources(kind).allows_address(nonce, origin, is_script=kind == "script")
            for policy in policies
        )

    inline_style = inline("style")
    if not (address("script", nonce) and (inline_style or address("style", nonce))):
        return None
    if not address("frame"):
        return None
    return Permissions(inline_style, inline("script"), nonce, address("connect"))
