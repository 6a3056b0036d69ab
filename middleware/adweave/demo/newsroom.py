"""The demo newsroom: a small news site like many, which knows nothing of adweave.

Articles, a front page, a search, comments sent by a form, JSON, pictures, a redirect; entity
tags and conditional requests throughout. Comments live in memory, a few for each story.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
from collections import deque
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from adweave.demo.rendering import article_page, front_page, missing_page, search_page
from adweave.demo.stories import FOLDER, stories

COMMENTS_KEPT = 50
COMMENT_BYTES = 16_384  # of a form


class Newsroom:
    """The site's pages as Starlette endpoints. `comments` are by the story's path."""

    def __init__(self) -> None:
        self.comments = {
            path: deque(story.comments, maxlen=COMMENTS_KEPT) for path, story in stories().items()
        }

    async def front(self, request: Request) -> Response:
        """The front page."""
        return _html(request, front_page())

    async def article(self, request: Request) -> Response:
        """A story, or 404."""
        path = request.url.path
        story = stories().get(path)
        if story is None:
            raise HTTPException(404)
        return _html(request, article_page(story, tuple(self.comments[path])))

    async def comment(self, request: Request) -> Response:
        """Take a comment and go back to the story (303)."""
        path = request.url.path.removesuffix("/comments")
        if path not in self.comments:
            raise HTTPException(404)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > COMMENT_BYTES:
                raise HTTPException(413)
        form = parse_qs(body.decode("utf-8", "replace"))
        name = form.get("name", [""])[0].strip()[:60]
        text = form.get("text", [""])[0].strip()[:1000]
        if not name or not text:
            raise HTTPException(400)
        self.comments[path].append((name, text))
        return RedirectResponse(f"{path}#comments", 303)

    async def search(self, request: Request) -> Response:
        """Stories that have the words of `?q=`."""
        return _html(request, search_page(request.query_params.get("q", "")[:200]))

    async def listing(self, request: Request) -> Response:
        """All stories as JSON."""
        listed = [
            {"path": story.path, "lang": story.lang, "title": story.title, "lead": story.lead}
            for story in stories().values()
        ]
        body = json.dumps({"stories": listed}, ensure_ascii=False).encode("utf-8")
        return _answer(request, body, "application/json")

    async def latest(self, request: Request) -> Response:
        """To the newest story."""
        newest = max(stories().values(), key=lambda story: story.published)
        return RedirectResponse(newest.path, 302)

    async def static(self, request: Request) -> Response:
        """The style sheet and the pictures."""
        name = str(request.path_params["name"])
        file = FOLDER.joinpath("static", name)
        if not name.endswith((".svg", ".css")) or "/" in name or not file.is_file():
            raise HTTPException(404)
        media_type = mimetypes.types_map.get(f".{name.rpartition('.')[2]}", "image/svg+xml")
        return _answer(request, file.read_bytes(), media_type, max_age_s=3600)


def newsroom() -> Starlette:
    """The app. Each has comments of its own."""
    room = Newsroom()
    return Starlette(
        routes=[
            Route("/", room.front),
            Route("/search", room.search),
            Route("/latest", room.latest),
            Route("/api/stories.json", room.listing),
            Route("/static/{name}", room.static),
            Route("/{lang}/{slug}", room.article),
            Route("/{lang}/{slug}/comments", room.comment, methods=["POST"]),
        ],
        exception_handlers={404: _missing},
    )


async def _missing(request: Request, error: Exception) -> Response:
    return Response(missing_page(), 404, media_type="text/html")


def _html(request: Request, page: str) -> Response:
    return _answer(request, page.encode("utf-8"), "text/html")


def _answer(request: Request, body: bytes, media_type: str, *, max_age_s: int = 0) -> Response:
    """200 with a strong entity tag, or 304 where the client has these bytes already."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {"ETag": tag, "Cache-Control": f"public, max-age={max_age_s}"}
    known = [part.strip() for part in request.headers.get("if-none-match", "").split(",")]
    if tag in {part.removeprefix("W/") for part in known} or known == ["*"]:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)
