"""What a page's content security policies let us insert.

Reads `Content-Security-Policy` values and `<meta>` policies as a browser would, and
answers in one look: inline or from our address, and with which nonce. Every policy of a page must
agree. Where the policies leave no way for a slot's style, its scripts or its frames, the
page is better passed than broken. Source: W3C Content Security Policy Level 3.

A policy that names its scripts by hash alone gets the hashes of ours, which changes nothing else:
an inline script is let in by its hash, and so is one from an address whose element carries it as
`integrity`. That is done in the header field only. A policy in a `<meta>` element is part of the
page, whose bytes stay as they are, and a second one could only forbid more.

Knows nothing of pages or plans.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from adweave.slots.assets import integrity_of
from adweave.slots.model import PREFIX

TRUSTED_TYPES_POLICY = "adweave"
"""Name of the policy that the loader makes before it fetches a vendor's script."""

_FALLBACKS = {
    "script": ("script-src-elem", "script-src", "default-src"),
    "style": ("style-src-elem", "style-src", "default-src"),
    "frame": ("frame-src", "child-src", "default-src"),
    "connect": ("connect-src", "default-src"),
}
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Cover a page of any site: one on plain http that says https: could load nothing of its own.
_ANY_HOST = ("https:", "https://*", "http:", "http://*")


@dataclass(frozen=True, slots=True)
class Permissions:
    """How a page may be given its style and scripts.

    What may not be inline is allowed from the site's own address. `nonce` goes on every
    style and script where it is not None. `can_report` is whether events may be sent. `barred`
    names the demand adapters whose scripts or frames are not let in. `by_hash`: our scripts are
    let in by their hashes, which the header must get (`with_hashes`). `can_import` is whether the
    loader may fetch more of our code.
    """

    inline_style: bool = True
    inline_script: bool = True
    nonce: str | None = None
    can_report: bool = True
    barred: frozenset[str] = frozenset()
    by_hash: bool = False
    can_import: bool = True


@dataclass(frozen=True, slots=True)
class Needs:
    """Addresses that a demand adapter's script is fetched from, and that its frames show.

    Each is absolute, or a path of the site's own.
    """

    scripts: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()


NO_NEEDS: Mapping[str, Needs] = {}

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

    def names(self, script: str) -> bool:
        """Whether the hash of one of our scripts is among the sources."""
        return f"'{integrity_of(script)}'" in (self.expressions or ())

    @property
    def is_dynamic(self) -> bool:
        """Whether what a trusted script fetches is trusted, wherever it comes from."""
        return "'strict-dynamic'" in [e.lower() for e in self.expressions or ()]

    def allows_inline(self, nonce: str | None, *, is_script: bool) -> bool:
        if self.expressions is None or nonce in self.nonces:
            return True
        lowered = [e.lower() for e in self.expressions]
        # A nonce, a hash, and for scripts 'strict-dynamic' switch 'unsafe-inline' off.
        is_overruled = any(e.startswith(("'nonce-", "'sha")) for e in lowered) or (
            is_script and "'strict-dynamic'" in lowered
        )
        return "'unsafe-inline'" in lowered and not is_overruled

    def allows_address(
        self, nonce: str | None, origin: str | None, address: str = PREFIX, *, is_script: bool
    ) -> bool:
        """`address` is a path of the page's own origin, or absolute."""
        if self.expressions is None or nonce in self.nonces:
            return True
        lowered = [e.lower() for e in self.expressions]
        if is_script and "'strict-dynamic'" in lowered:
            return False
        return any(_matches(expression, origin, address) for expression in self.expressions)


def _matches(expression: str, origin: str | None, address: str) -> bool:
    """Whether a source expression covers `address`; a path is one at the page's own origin."""
    is_own = address.startswith("/")
    if expression == "*" or (is_own and expression.lower() == "'self'"):
        return True
    if expression.startswith("'"):
        return False
    if is_own and origin is None:
        return expression.lower() in _ANY_HOST
    ours = urlsplit(f"{origin}{address}" if is_own else address)
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
    # A path with a slash at its end covers a folder, any other is one file.
    wanted = slash + path
    is_path = not slash or (
        ours.path.startswith(wanted) if wanted.endswith("/") else ours.path == wanted
    )
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
    def allows_our_trusted_types(self) -> bool:
        """Whether the loader may make the address of a script, where that is guarded."""
        guarded = self._directives.get("require-trusted-types-for", ())
        named = self._directives.get("trusted-types")
        return (
            "'script'" not in {word.lower() for word in guarded}
            or named is None
            or TRUSTED_TYPES_POLICY in named
            or "*" in named
        )

    @property
    def forbids_scripts(self) -> bool:
        """Whether a sandbox takes the page's scripts or its origin away."""
        flags = self._directives.get("sandbox")
        return flags is not None and not {"allow-scripts", "allow-same-origin"} <= {
            flag.lower() for flag in flags
        }


