"""What people use now to put ads into articles: the rivals of tests/bench and tests/quality.

Each takes a page's bytes and its charset and gives bytes back, as such code is written in
the field. The slots carry the markup that adweave's have, so that one judge reads both.
"""

from .regex import every_third_paragraph_end
from .soup import after_paragraphs_three_and_six
from .trees import lxml_after_paragraphs_three_and_six

__all__ = [
    "after_paragraphs_three_and_six",
    "every_third_paragraph_end",
    "lxml_after_paragraphs_three_and_six",
]
