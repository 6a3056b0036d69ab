"""What an editor's browser does in Wagtail's admin, by plain HTTP: log in, write, upload.

Knows Wagtail's forms; not whether there is a gateway on the way.
"""

from __future__ import annotations

import json
import re
from urllib.parse import urljoin

import requests

from .publish import EDITOR, PASSWORD
from .running import HOST, Address

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Visitor:
    """A browser's cookies and Host, without its redirects: each answer is looked at."""

    def __init__(self, server: Address, host: str = HOST) -> None:
        self.server = server
        self.origin = f"http://{host}"
        self.session = requests.Session()
        self.session.headers.update({"Host": host, "Accept-Encoding": "identity"})

    def get(self, path: str, **headers: str) -> requests.Response:
        """The answer to a plain GET, redirects not followed."""
        return self.session.get(
            self.server.url + path, headers=headers, allow_redirects=False, timeout=30
        )

    def post(self, path: str, form: dict[str, str], **files: object) -> requests.Response:
        """A form sent as a browser does it, with Origin and Referer."""
        return self.session.post(
            self.server.url + path,
            data=form,
            files=files or None,
            headers={"Origin": self.origin, "Referer": urljoin(self.origin, path)},
            allow_redirects=False,
            timeout=60,
        )

    def token(self, path: str) -> str:
        """The CSRF token of the form on a page."""
        found = _TOKEN.search(self.get(path).text)
        assert found, f"{path} has no form"
        return found.group(1)


def log_in(visitor: Visitor) -> requests.Response:
    """The answer to the editor's password, sent through the login form."""
    path = "/admin/login/?next=/admin/"
    return visitor.post(
        path,
        {
            "csrfmiddlewaretoken": visitor.token(path),
            "username": EDITOR,
            "password": PASSWORD,
            "next": "/admin/",
        },
    )


def article_form(
    visitor: Visitor, path: str, title: str, slug: str, texts: list[str]
) -> dict[str, str]:
    """What the page editor sends for an article of paragraphs: Wagtail's StreamField by hand."""
    form = {
        "csrfmiddlewaretoken": visitor.token(path),
        "title": title,
        "slug": slug,
        "standfirst": _rich_text(title),
        "byline": "A. Gateway",
        "body-count": str(len(texts)),
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
        "comments-MIN_NUM_FORMS": "0",
        "comments-MAX_NUM_FORMS": "",
    }
    for n, text in enumerate(texts):
        form |= {
            f"body-{n}-deleted": "",
            f"body-{n}-order": str(n),
            f"body-{n}-type": "paragraph",
            f"body-{n}-id": "",
            f"body-{n}-value": _rich_text(text),
        }
    return form


def _rich_text(text: str) -> str:
    """A paragraph in the format of Wagtail's rich text editor."""
    block = {
        "key": "block",
        "text": text,
        "type": "unstyled",
        "depth": 0,
        "inlineStyleRanges": [],
        "entityRanges": [],
    }
    return json.dumps({"blocks": [block], "entityMap": {}})
