"""What is known of a page before its body has come: by its address, or by its answer's head.

Two ways around the body. A page that is held with the upstream's validator is asked for by that,
and a 304 stands for it (`held`). A page whose strong tag tells its plan is woven while it comes
(`streaming`). Whatever fails in here costs the short cut and nothing else. Knows no sockets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from . import status
from .codings import IDENTITY, Accepted
from .counts import Counts
from .fields import Field, Fields
from .heads import Candidate
from .held import Asked, Held, Verdict, asked_by, asking, varies_by, verdict_on
from .memory import Memory, in_coding
from .outcome import Outcome, Page
from .plans import PagePlan
from .streaming import CODINGS, Known, Splice, name_of
from .validators import woven_tag

_PLAN_HIT: Final = ("adweave_plans_total", "plan", "hit")
_WOVEN: Final = ("adweave_pages_total", "result", "woven")
_RESULTS: Final = {"held": "unchanged", "client's": "unchanged", "refused": "refused"}
_STREAMED: Final = {True: "whole", False: "stopped"}


class Ahead:
    """The short cuts. `complain` is told what failed, by kind; for the event loop's thread."""

    def __init__(
        self, memory: Memory, counts: Counts, complain: Callable[[str, BaseException], None]
    ) -> None:
        self._memory = memory
        self._counts = counts
        self._complain = complain

    @property
    def has_held(self) -> bool:
        """Whether anything is held at all."""
        return bool(len(self._memory.held))

    def held_for(
        self, target: bytes, fields: list[Field], epoch: bytes, accepted: Accepted
    ) -> tuple[Asked, Held, Page, list[Field]] | None:
        """What may answer a GET or HEAD, and the fields by which the upstream is asked that, too.

        `fields` are the request's as the upstream gets them. None: nothing is held for it, or not
        in the client's best coding. Never raises.
        """
        try:
            asked = asked_by(target, fields, epoch)
            held = None if asked is None else self._memory.held.find(asked)
            if asked is None or held is None:
                return None
            key = in_coding(held.page_key, held.candidate, accepted.best)
            page, with_ours = self._memory.pages.get(key), asking(fields, held)
            return None if page is None or with_ours is None else (asked, held, page, with_ours)
        except Exception as error:
            self._complain("held", error)
            return None

    def verdict(self, asked: Asked, held: Held, fields: Fields) -> Verdict:
        """What a 304 with such fields says; counted. Never raises: a fault is a refusal."""
        try:
            verdict = verdict_on(held, fields, asked=asked.fields, has_cookie=asked.has_cookie)
        except Exception as error:
            self._complain("held", error)
            verdict = "refused"
        self._counts.add("adweave_revalidations_total", "result", _RESULTS[verdict])
        if verdict == "refused":
            self._memory.held.refuse(asked, held)
        return verdict

    def hold(
        self,
        candidate: Candidate,
        target: bytes,
        asked: list[Field],
        fields: list[Field],
        key: bytes,
    ) -> None:
        """Hold a woven page's answer with its validator, if it may be given to others.

        `asked` are the request's fields as the upstream got them, `fields` the answer's, as the
        client would get them if nothing were woven. Never raises.
        """
        try:
            names = varies_by(fields)
            by = None if names is None else asked_by(target, asked, candidate.epoch)
            if names is None or by is None:
                return
            if self._memory.held.keep(by, names, candidate, fields, key):
                self._memory.share_room()
        except Exception as error:
            self._complain("hold", error)

    def still(self, held: Held, page: Page) -> Outcome:
        """The outcome where the upstream has said that a held page is the one; counted."""
        self._counts.bump(_PLAN_HIT)
        self._counts.bump(_WOVEN)
        return Outcome(
            page.body, None, page.status_field, page.tag_for(held.candidate), page.coding
        )

    def note(self, candidate: Candidate, address: bytes, body: bytes, key: bytes) -> None:
        """Note a woven page, so that it can stream when its tag comes again. Never raises."""
        try:
            name = name_of(candidate.tag, candidate.seed, (address,))
            if (
                name is None
                or candidate.coding != IDENTITY
                or self._memory.known.get(name) is not None
            ):
                return
            plan = self._memory.plans.get(key)
            if not isinstance(plan, PagePlan):
                return
            if candidate.engine.site.settings.members.selector is not None:
                return  # the page's last element may say that it is not to be woven
            self._memory.known.put(name, Known.of(key, body, plan, candidate.seed))
            self._memory.share_room()
        except Exception as error:
            self._complain("stream", error)

    def is_known(self, candidate: Candidate, address: bytes) -> bool:
        """Whether the page of an answer can stream, as far as its head tells. Never raises."""
        if not len(self._memory.known):
            return False
        name = name_of(candidate.tag, candidate.seed, (address,))
        return name is not None and self._memory.known.get(name) is not None

    def splice(
        self, candidate: Candidate, address: bytes, length: bytes | None, accepted: Accepted
    ) -> tuple[Splice, Outcome] | None:
        """What the page of an answer streams through, and its outcome without a body; counted.

        `length` is the answer's Content-Length. None: it is to be held back. Never raises.
        """
        try:
            name = name_of(candidate.tag, candidate.seed, (address,))
            known = None if name is None else self._memory.known.get(name)
            if known is None or accepted.fast not in CODINGS:
                return None
            plan = self._memory.plans.get(known.page_key)
            if not isinstance(plan, PagePlan) or (length and int(length) != known.length):
                return None
            coding = accepted.fast
            splice = Splice(known, plan, candidate.seed, coding)
        except Exception as error:
            self._complain("stream", error)
            return None
        # Packed as it came, it is not byte for byte what is in the store: the tag is weak.
        tag = woven_tag(candidate.tag, candidate.epoch, b"", "" if coding == IDENTITY else coding)
        self._counts.bump(_PLAN_HIT)
        self._counts.bump(_WOVEN)
        return splice, Outcome(
            b"",
            None,
            status.woven(plan.slots, plan.layout, "hit", plan.lang),
            tag if coding == IDENTITY else b"W/" + tag,
            coding,
        )

    def streamed(self, splice: Splice, candidate: Candidate, address: bytes) -> None:
        """A page has streamed to its end; counted. What was not as known is forgotten."""
        self._counts.add("adweave_streams_total", "result", _STREAMED[splice.is_whole])
        if splice.fault is not None:
            self._complain("stream", splice.fault)
        name = name_of(candidate.tag, candidate.seed, (address,))
        if not splice.is_whole and name is not None:
            self._memory.known.forget(name)
