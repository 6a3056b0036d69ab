"""Every encoding of the corpus, declared in every way: woven so that browsers read it the same,
or passed where nobody can be sure."""

from __future__ import annotations

import pytest

from adweave.http import PagePassed
from tests.bench.planning import Planner
from tests.quality.corpus import corpus_root, pages_of
from tests.quality.judge import Facts, encoding_of, insertions_in, judge
from tests.quality.judge.insertions import without

# WHATWG label -> Python's codec, and a sentence in a language that is written in it.
ENCODINGS = {
    "utf-8": ("utf-8", "Vapur sabah yedide kalktı; rıhtımda bekleyenler çayını bitirmemişti."),
    "utf-16le": ("utf-16-le", "Die Fähre fuhr früh, und auf dem Kai blieben Körbe und Kisten."),
    "utf-16be": ("utf-16-be", "渡轮在涨潮之前离开了港口，码头上只剩下一头很有耐心的驴子。"),
    "windows-1250": ("cp1250", "Přívoz odplul dřív, než se příliv rozmyslel, a kapitán mlčel."),
    "windows-1251": ("cp1251", "Паром ушёл до прилива, а на причале остался терпеливый осёл."),
    "windows-1252": ("cp1252", "La barca salió antes de la marea y el capitán no miró atrás."),
    "windows-1254": ("cp1254", "Vapur gün doğmadan kalktı; eşek rıhtımda sessizce bekliyordu."),
    "windows-1255": ("cp1255", "המעבורת יצאה לפני הגאות, ועל הרציף נשארו חמור אחד ודוור עייף."),
    "windows-1256": ("cp1256", "غادرت العبارة الميناء قبل المد، وبقي على الرصيف حمار صبور."),
    "windows-874": ("cp874", "เรือข้ามฟากออกก่อนน้ำขึ้น บนท่าเรือเหลือเพียงลาที่อดทนหนึ่งตัว"),
    "iso-8859-2": ("iso8859_2", "Prom odpłynął przed przypływem, a na nabrzeżu został osioł."),
    "iso-8859-7": ("iso8859_7", "Το πλοίο έφυγε πριν από την παλίρροια και έμεινε ένας γάιδαρος."),
    "iso-8859-15": ("iso8859_15", "Le bac partit tôt; au cœur du port, l'âne gardait les citrons."),
    "koi8-r": ("koi8_r", "На пристани никто не помнит, кто провёл по стене синюю черту."),
    "koi8-u": ("koi8_u", "Пором відплив до припливу, а на пристані лишився терплячий віслюк."),
    "shift_jis": ("cp932", "連絡船は潮が満ちる前に出て行き、桟橋にはソフトな驢馬が残された。"),
    "euc-jp": ("euc_jp", "昼ごろ潮が変わり、遅れて来た船は夕方の鐘まで待たされた。"),
    "iso-2022-jp": ("iso2022_jp", "壁の青い線を誰が描いたのか、桟橋の誰も覚えていない。"),
    "euc-kr": ("cp949", "연락선은 밀물이 들기 전에 떠났고 부두에는 당나귀가 남았다."),
    "gbk": ("gbk", "中午潮水转向，来晚的船只好在防波堤外面等到傍晚的钟声。"),
    "gb18030": ("gb18030", "码头上没有人记得是谁在墙上画了那条蓝线，船长们却都靠它辨路。"),
    "big5": ("big5", "渡輪在漲潮之前離開了港口，碼頭上只剩下一頭很有耐心的驢子。"),
}
WIDE = ("utf-16le", "utf-16be")
LABELS = sorted(ENCODINGS)
FACTS = Facts()


@pytest.fixture(scope="module")
def planner() -> Planner:
    return Planner()


def page_in(label: str, *, meta: str | None = None, newline: str = "\n") -> bytes:
    """An article of ten paragraphs in an encoding; `meta` is what the page says of itself."""
    codec, sentence = ENCODINGS[label]
    declared = f"<meta charset={meta}>" if meta else ""
    words = " ".join([sentence] * 4)
    paragraphs = newline.join(f"<p>{number}. {words}</p>" for number in range(10))
    text = (
        f"<!doctype html>{newline}<html><head>{declared}<title>{sentence[:8]}</title></head>"
        f"<body><main><h1>{sentence}</h1>{newline}{paragraphs}</main></body></html>"
    )
    return text.encode(codec)


def assert_woven(planner: Planner, body: bytes, content_type: str, codec: str | None) -> None:
    woven = planner.woven(body, content_type)
    assert woven != body
    verdict = judge(body, woven, content_type, FACTS, voices={})
    assert (verdict.integrity, verdict.parity, verdict.notes) == ((), "", ())
    assert verdict.slots
    if codec is not None:
        # Read whole by Python's own decoder: no insertion stands amid a character or a state.
        text = woven.decode(codec)
        assert without(text, insertions_in(text)) == body.decode(codec)


