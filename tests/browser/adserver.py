"""Ad servers for the tests, on the newsstand's own address: each speaks its kind's protocol.

The tag scripts beside this file (`demand/`) follow the documented contracts of Google's; the
auction is Prebid's own, from npm, and bids come by OpenRTB.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from adweave.placements import Site
from tests.browser.newsstand import CROSS_ORIGIN, Newsstand, Response
from tests.browser.packages import bundled
from tests.configurations import layout, site

SCRIPTS = Path(__file__).parent / "demand"
CREATIVE = "<!doctype html><title>ad</title><body style='margin:0;background:#146'>ad"
JAVASCRIPT = "text/javascript"
# What a line item for Prebid's bids has as its creative: in a SafeFrame it can only send messages,
# as Prebid documents them for creatives of other origins.
UNIVERSAL_CREATIVE = """<!doctype html><title>line item</title><body style="margin:0"><script>
const adId = "%%PATTERN:hb_adid%%";
const send = (message, content, heard) => {
  const channel = new MessageChannel();
  if (heard) channel.port1.onmessage = heard;
  parent.postMessage(JSON.stringify({message, adId, ...content}), "*", [channel.port2]);
};
const mkFrame = (owner, attributes) => {
  const frame = owner.createElement("iframe");
  for (const [name, value] of Object.entries(attributes)) frame.setAttribute(name, value);
  return frame;
};
send("Prebid Request", {}, ({data}) => {
  const answer = JSON.parse(data);
  const script = document.createElement("script");
  script.textContent = answer.renderer;
  document.head.append(script);
  Promise.resolve(window.render(answer, {sendMessage: send, mkFrame}, window))
    .then(() => send("Prebid Event", {event: "adRenderSucceeded"}));
});
</script>"""

Asked = dict[str, Any]


@dataclass
class AdServer:
    """What was asked, and what is answered; tests set the answers.

    `gpt` gives the creative's size or None for no ad, `adsense` whether there is an ad,
    `bid` an OpenRTB bid or None, `page` the page in an iframe.
    """

    stand: Newsstand
    gpt: Callable[[Asked], list[int] | None] = lambda asked: [300, 250]
    adsense: Callable[[Asked], bool] = lambda asked: True
    bid: Callable[[Asked], Asked | None] = lambda impression: {"price": 1.2, "adm": CREATIVE}
    page: Callable[[Asked], str] = lambda words: CREATIVE
    asked: dict[str, list[Asked]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        answers = self.stand.answers
        for name in ("gpt", "adsbygoogle"):
            script = Response([(SCRIPTS / f"{name}.js").read_bytes()], JAVASCRIPT)
            self.stand.responses[f"/ads/{name}.js"] = script
        answers["/ads/prebid.js"] = lambda path, body: Response([bundled("prebid.mjs")], JAVASCRIPT)
        answers["/ads/gampad"] = self._gampad
        answers["/ads/adsense"] = self._adsense
        answers["/ads/openrtb2"] = self._auction
        answers["/ads/serve"] = self._serve

    def _note(self, kind: str, asked: Asked) -> Asked:
        self.asked.setdefault(kind, []).append(asked)
        return asked

    def _gampad(self, path: str, body: bytes) -> Response:
        asked = self._note("gpt", json.loads(body))
        ids = asked["targeting"].get("hb_adid")
        html = UNIVERSAL_CREATIVE.replace("%%PATTERN:hb_adid%%", ids[0]) if ids else CREATIVE
        return _json({"size": self.gpt(asked), "html": html})

    def _adsense(self, path: str, body: bytes) -> Response:
        is_filled = self.adsense(self._note("adsense", json.loads(body)))
        return _json({"html": CREATIVE if is_filled else None})

    def _auction(self, path: str, body: bytes) -> Response:
        request = self._note("prebid", json.loads(body))
        bids = []
        for impression in request["imp"]:
            bid = self.bid(impression)
            if bid is not None:
                own = {"id": "b1", "impid": impression["id"], "crid": "c1", "w": 300, "h": 250}
                bids.append(
                    {**own, **bid, "ext": {"prebid": {"type": "banner"}, **bid.get("ext", {})}}
                )
        seats = [{"seat": "local", "bid": bids}] if bids else []
        return _json({"id": request["id"], "cur": "USD", "seatbid": seats})

    def _serve(self, path: str, body: bytes) -> Response:
        words = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        return Response([self.page(self._note("iframe", words)).encode()])


def _json(value: object) -> Response:
    return Response([json.dumps(value).encode()], "application/json", CROSS_ORIGIN)


DEMAND: dict[str, Any] = {
    "timeout_ms": 20_000,
    "gpt": {"unit": "/1234/news/{placement}", "src": "/ads/gpt.js"},
    "adsense": {"client": "ca-pub-1234567890123456", "slot": "77", "src": "/ads/adsbygoogle.js"},
    "iframe": {
        "url": "/ads/serve?p={placement}&n={n}&w={width}&h={height}&l={lang}&c={consent}&g={gpp}"
    },
    "prebid": {
        "src": "/ads/prebid.js",
        "bids": [{"bidder": "local", "params": {"place": "{placement}"}}],
        "config": {
            "s2sConfig": {
                "accountId": "1",
                "bidders": ["local"],
                "adapter": "prebidServer",
                "enabled": True,
                "timeout": 16000,
                "endpoint": "/ads/openrtb2",
                "allowUnknownBidderCodes": True,
            }
        },
    },
}
FREE = {"visitor_id": "assumed", "require": "none"}
"""A consent policy under which everybody may be asked."""


def selling(
    *fill: str,
    consent: dict[str, Any] | None = None,
    demand: dict[str, Any] | None = None,
    **placement: Any,
) -> Site:
    """A configuration whose placement asks `fill`; `demand` changes the adapters' settings."""
    changed = {
        name: {**value, **(demand or {}).get(name, {})} if isinstance(value, dict) else value
        for name, value in DEMAND.items()
    } | {name: value for name, value in (demand or {}).items() if name not in DEMAND}
    changed["timeout_ms"] = (demand or {}).get("timeout_ms", DEMAND["timeout_ms"])
    return site(layout(fill=list(fill), **placement), consent=consent or FREE, demand=changed)
