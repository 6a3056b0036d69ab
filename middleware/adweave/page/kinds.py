"""What kind of block an element is, by its tag and by what its author calls it.

Tables and predicates only: which elements are blocks to a reader, which are opened up, what
names advertisements, embeds and captions go by. Knows nothing of places or of the walk.
"""

from __future__ import annotations

import re
from functools import lru_cache

from adweave.page import heights
from adweave.page.lines import collapsed
from adweave.page.model import BlockKind
from adweave.page.tree import Element, tags

INVISIBLE = tags(
    "script style template noscript link meta title base head param source track datalist"
    " noframes wbr col colgroup"
)
_HEADINGS = tags("h1 h2 h3 h4 h5 h6 hgroup")
EMBEDS = tags("iframe video audio embed object amp-iframe amp-video amp-youtube")
IMAGES = tags("img picture svg figure canvas amp-img image")
KINDS: dict[str, BlockKind] = {
    **dict.fromkeys(_HEADINGS, BlockKind.HEADING),
    **dict.fromkeys(("ul", "ol", "dl", "menu", "dir"), BlockKind.LIST),
    "table": BlockKind.TABLE,
    "blockquote": BlockKind.QUOTE,
    **dict.fromkeys(("pre", "code", "xmp", "listing", "textarea"), BlockKind.CODE),
    **dict.fromkeys(IMAGES, BlockKind.IMAGE),
    **dict.fromkeys(EMBEDS, BlockKind.EMBED),
    **dict.fromkeys(("form", "fieldset", "button", "input", "select"), BlockKind.FORM),
    **dict.fromkeys(("nav", "aside"), BlockKind.RELATED),
    "hr": BlockKind.RULE,
    **dict.fromkeys(("header", "footer", "address", "details", "dialog"), BlockKind.OTHER),
}
# Between these nothing may stand, whatever flows in them.
PARTS: dict[str, str] = {
    **dict.fromkeys(("td", "th", "tr", "tbody", "thead", "tfoot", "caption"), "inside-table"),
    **dict.fromkeys(("li", "dt", "dd"), "inside-list"),
}
# Blocks that are opened up when they hold most of the article: the page is laid out with them.
OPENED_WHERE_MAIN = tags("table form blockquote header")
BLOCKS_INSIDE = (
    "p, div, section, article, ul, ol, dl, table, blockquote, pre, h1, h2, h3, h4, h5, h6,"
    " figure, form, hr, main, center"
)
MEDIA_TAGS = tags("img picture svg iframe video audio embed object canvas figure amp-img")
MEDIA = "img, picture, svg, iframe, video, audio, embed, object, canvas, figure, amp-img"
_AD_NAME = re.compile(
    r"(?i)(?:^|[\s_-])(?:ads?|adv|advert\w*|advertisement|adslot|ad-?unit|ad-?container|"
    r"ad-?wrapper|ad-?placeholder|adsbygoogle|adbox|adspace|gpt|dfp|doubleclick|google_ads\w*|"
    r"sponsored|outbrain|taboola|reklam\w*|werbung|anzeige|publicidad|pubblicita|publicite|"
    r"annonce)\d*(?:$|[\s_-])|^div-gpt-ad|\sdiv-gpt-ad"
)
# What vendors' scripts fill, empty as it may be.
SOLD = (
    'ins.adsbygoogle, [id^="div-gpt-ad"], [data-google-query-id], [id^="google_ads_iframe"],'
    ' [id^="taboola-"], .trc_related_container, .OUTBRAIN, [data-ob-template], [data-criteo-id],'
    " [data-revive-zoneid], [data-aax_size], amp-ad"
)
# A slot that a script of the page defines for Google Publisher Tag, by its element's id.
DEFINED_SLOT = re.compile(
    r"defineSlot\(\s*['\"][^'\"]*['\"]\s*,\s*(?:\[[^()]*\]|['\"]\w+['\"])\s*,\s*"
    r"['\"]([\w:.-]+)['\"]"
)
_CAPTION_NAME = re.compile(
    r"(?i)caption|credit|legend|bildtext|bildunterschrift|bilduntertext|media__?(?:text|desc)|"
    r"(?:photo|image|img|foto|bild|picture)-?_?(?:text|desc\w*|info|source|author)|didascalia|"
    r"pie-?_?(?:de-?_?)?foto|byline-?image"
)
_CAPTION_ALONE = re.compile(
    r"(?i)(?:^|[\s_-])(?:fig|image|img|photo|media)?-?_?caption(?:$|[\s_-])"
)
CAPTION_CHARS = 400  # longer than any caption, shorter than most paragraphs with a picture
# What takes a reader's input; and what only a page as a whole has, which old frameworks put
# into one form.
_INPUTS = "input:not([type=hidden i]), textarea, select, button"
_OF_A_PAGE = "nav, header, footer, [role=navigation], [role=banner], [name=__VIEWSTATE]"
_HEADING_TAGS = "h1, h2, h3, h4, h5, h6"
_BESIDE_HEADING_CHARS = 30  # an edit link, a permalink, a number
_BYLINE_NAME = re.compile(
    r"(?i)(?:^|[\s_-])(?:byline|meta|author|creator|date(?:line)?|published)(?:$|[\s_-])"
)
BYLINE_CHARS = 90
_CUT_NAME = re.compile(
    r"(?i)pay-?wall|reg(?:istration)?-?wall|subscri(?:be|ber|ption)s?-?(?:wall|gate|box|only|required|"
    r"barrier|prompt|teaser)|premium-?(?:gate|wall|box|barrier|teaser|overlay|offer)|"
    r"(?:content|article|login|meter)-?_?(?:gate|barrier|locked|wall)|(?:^|[\s_-])(?:barrier|"
    r"paid-?barrier|locked-?content|fade-?out|plus-?(?:gate|teaser|offer))(?:$|[\s_-])"
)
_EMBED_NAME = re.compile(
    r"(?i)twitter-tweet|instagram-media|tiktok-embed|fb-post|fb-video|wp-block-embed|"
    r"reddit-card|embed|video-?player|jwplayer|brightcove"
)