@lru_cache(maxsize=512)
def with_hashes(value: str) -> str:
    """A `Content-Security-Policy` value that lets our scripts in by hash, if it goes by hashes.

    Unchanged where a policy names no hash: a first one would switch 'unsafe-inline' off. Unchanged
    too where it has a nonce, or lets the site's own scripts in.
    """
    return ",".join(map(_with_hashes, value.split(",")))


def _with_hashes(policy: str) -> str:
    directives = policy.split(";")
    names = [(directive.split() or [""])[0].lower() for directive in directives]
    name = next((name for name in _FALLBACKS["script"] if name in names), None)
    if name is None:
        return policy
    at = names.index(name)
    lowered = directives[at].lower().split()[1:]
    is_by_hash = any(e.startswith("'sha") for e in lowered)
    is_let_in = any(e.startswith("'nonce-") for e in lowered) or (
        "'strict-dynamic'" not in lowered and bool({"'self'", "*"} & set(lowered))
    )
    if is_by_hash and not is_let_in:
        ours = " ".join(f"'{integrity_of(script)}'" for script in ("loader", "head"))
        directives[at] = f"{directives[at].rstrip()} {ours}"
    return ";".join(directives)


def permissions(
    header_values: Sequence[str],
    meta_policies: Sequence[str] = (),
    *,
    origin: str | None = None,
    demand: Mapping[str, Needs] = NO_NEEDS,
) -> Permissions | None:
    """What all the policies together allow, or None where a slot could not work.

    `header_values` are the values of `Content-Security-Policy` fields (not of its report-only
    sister), `meta_policies` those of `<meta http-equiv>`. `origin` is the page's, such as
    "https://example.org"; without it only `'self'` and what covers all hosts count as our
    address. `demand` has what each adapter needs; those that are not let in are `barred`, and
    the rest works.
    """
    found = _permissions(header_values, meta_policies, origin, demand)
    if found is not None:
        return found
    return _permissions(list(map(with_hashes, header_values)), meta_policies, origin, demand)


def _permissions(
    header_values: Sequence[str],
    meta_policies: Sequence[str],
    origin: str | None,
    demand: Mapping[str, Needs],
) -> Permissions | None:
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
        if (allowed := _with_nonce(policies, nonce, origin, demand)) is not None
    ]
    # The most inline: it costs no request before the first paint. Without a nonce if equal.
    return max(found, key=lambda p: p.inline_style + p.inline_script, default=None)


def _with_nonce(
    policies: Sequence[_Policy],
    nonce: str | None,
    origin: str | None,
    demand: Mapping[str, Needs],
) -> Permissions | None:
    def inline(kind: str) -> bool:
        return all(
            policy.sources(kind).allows_inline(nonce, is_script=kind == "script")
            or (kind == "script" and policy.sources(kind).names("head"))
            for policy in policies
        )

    def address(kind: str, nonce: str | None = None) -> bool:
        return all(
            policy.sources(kind).allows_address(nonce, origin, is_script=kind == "script")
            for policy in policies
        )

    inline_style = inline("style")
    by_address = address("script", nonce)
    is_let_in = by_address or all(
        sources.names("loader") or sources.allows_address(nonce, origin, is_script=True)
        for sources in (policy.sources("script") for policy in policies)
    )
    if not (is_let_in and (inline_style or address("style", nonce))):
        return None
    if not address("frame"):
        return None
    can_import = all(
        sources.is_dynamic or sources.allows_address(nonce, origin, is_script=True)
        for sources in (policy.sources("script") for policy in policies)
    )
    barred = frozenset(
        name
        for name, needs in demand.items()
        if not _is_let_in(policies, nonce, origin, needs) or (needs.scripts and not can_import)
    )
    return Permissions(
        inline_style,
        inline("script"),
        nonce,
        address("connect"),
        barred,
        by_hash=not by_address,
        can_import=can_import,
    )


def _is_let_in(
    policies: Sequence[_Policy], nonce: str | None, origin: str | None, needs: Needs
) -> bool:
    """Whether an adapter's script, which the loader writes, and its frames are allowed."""

    def is_script_let_in(policy: _Policy, address: str) -> bool:
        sources = policy.sources("script")
        return sources.is_dynamic or sources.allows_address(nonce, origin, address, is_script=True)

    return all(
        all(is_script_let_in(policy, address) for address in needs.scripts)
        and (not needs.scripts or policy.allows_our_trusted_types)
        and all(
            policy.sources("frame").allows_address(None, origin, address, is_script=False)
            for address in needs.frames
        )
        for policy in policies
    )
