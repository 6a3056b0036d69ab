"""The judge: original bytes, woven bytes and what is known of the page in, a verdict out.

Shares nothing with the engine: html5lib instead of its parser, rules of its own. What it
relies on is the written contract of what an insertion looks like.
"""

from .decoding import encoding_of, text_of
from .insertions import insertions_in, integrity_faults
from .purity import VOICES
from .trees import parity_of
from .verdict import Facts, SlotVerdict, Verdict, judge

__all__ = [
    "VOICES",
    "Facts",
    "SlotVerdict",
    "Verdict",
    "encoding_of",
    "insertions_in",
    "integrity_faults",
    "judge",
    "parity_of",
    "text_of",
]