def reason_of(planner: Planner, body: bytes, content_type: str) -> str:
    with pytest.raises(PagePassed) as passed:
        planner.woven(body, content_type)
    return passed.value.reason


@pytest.mark.parametrize("label", LABELS)
def test_declared_in_the_header(planner: Planner, label: str) -> None:
    assert_woven(planner, page_in(label), f"text/html; charset={label}", ENCODINGS[label][0])


@pytest.mark.parametrize("label", [label for label in LABELS if label not in WIDE])
def test_declared_by_meta(planner: Planner, label: str) -> None:
    body = page_in(label, meta=label)
    assert encoding_of(body, "text/html") == label
    assert_woven(planner, body, "text/html", ENCODINGS[label][0])


@pytest.mark.parametrize("label", LABELS)
def test_lines_that_end_with_two_characters_count_as_two(planner: Planner, label: str) -> None:
    body = page_in(label, newline="\r\n")
    assert_woven(planner, body, f"text/html; charset={label}", ENCODINGS[label][0])


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("lie", ["utf-8", "windows-1252", "shift_jis", "nonsense"])
def test_the_header_is_right_and_meta_is_not(planner: Planner, label: str, lie: str) -> None:
    body = page_in(label, meta=lie)
    assert_woven(planner, body, f"text/html; charset={label}", ENCODINGS[label][0])


@pytest.mark.parametrize("label", ["utf-8", *WIDE])
@pytest.mark.parametrize("lie", ["utf-8", "windows-1252", "euc-jp", None])
def test_a_byte_order_mark_outdoes_the_header(
    planner: Planner, label: str, lie: str | None
) -> None:
    codec = ENCODINGS[label][0]
    body = "\ufeff".encode(codec) + page_in(label, meta="koi8-r")
    assert_woven(planner, body, f"text/html; charset={lie}" if lie else "text/html", codec)


@pytest.mark.parametrize("label", [label for label in LABELS if label != "utf-8"])
def test_declared_nowhere_is_passed(planner: Planner, label: str) -> None:
    assert reason_of(planner, page_in(label), "text/html") == "charset"


def test_utf_8_needs_no_declaration(planner: Planner) -> None:
    assert_woven(planner, page_in("utf-8"), "text/html", "utf-8")


@pytest.mark.parametrize("label", WIDE)
def test_utf_16_by_meta_alone_is_passed(planner: Planner, label: str) -> None:
    # A <meta> that can be read as ASCII can't be in UTF-16: browsers take it for UTF-8.
    assert reason_of(planner, page_in(label, meta=label), "text/html") == "charset"


@pytest.mark.parametrize(
    "label", [label for label in LABELS if label not in ("utf-8", "iso-2022-jp", *WIDE)]
)
def test_called_utf_8_in_the_header_and_not_so_is_passed(planner: Planner, label: str) -> None:
    body = page_in(label, meta=label)
    assert reason_of(planner, body, "text/html; charset=utf-8") == "charset"


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("declared", LABELS)
def test_a_wrong_declaration_breaks_nothing(planner: Planner, label: str, declared: str) -> None:
    # Readers see letters that make no sense; bytes and tree are the page's all the same.
    body = page_in(label)
    content_type = f"text/html; charset={declared}"
    try:
        woven = planner.woven(body, content_type)
    except PagePassed:
        return
    verdict = judge(body, woven, content_type, FACTS, voices={})
    assert (verdict.integrity, verdict.parity, verdict.notes) == ((), "", ())


def test_a_page_that_ends_amid_a_state_of_iso_2022_jp_takes_nothing_there(
    planner: Planner,
) -> None:
    # Every other paragraph leaves its end tag in the two-byte state: no tag to a browser.
    codec, sentence = ENCODINGS["iso-2022-jp"]
    broken = (sentence * 4).encode(codec).removesuffix(b"\x1b(B")
    sound = (sentence * 4).encode(codec)
    body = b"<!doctype html><html><head><title>x</title></head><body><main>" + b"".join(
        b"<p>" + (sound if number < 8 else broken) + b"</p>\n" for number in range(10)
    )
    content_type = "text/html; charset=iso-2022-jp"
    try:
        woven = planner.woven(body, content_type)
    except PagePassed:
        return
    verdict = judge(body, woven, content_type, FACTS, voices={})
    assert (verdict.integrity, verdict.parity, verdict.notes) == ((), "", ())


@pytest.mark.corpus
def test_the_encodings_of_the_corpus_are_all_here() -> None:
    root = corpus_root()
    if root is None:
        pytest.skip("no page corpus beside the repository")
    assert {page.encoding for page in pages_of(root)} == ENCODINGS.keys()
