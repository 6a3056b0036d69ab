"""Rules about who is asked for an ad: the fill chain against `[demand]`, refresh and labels."""

from __future__ import annotations

from collections.abc import Iterator

from adweave.placements.demand import SET_UP
from adweave.placements.document import Document
from adweave.placements.folder import Folder
from adweave.placements.layouts import Layout, Placement
from adweave.placements.positions import Path
from adweave.placements.problems import Problem
from adweave.placements.values import VIEWPORTS, one_of

# Sooner is invalid traffic to Google (Ad Manager help, "Refresh") and most exchanges.
SOONEST_REFRESH_S = 30

_HOW = {
    "gpt": 'write [demand.gpt] with unit = "/NETWORK/UNIT" in site.toml',
    "prebid": 'write [demand.prebid] with src = "/prebid.js" in site.toml',
    "adsense": 'write [demand.adsense] with client = "ca-pub-..." in site.toml',
    "iframe": 'write [demand.iframe] with url = "https://..." in site.toml',
}

# AdSense's placement policies: ads may be called "Advertisements" or "Sponsored Links", in the
# page's language, and nothing else.
_ADSENSE_LABELS = {
    "ar": ("إعلانات", "إعلان", "روابط إعلانية"),
    "bg": ("реклами", "реклама", "спонсорирани връзки"),
    "cs": ("reklama", "reklamy", "inzerce", "sponzorované odkazy"),
    "da": ("annoncer", "annonce", "sponsorerede links"),
    "de": ("anzeigen", "anzeige", "werbung", "gesponserte links"),
    "el": ("διαφημίσεις", "διαφήμιση", "διαφημιστικοί σύνδεσμοι"),
    "en": ("advertisements", "advertisement", "sponsored links"),
    "es": ("anuncios", "anuncio", "publicidad", "enlaces patrocinados"),
    "fa": ("آگهی", "آگهی‌ها", "تبلیغات", "پیوندهای حمایت‌شده"),
    "fi": ("mainokset", "mainos", "ilmoitus", "sponsoroidut linkit"),
    "fr": ("annonces", "annonce", "publicité", "publicités", "liens sponsorisés"),
    "he": ("פרסומות", "פרסומת", "מודעות", "קישורים ממומנים"),
    "hi": ("विज्ञापन", "प्रायोजित लिंक"),
    "hu": ("hirdetések", "hirdetés", "szponzorált linkek"),
    "id": ("iklan", "tautan bersponsor"),
    "it": ("annunci", "annuncio", "pubblicità", "link sponsorizzati"),
    "ja": ("広告", "スポンサー リンク", "スポンサーリンク"),
    "ko": ("광고", "스폰서 링크"),
    "nb": ("annonser", "annonse", "sponsede lenker"),
    "nl": ("advertenties", "advertentie", "gesponsorde links"),
    "no": ("annonser", "annonse", "sponsede lenker"),
    "pl": ("reklamy", "reklama", "linki sponsorowane"),
    "pt": ("anúncios", "anúncio", "publicidade", "links patrocinados"),
    "ro": ("anunțuri", "publicitate", "reclame", "linkuri sponsorizate"),
    "ru": ("реклама", "рекламные объявления", "рекламные ссылки", "спонсорские ссылки"),
    "sv": ("annonser", "annons", "sponsrade länkar"),
    "th": ("โฆษณา", "ลิงก์ผู้สนับสนุน"),
    "tr": ("reklamlar", "reklam", "ilan", "sponsorlu bağlantılar"),
    "uk": ("реклама", "рекламні оголошення", "рекламні посилання", "спонсорські посилання"),
    "vi": ("quảng cáo", "liên kết được tài trợ"),
    "zh": ("广告", "廣告", "赞助商链接", "贊助商連結"),
}


def fill_problems(
    document: Document[Layout], at: Path, placement: Placement, folder: Folder
) -> Iterator[Problem | None]:
    """What is wrong or unwise in one placement's chain."""
    for index, adapter in enumerate(placement.fill):
        if adapter in placement.fill[:index]:
            yield document.problem(
                (*at, "fill", index), "is asked twice; take one out", code="double-fill",
                severity="warning",
            )  # fmt: skip
        elif folder.knows("demand"):
            yield _set_up(document, (*at, "fill", index), adapter, placement, folder)
    if not placement.fill:
        yield document.problem(
            (*at, "fill"),
            'asks nobody; the box would stay empty: write fill = ["house"]',
            code="no-fill",
            severity="warning",
        )
    for adapter in SET_UP:
        if getattr(placement, adapter) is not None and adapter not in placement.fill:
            yield document.problem(
                (*at, adapter),
                f'means nothing, as fill does not ask "{adapter}"; take it out or add '
                f'"{adapter}" to fill',
                code="idle-key",
                severity="warning",
            )
    yield from _refresh(document, at, placement)
    yield from _creatives(document, at, placement, folder)


