"""`/_adweave/qa`: checks a tester's link, keeps what it asks for in a cookie, and leads on.

Every way in ends in an answer that says what is wrong, or at a page of this site: where to go
comes from the link, so only a path of this very address is followed (no open redirect). Nothing
here is kept by a cache, and no page depends on the cookie but in the tester's own browser.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from adweave.events import QA_COOKIE, SESSION_S, BadLink, forced_by

from .fields import Field
from .plain import say

if TYPE_CHECKING:
    from starlette.types import Scope, Send

    from adweave.placements import Site

# What a browser takes for another address or could not stand in a header field.
_ELSEWHERE: Final = re.compile(r"[^/]|/[/\\]|.*[\x00-\x20\x7f-\U0010ffff\\]", re.DOTALL)
_END: Final = f"{QA_COOKIE}=; Path=/; Max-Age=0; SameSite=Lax"


@dataclass(frozen=True, slots=True)
class _Answer:
    code: int
    sentence: str
    fields: tuple[Field, ...] = ()


async def try_variant(scope: Scope, send: Send, key: bytes | None, site: Site | None) -> None:
    """Answer a tester's link; without a `link` in the query, end what one began."""
    query = scope.get("query_string", b"").decode("latin-1")
    answer = _answer(query, key, site, time.time(), is_secure=scope.get("scheme") == "https")
    await say(send, answer.code, answer.sentence, *answer.fields)


def _answer(
    query: str, key: bytes | None, site: Site | None, now_s: float, *, is_secure: bool
) -> _Answer:
    asked = parse_qs(query, max_num_fields=10) if query.count("&") < 10 else {}
    (link,) = asked.get("link", [""])[:1]
    (to,) = asked.get("to", ["/"])[:1]
    if not link:
        ended = (b"set-cookie", _END.encode("ascii"))
        return _Answer(200, "No variant is chosen for you any more: you are a reader again.",
                       (ended,))  # fmt: skip
    if key is None or site is None:
        return _Answer(503, "Links cannot be checked now: there is no key, or no configuration.")
    try:
        forced = forced_by(key, link, now_s)
    except BadLink as bad:
        if bad.reason == "expired":
            return _Answer(410, "This link has expired. `adweave experiment link` makes a new one.")
        return _Answer(403, "This link was not made by this site, or it was changed on the way.")
    experiment = site.experiments.get(forced.experiment)
    if experiment is None:
        return _Answer(404, f'There is no experiment "{forced.experiment}" any more.')
    if forced.variant not in [variant.name for variant in experiment.variants]:
        return _Answer(404, f'{experiment.name} has no variant "{forced.variant}" any more.')
    if not experiment.is_running:
        return _Answer(409, f"{experiment.name} is {experiment.status}: pages have its variants "
                       "only while it runs. `adweave preview` shows a layout before.")  # fmt: skip
    if _ELSEWHERE.match(to):
        return _Answer(400, "The link leads to another site. Only a path of this one is allowed.")
    lasts_s = max(1, min(SESSION_S, int(forced.until_s - now_s)))
    cookie = f"{QA_COOKIE}={link}; Path=/; Max-Age={lasts_s}; SameSite=Lax"
    cookie += "; Secure" if is_secure else ""
    return _Answer(
        303, f"{experiment.name}: you see {forced.variant}, and are not counted.",
        ((b"location", to.encode("ascii")), (b"set-cookie", cookie.encode("ascii"))),
    )  # fmt: skip
