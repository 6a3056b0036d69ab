"""Which writing systems a text is in, and what single letters say about its language.

Unicode blocks, not the full script property: enough to tell writing systems apart, and an
order of magnitude less to hold. Knows no words.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from functools import lru_cache

# (first code point, script in ISO 15924 or "" for what is no letter of any), ascending.
# Compatibility blocks, extended Latin and halfwidth forms included.
_BLOCKS: tuple[tuple[int, str], ...] = (
    (0x0000, ""),
    (0x0041, "Latn"),
    (0x005B, ""),
    (0x0061, "Latn"),
    (0x007B, ""),
    (0x00C0, "Latn"),
    (0x02B0, ""),
    (0x0370, "Grek"),
    (0x0400, "Cyrl"),
    (0x0530, "Armn"),
    (0x0590, "Hebr"),
    (0x0600, ""),  # Arabic signs and punctuation
    (0x0620, "Arab"),
    (0x0660, ""),
    (0x066E, "Arab"),
    (0x06D4, ""),
    (0x06D5, "Arab"),
    (0x0700, "Syrc"),
    (0x0750, "Arab"),
    (0x0780, "Thaa"),
    (0x07C0, "Nkoo"),
    (0x0800, ""),
    (0x0870, "Arab"),
    (0x0900, "Deva"),
    (0x0964, ""),  # the danda of all Indic scripts
    (0x0966, "Deva"),
    (0x0980, "Beng"),
    (0x0A00, "Guru"),
    (0x0A80, "Gujr"),
    (0x0B00, "Orya"),
    (0x0B80, "Taml"),
    (0x0C00, "Telu"),
    (0x0C80, "Knda"),
    (0x0D00, "Mlym"),
    (0x0D80, "Sinh"),
    (0x0E00, "Thai"),
    (0x0E80, "Laoo"),
    (0x0F00, "Tibt"),
    (0x1000, "Mymr"),
    (0x10A0, "Geor"),
    (0x1100, "Hang"),
    (0x1200, "Ethi"),
    (0x13A0, ""),
    (0x1780, "Khmr"),
    (0x1800, "Mong"),
    (0x18B0, ""),
    (0x1C80, "Cyrl"),
    (0x1C90, "Geor"),
    (0x1CC0, ""),
    (0x1E00, "Latn"),
    (0x1F00, "Grek"),
    (0x2000, ""),
    (0x2D00, "Geor"),
    (0x2D30, ""),
    (0x2DE0, "Cyrl"),
    (0x2E00, ""),
    (0x3041, "Kana"),
    (0x3100, ""),
    (0x3130, "Hang"),
    (0x3190, ""),
    (0x3400, "Hani"),
    (0x4DC0, ""),
    (0x4E00, "Hani"),
    (0xA000, ""),
    (0xA720, "Latn"),
    (0xA800, ""),
    (0xAC00, "Hang"),
    (0xD7B0, ""),
    (0xF900, "Hani"),
    (0xFB00, "Latn"),
    (0xFB13, "Armn"),
    (0xFB1D, "Hebr"),
    (0xFB50, "Arab"),
    (0xFE00, ""),
    (0xFE70, "Arab"),
    (0xFEFF, ""),
    (0xFF21, "Latn"),
    (0xFF3B, ""),
    (0xFF41, "Latn"),
    (0xFF5B, ""),
    (0xFF66, "Kana"),
    (0xFFA0, "Hang"),
    (0xFFE0, ""),
    (0x20000, "Hani"),
    (0x32000, ""),
)
_STARTS = tuple(start for start, _ in _BLOCKS)

# One letter of these says about as much as two of an alphabet.
_DENSE = frozenset({"Hani", "Kana", "Hang"})


@lru_cache(maxsize=8192)
def script_of(character: str) -> str:
    """The character's script (ISO 15924; kana together are "Kana"), "" where it has none."""
    return _BLOCKS[bisect_right(_STARTS, ord(character)) - 1][1]


def script_shares(characters: Counter[str]) -> dict[str, float]:
    """Weighted letters by script, Han, kana and hangul counting double."""
    weights: dict[str, float] = {}
    for character, count in characters.items():
        script = script_of(character)
        if script:
            weight = count * 2.0 if script in _DENSE else float(count)
            weights[script] = weights.get(script, 0.0) + weight
    return weights


# Characters of everyday text that only one of the two standards has, most frequent first.
SIMPLIFIED_ONLY = frozenset(
    "这们来国个时说会为对发经过还后学没现开问样间动种进无长关从当应实头于见体业点产变将"
    "总给电话让书认东车马门风习军气办级组织战条场设计较质类议论达选举报导写员际区边连运"
    "题线县图觉亲观览节丽乐义卖买单严华协压厅历双圆坏块声处备复够奖妈孙宁宝尔尝层岁岛币"
    "师带帮广庆库张弹强归录忆怀态惊惯户执扩护择担拥损换据断时术机权欢残毕汇汉沟济浓温湾"
    "满灭灵热爱牺猪环电画盘确离种积称稳穷紧红约纪级纯纸练终绍经结统续维绿缓编网罗罚聪职联"
    "胜脑脚脱腾苏药获营虑补装讲许访证评识诉词译试诗诚详语误请诸课谁调谈谢谱贝负财责贤账货"
)
TRADITIONAL_ONLY = frozenset(
    "這們來國個時說會為對發經過還後學沒現開問樣間動種進無長關從當應實頭於見體業點產變將"
    "總給電話讓書認東車馬門風習軍氣辦級組織戰條場設計較質類議論達選舉報導寫員際區邊連運"
    "題線縣圖覺親觀覽節麗樂義賣買單嚴華協壓廳歷雙圓壞塊聲處備復夠獎媽孫寧寶爾嘗層歲島幣"
    "師帶幫廣慶庫張彈強歸錄憶懷態驚慣戶執擴護擇擔擁損換據斷術機權歡殘畢匯漢溝濟濃溫灣滿"
    "滅靈熱愛犧豬環畫盤確離積稱穩窮緊紅約紀純紙練終紹結統續維綠緩編網羅罰聰職聯勝腦腳脫騰"
    "蘇藥獲營慮補裝講許訪證評識訴詞譯試詩誠詳語誤請諸課誰調談謝譜貝負財責賢賬貨"
)


def chinese_script(characters: Counter[str]) -> str:
    """`"Hans"` or `"Hant"`, by the characters that only one of the two standards has."""
    both = SIMPLIFIED_ONLY & TRADITIONAL_ONLY  # written alike in both: no evidence
    simplified = sum(characters[character] for character in SIMPLIFIED_ONLY - both)
    traditional = sum(characters[character] for character in TRADITIONAL_ONLY - both)
    return "Hant" if traditional > simplified else "Hans"