def _set_up(
    document: Document[Layout], path: Path, adapter: str, placement: Placement, folder: Folder
) -> Problem | None:
    demand = folder.settings.demand
    if not demand.knows(adapter):
        return document.problem(path, f"is not set up; {_HOW[adapter]}", code="not-set-up")
    if (
        adapter == "adsense"
        and demand.adsense is not None
        and demand.adsense.slot is None
        and placement.adsense is None
    ):
        return document.problem(
            path,
            'has no ad slot; write adsense = { slot = "1234567890" } here, or slot under '
            "[demand.adsense] in site.toml",
            code="not-set-up",
        )
    if adapter == "prebid" and demand.prebid is not None:
        bids = (placement.prebid.bids if placement.prebid else ()) or demand.prebid.bids
        if not bids:
            return document.problem(
                path,
                'has nobody who bids; write prebid = { bids = [{ bidder = "..." }] } here, or '
                "[[demand.prebid.bids]] in site.toml",
                code="not-set-up",
            )
        later = placement.fill[placement.fill.index("prebid") :]
        if demand.prebid.hand_over and "gpt" not in later:
            return document.problem(
                path,
                'hands its bids over (hand_over in site.toml), and no "gpt" comes after it: nobody '
                'would show them; write fill = ["prebid", "gpt", ...]',
                code="not-set-up",
            )
    return None


def _refresh(
    document: Document[Layout], at: Path, placement: Placement
) -> Iterator[Problem | None]:
    refresh = placement.refresh
    if refresh is not None and refresh.seconds < SOONEST_REFRESH_S:
        yield document.problem(
            (*at, "refresh"),
            f"is sooner than {SOONEST_REFRESH_S} s in view, which Google and most exchanges take "
            f'for invalid traffic: write "{SOONEST_REFRESH_S}s" or more',
            code="fast-refresh",
            severity="warning",
        )
    if refresh is not None and "adsense" in placement.fill:
        yield document.problem(
            (*at, "refresh"),
            "refreshes AdSense's ads, which its policies do not allow: take it out, or take "
            '"adsense" out of fill',
            code="adsense-refresh",
            severity="warning",
        )


def _creatives(
    document: Document[Layout], at: Path, placement: Placement, folder: Folder
) -> Iterator[Problem | None]:
    if not placement.enabled or "house" not in placement.fill:
        return
    for viewport in VIEWPORTS:
        sizes = placement.sizes.for_viewport(viewport)
        if sizes and not any(creative.size in sizes for creative in folder.creatives):
            wanted = " or ".join(str(size) for size in sizes)
            yield document.problem(
                (*at, "sizes", viewport),
                f"has no house creative for {viewport}; add one of {wanted} to creatives/, such "
                f"as creatives/NAME-{sizes[0]}.html",
                code="no-creative",
                severity="warning",
            )


def idle_demand(folder: Folder) -> Iterator[Problem]:
    """Adapters that are set up and that no placement asks."""
    document = folder.site
    if document is None or document.model is None or not folder.layouts:
        return
    if any(doc.faulty or doc.has_syntax_faults or doc.model is None
           for doc in folder.layouts.values()):  # fmt: skip
        return
    asked = {
        adapter
        for layout in folder.layouts.values()
        if layout.model is not None
        for placement in layout.model.placement
        for adapter in placement.fill
    }
    for adapter in SET_UP:
        if getattr(document.model.demand, adapter) is not None and adapter not in asked:
            problem = document.problem(
                ("demand", adapter),
                f'[demand.{adapter}] is asked by no placement; add "{adapter}" to a fill, or take '
                "it out",
                code="unused",
                severity="warning",
                shows_value=False,
            )
            if problem is not None:
                yield problem


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def label_problems(folder: Folder) -> Iterator[Problem]:
    """Labels that AdSense's policy does not allow, where some chain asks AdSense."""
    asks = any(
        "adsense" in placement.fill and placement.enabled
        for document in folder.layouts.values()
        if document.model is not None
        for placement in document.model.placement
    )
    if not asks:
        return
    for tag, document in folder.labels.items():
        label = document.model.adsense if document.model is not None else None
        allowed = _ADSENSE_LABELS.get(tag.casefold().partition("-")[0])
        if label is None or allowed is None or _folded(label) in map(_folded, allowed):
            continue
        problem = document.problem(
            ("adsense",),
            "is a label that AdSense's policies do not allow beside its ads; in this language "
            f"write {one_of(allowed)}, in any case",
            code="adsense-label",
            severity="warning",
        )
        if problem is not None:
            yield problem
