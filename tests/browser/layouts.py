"""Twelve kinds of article page, as sites build them, for slots to stand in without a jump."""

from __future__ import annotations

from tests.browser.newsstand import WORDS, Article

_PICTURE = (
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='600' height='300'>"
    "<rect width='600' height='300' fill='%23786'/></svg>"
)
_JAPANESE = "港は静かだった。嵐が置いていったままに舟が並び、人々は黙って網を道まで運んだ。" * 4
_ARABIC = "كان الميناء هادئًا ذلك الصباح، وبقيت القوارب حيث تركتها العاصفة. " * 6


def _with_pictures(n: int) -> str:
    if n % 4 == 3:
        return (
            f'<figure id=f{n}><img src="{_PICTURE}" width=600 height=300 alt="" '
            "style='width:100%;height:auto'><figcaption>The road.</figcaption></figure>"
        )
    return f"<p id=p{n}>{WORDS * 2}</p>"


def _with_headings(n: int) -> str:
    return (f"<h2 id=h{n}>Part {n}</h2>" if n % 5 == 4 else "") + f"<p id=p{n}>{WORDS * 2}</p>"


def _with_lists(n: int) -> str:
    if n % 5 == 2:
        return f"<ul id=u{n}><li>nets</li><li>ropes</li><li>boats</li></ul>"
    if n % 5 == 4:
        return f"<table id=t{n}><tr><td>07:00</td><td>Ferry</td></tr></table>"
    return f"<p id=p{n}>{WORDS * 2}</p>"


LAYOUTS: dict[str, Article] = {
    "plain": Article(),
    "pictures": Article(body=_with_pictures),
    "headings": Article(body=_with_headings),
    "lists and tables": Article(body=_with_lists),
    "grid": Article(
        css="article{display:grid;grid-template-columns:1fr min(42rem,100%) 1fr}"
        "article>*{grid-column:2;min-width:0}"
    ),
    "flex": Article(
        css="article{display:flex;flex-direction:column;align-items:center}"
        "article>*{max-width:40rem;width:100%;box-sizing:border-box;padding:0 16px}"
    ),
    "side column": Article(
        css="main{display:flex;gap:24px;max-width:1200px;margin:auto}article{flex:1;min-width:0;"
        "padding:0 16px}main::after{content:'';flex:0 0 20%}"
    ),
    "scroll container": Article(
        css="article{max-width:46rem;margin:auto;padding:0 16px;overflow-anchor:none}"
    ),
    "sticky header": Article(
        css="h1{position:sticky;top:0;background:#fff;z-index:2}"
        "article{max-width:46rem;margin:auto;padding:0 16px}"
    ),
    "hostile rules": Article(
        css="article{max-width:46rem;margin:auto}article>*{line-height:2;min-height:1px;"
        "transition:all .3s;padding:4px 16px}article>*+*{margin-top:2em}"
    ),
    "right to left": Article(lang="ar", dir="rtl", body=lambda n: f"<p id=p{n}>{_ARABIC}</p>"),
    "japanese": Article(lang="ja", body=lambda n: f"<p id=p{n}>{_JAPANESE}</p>"),
}
