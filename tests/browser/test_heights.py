"""Estimated heights against those of a real layout, for articles of our own in many scripts."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from itertools import pairwise

import pytest

from adweave.page import Outline
from tests.bench.calibration import SERVED_BY, marked
from tests.bench.typesetting import WIDTHS, Typesetter

# What an estimate may be off by: a distance by a line of a heading (30 px) or by 40 %, half of
# an article's distances by 15 %, the whole article by 8 %.
LINE_PX, NEAR, HALF, WHOLE = 30.0, 0.4, 0.15, 0.08
PICTURES = ((1200.0, 800.0),)  # of the one that does not say its size

SENTENCES = {
    "en": (
        "The ferry left before the tide had made up its mind, and nobody on the quay minded.",
        "Four lamps were still burning when the harbour master came down with his ledger.",
        "Whoever had taken the ropes would have to bring them back before the autumn storms.",
    ),
    "de": (
        "Die Fähre legte ab, bevor die Flut sich entschieden hatte, und niemand störte sich daran.",
        "Vier Laternen brannten noch, als der Hafenmeister mit seinem Verzeichnis herunterkam.",
        "Wer die Leinen genommen hatte, würde sie vor den Herbststürmen zurückbringen müssen.",
    ),
    "ru": (
        "Паром отошёл раньше, чем прилив успел решиться, и никто на пристани не возражал.",
        "Четыре фонаря ещё горели, когда смотритель порта спустился со своей тетрадью.",
        "Тому, кто унёс канаты, придётся вернуть их до осенних штормов.",
    ),
    "el": (
        "Το πλοίο έφυγε πριν αποφασίσει η παλίρροια και κανείς στην προκυμαία δεν ενοχλήθηκε.",
        "Τέσσερα φανάρια έκαιγαν ακόμη όταν ο λιμενάρχης κατέβηκε με το τετράδιό του.",
        "Όποιος πήρε τα σχοινιά θα πρέπει να τα φέρει πίσω πριν από τις φθινοπωρινές καταιγίδες.",
    ),
    "ar": (
        "غادرت العبارة قبل أن يحسم المد أمره ولم ينزعج أحد على الرصيف من ذلك.",
        "كانت أربعة مصابيح لا تزال مضاءة عندما نزل مدير الميناء ومعه دفتره القديم.",
        "على من أخذ الحبال أن يعيدها قبل أن تبدأ عواصف الخريف في الشمال.",
    ),
    "he": (
        "המעבורת יצאה לפני שהגאות החליטה מה לעשות, ואיש על הרציף לא התנגד.",
        "ארבעה פנסים עוד דלקו כאשר מנהל הנמל ירד עם הפנקס הישן שלו.",
        "מי שלקח את החבלים יצטרך להחזיר אותם לפני סערות הסתיו.",
    ),
    "hi": (
        "ज्वार के मन बनाने से पहले ही नाव चल पड़ी और घाट पर किसी ने बुरा नहीं माना।",
        "जब बंदरगाह का मुखिया अपनी बही लेकर नीचे आया तब भी चार दीपक जल रहे थे।",
        "जिसने रस्सियाँ ली थीं उसे पतझड़ के तूफ़ानों से पहले उन्हें लौटाना होगा।",
    ),
    "th": (
        "เรือข้ามฟากออกก่อนที่น้ำขึ้นจะตัดสินใจ และไม่มีใครบนท่าเรือว่าอะไร",
        "ตะเกียงสี่ดวงยังสว่างอยู่เมื่อนายท่าเดินลงมาพร้อมสมุดเล่มเก่าของเขา",
        "ใครที่เอาเชือกไปจะต้องนำกลับมาคืนก่อนพายุฤดูใบไม้ร่วง",
    ),
    "zh": (
        "潮水还没拿定主意，渡船就已经开走了，码头上谁也没有在意这件事。",
        "港务长拿着旧账本走下来的时候，还有四盏灯亮着，照在湿漉漉的石阶上。",
        "不管是谁拿走了缆绳，都得在秋天的风暴到来之前把它们送回来。",
    ),
    "ja": (
        "潮が心を決める前に渡し船は出てしまい、桟橋の誰もそれを気にしなかった。",
        "港の主任が古い帳面を持って下りてきたとき、まだ四つの灯りがともっていた。",
        "綱を持っていった者は、秋の嵐が来る前にそれを返さなければならない。",
    ),
    "ko": (
        "밀물이 마음을 정하기도 전에 나룻배가 떠났지만 부두의 누구도 신경 쓰지 않았다.",
        "항구 책임자가 낡은 장부를 들고 내려왔을 때 등불 네 개가 아직 켜져 있었다.",
        "밧줄을 가져간 사람은 가을 폭풍이 오기 전에 그것을 돌려주어야 한다.",
    ),
}


@pytest.fixture(scope="module")
def setter(chromium_path: str) -> Iterator[Typesetter]:
    with Typesetter(chromium_path) as setter:
        yield setter


def article(lang: str) -> str:
    """An article with a block of each kind between paragraphs of several lengths."""
    one, two, three = SENTENCES[lang]
    texts = [f"{one} {two} {three}", f"{two} {three} {one} {two}", one, f"{three} {one} {two} " * 2]
    blocks = [
        f"<h2>{one}</h2>",
        f"<ul><li>{one}</li><li>{one} {two}</li><li>{three}</li></ul>",
        f"<figure><img width=1200 height=700 src=/a.jpg><figcaption>{two}</figcaption></figure>",
        f"<blockquote><p>{three}</p><p>{one}</p></blockquote>",
        f"<table><tr><td>{one[:12]}<td>{two}</tr><tr><td>{two[:12]}<td>{three}</tr></table>",
        "<pre>one\ntwo\n  three\nfour</pre>",
        f"<h3>{three}</h3>",
        "<p><img src=/b.jpg></p>",
        f"<div>{two} {three}</div>",
        f"<p>{one}<br>{two}<br>{three}</p>",
        "<iframe width=560 height=315 src=/player></iframe>",
        f"<ol><li>{two}</li><li><p>{one}</p><p>{three}</p></li></ol>",
    ]
    flow = "\n".join(f"<p>{texts[n % 4]}</p>\n{block}" for n, block in enumerate(blocks))
    return (
        f'<!doctype html><html lang="{lang}"><meta charset=utf-8><title>{one}</title>'
        f"<article>{flow}<p>{texts[0]}</p></article></html>"
    )


def positions(outline: Outline, width: int) -> list[float]:
    """Where each gap lies by the estimates, from the first one."""
    tops = [0.0]
    for block in outline.blocks:
        tops.append(tops[-1] + block.heights_px[SERVED_BY[width]])
    return tops


def laid_out(setter: Typesetter, page: str, width: int) -> tuple[Outline, dict[int, float]]:
    made = marked(page.encode(), "text/html; charset=utf-8")
    assert made is not None, "no article"
    outline, woven, content_type = made
    return outline, setter.tops(woven, content_type, width, pool=PICTURES)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("lang", SENTENCES)
def test_gaps_lie_where_they_are_estimated(setter: Typesetter, lang: str, width: int) -> None:
    outline, tops = laid_out(setter, article(lang), width)
    assert len(tops) > 15, "too few gaps to say anything"
    estimated = positions(outline, width)
    gaps = sorted(tops)
    errors = []
    for above, below in pairwise(gaps):
        actual = tops[below] - tops[above]
        guess = estimated[below] - estimated[above]
        assert abs(guess - actual) <= max(LINE_PX, NEAR * actual), (
            f"{[block.kind.value for block in outline.blocks[above:below]]}:"
            f" {guess:.0f} px estimated, {actual:.0f} laid out"
        )
        errors.append(abs(guess / actual - 1))
    assert statistics.median(errors) <= HALF
    first, last = gaps[0], gaps[-1]
    whole = tops[last] - tops[first]
    assert estimated[last] - estimated[first] == pytest.approx(whole, rel=WHOLE)


@pytest.mark.parametrize("width", WIDTHS)
def test_paragraphs_parted_by_breaks_lie_where_they_are_estimated(
    setter: Typesetter, width: int
) -> None:
    text = " ".join(SENTENCES["en"])
    flow = "<br><br>".join([text, f"{text} {text}", f"<b>{text}</b>", text * 3, text])
    outline, tops = laid_out(setter, f"<!doctype html><article>{flow}</article>", width)
    estimated = positions(outline, width)
    assert len(tops) >= 4
    first = min(tops)
    for gap, top in tops.items():
        assert estimated[gap] - estimated[first] == pytest.approx(
            top - tops[first], abs=LINE_PX * 2
        )