@lru_cache(maxsize=4096)
def is_ad_name(names: str) -> bool:
    """Whether an advertisement of the page is called so."""
    return _AD_NAME.search(names) is not None


@lru_cache(maxsize=4096)
def is_caption_name(names: str) -> bool:
    """Whether the text below a picture is called so."""
    return _CAPTION_NAME.search(names) is not None


@lru_cache(maxsize=4096)
def is_caption_anywhere(names: str) -> bool:
    """Whether a text is called a caption and nothing else, so that it needs no picture above."""
    return _CAPTION_ALONE.search(names) is not None


def is_editable(element: Element) -> bool:
    """Whether a reader may edit the element, and save what is in it."""
    state = element.attr("contenteditable")
    return state is not None and state.lower() != "false"


def is_filled_in(form: Element) -> bool:
    """Whether a form is there for a reader to fill in, and does not hold the whole page."""
    return form.select_one(_INPUTS) is not None and form.select_one(_OF_A_PAGE) is None


def is_one_cell(table: Element) -> bool:
    """Whether a table is a box around one text and parts nothing from anything."""
    return len(table.select("td, th, caption")) == 1 and table.select_one(MEDIA) is None


def is_heading_box(box: Element, text: str) -> bool:
    """Whether a box with this text holds headings and little else."""
    rest = len(text) - sum(len(collapsed(head.text)) for head in box.select(_HEADING_TAGS))
    return rest < len(text) and rest <= max(_BESIDE_HEADING_CHARS, len(text) / 2)


def is_byline(element: Element, names: str, text: str) -> bool:
    """Whether a line says who wrote what follows, or when."""
    return len(text) < BYLINE_CHARS and (
        element.select_one("time") is not None or _BYLINE_NAME.search(names) is not None
    )


@lru_cache(maxsize=4096)
def is_cut_name(names: str) -> bool:
    """Whether the box where a paid text breaks off is called so."""
    return _CUT_NAME.search(names) is not None


@lru_cache(maxsize=4096)
def is_embed_name(names: str) -> bool:
    """Whether a player or a post from elsewhere is called so."""
    return _EMBED_NAME.search(names) is not None


def is_tiny(image: Element) -> bool:
    """Spacers, tracking pixels, icons and emoji are no pictures to a reader."""
    wide, high = heights.size_of(image)
    return (wide is not None and wide <= 32) or (high is not None and high <= 32)
