"""Which requests are an editor's: previews, and frames in which a page is built or edited.

Slots have no business there: an editor that reads its frame back could save them, and ads shown to
who writes the page are shown to nobody. Only names that one system alone uses are listed; admin
pages as such need no rule, as they have no article. Decided by the address alone, which is what
caches go by. Knows no HTML.
"""

from __future__ import annotations

import re
from typing import Final

from adweave.placements import Decision

EDITING: Final = Decision((), reason="editing")

_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PATH: Final = re.compile(
    r"/(?:wp-admin|wp-login\.php|wp-json)(?:/|$)"  # WordPress, wherever it is installed
    r"|/node/(?:\d+/(?:edit|layout|latest|revisions)|preview|add)(?:/|$)"  # Drupal
    r"|/pages/(?:add/\w+/\w+/\d+/preview|\d+/(?:edit/preview|view_draft|revisions/\d+/view)"
    r"|workflow/preview/\d+/\d+)(?:/|$)"  # Wagtail, whatever its admin is called
    r"|/snippets/\w+/\w+/(?:preview|workflow/preview|history/[\w-]+/revisions/\d+/view)(?:/|$)"
    r"|/cms/placeholder/object/\d+/(?:edit|preview)/\d+(?:/|$)"  # django CMS
    rf"|^/p/{_UUID}(?:/|$)"  # Ghost's previews
)
_QUERY: Final = re.compile(
    rb"(?:^|&)(?:"
    # WordPress: previews, the customizer, the site editor, and page builders
    rb"preview=true|preview_id=|preview_nonce=|customize_(?:changeset_uuid|theme|messenger_channel)="
    rb"|wp_theme_preview=|_wp-find-template=|legacy-widget-preview"
    rb"|elementor-preview=|et_fb=|fl_builder|vc_editable=|brizy-edit|bricks=run|ct_builder="
    rb"|breakdance=|tve=true"
    # MediaWiki
    rb"|(?:action|veaction)=(?:edit|editsource|submit|raw|render)(?:&|$)"
    # Craft, Storyblok
    rb"|x-craft-(?:live-)?preview=|_storyblok="
    rb")"
)


def is_editors_path(path: str) -> bool:
    """Whether a path (without its query) is one of a known system's editor alone."""
    return _PATH.search(path) is not None


def is_editors_query(query: bytes) -> bool:
    """Whether a query, as it came, asks for a preview or a page that can be edited."""
    return _QUERY.search(query) is not None
