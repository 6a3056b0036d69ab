"""Django with adweave in its ASGI application, by the recipe that the documentation gives.

The project is written into a folder and served by uvicorn; with `X-Bare` the very same application
answers without adweave.
"""

from __future__ import annotations

import contextlib
import gzip
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cms.wagtail.running import free_port, wait_for
from tests.unit.http.test_weaving import without_ours
from tests.unit.http.wire import SHIPPED, Answer, Client, article

pytestmark = pytest.mark.cms

ROOT = Path(__file__).resolve().parents[2]
PAGE = article(16)

SETTINGS = """
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "of a test"
ALLOWED_HOSTS = ["news.example"]
ROOT_URLCONF = "mysite.urls"
INSTALLED_APPS = ["django.contrib.sessions", "django.contrib.staticfiles"]
MIDDLEWARE = [
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "files"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
DEBUG = True
"""

URLS = """
import asyncio
from pathlib import Path
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.urls import path

PAGE = Path(__file__).with_name("page.html").read_bytes()

def page(request):
    return HttpResponse(PAGE, headers={"Cache-Control": "public, max-age=60"})

async def page_async(request):
    await asyncio.sleep(0)
    return HttpResponse(PAGE)

def pieces():
    for start in range(0, len(PAGE), 1000):
        yield PAGE[start:start + 1000]

def streamed(request):
    return StreamingHttpResponse(pieces())

async def streamed_async(request):
    async def some():
        for piece in pieces():
            yield piece
            await asyncio.sleep(0)
    return StreamingHttpResponse(some())

async def events(request):
    async def some():
        for n in range(3):
            yield b"data: %d\\n\\n" % n
    return StreamingHttpResponse(some(), content_type="text/event-stream")

def visits(request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(PAGE.replace(b"Item 3.", b"Visit %d." % request.session["visits"]))

def form(request):
    if request.method == "POST":
        return JsonResponse({"said": request.POST["said"]})
    return HttpResponse(PAGE.replace(b"Item 3.", get_token(request).encode()))

def download(request):
    return FileResponse(open(Path(__file__).with_name("page.html"), "rb"), as_attachment=True)

def broken(request):
    raise RuntimeError("a view that fails")

urlpatterns = [
    path("page/", page), path("page-async/", page_async), path("streamed/", streamed),
    path("streamed-async/", streamed_async), path("events/", events), path("visits/", visits),
    path("form/", form), path("download/", download), path("broken/", broken),
]
"""

BOTH = """
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from adweave import AdweaveMiddleware
from mysite.asgi import application

with_static = AdweaveMiddleware(ASGIStaticFilesHandler(application.app), placements="placements")

async def both(scope, receive, send):
    asked = dict(scope.get("headers", ()))
    if scope["type"] == "http" and scope["path"].startswith("/static/"):
        chosen = with_static
    else:
        chosen = application
    await (chosen.app if b"x-bare" in asked else chosen)(scope, receive, send)
"""


def recipe() -> str:
    text = (ROOT / "docs/how-to/in-an-app.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    return next(block for block in blocks if "get_asgi_application" in block)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("django")
    site = folder / "mysite"
    site.mkdir()
    (folder / "files").mkdir()
    for name, text in (("settings", SETTINGS), ("urls", URLS), ("asgi", recipe()), ("both", BOTH)):
        (site / f"{name}.py").write_text(text)
    (site / "page.html").write_bytes(PAGE)
    (folder / "files" / "story.html").write_bytes(PAGE)
    (folder / "files" / "style.css").write_bytes(b"p { margin: 0 }")
    shutil.copytree(SHIPPED, folder / "placements")
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--port", str(port), "mysite.both:both"]
    log = folder / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=folder, stdout=output, stderr=output) as process,
    ):
        try:
            wait_for(port, process, log)
            yield port
        finally:
            process.terminate()


@pytest.fixture
def client(port: int) -> Iterator[Client]:
    with Client(port) as client:
        yield client


def both(client: Client, target: str, *fields: str) -> tuple[Answer, Answer]:
    """Django's own answer, and the one with adweave."""
    return client.get(target, "X-Bare: 1", *fields), client.get(target, *fields)


@pytest.mark.parametrize(
    "target",
    ["/page/", "/page-async/", "/streamed/", "/streamed-async/", "/static/story.html"],
)
def test_pages_of_every_kind_of_view_are_woven(client: Client, target: str) -> None:
    bare, ours = both(client, target)
    assert bare.body == PAGE
    assert bare.verdict == ""
    assert "woven; slots=" in ours.verdict
    assert without_ours(ours.body) == PAGE


@pytest.mark.parametrize("target", ["/page/", "/streamed/", "/streamed-async/"])
def test_what_gzip_middleware_compresses_stays_compressed(client: Client, target: str) -> None:
    for _ in range(2):  # it writes a random name into each answer: the plan is kept all the same
        answer = client.get(target, "Accept-Encoding: gzip")
    assert answer.value(b"content-encoding") == b"gzip"
    assert without_ours(gzip.decompress(answer.body)) == PAGE
    assert "woven" in answer.verdict
    if target == "/page/":
        assert "plan=hit" in answer.verdict


@pytest.mark.parametrize(
    "target", ["/events/", "/download/", "/static/style.css", "/broken/", "/none/", "/page"]
)
def test_everything_else_is_djangos(client: Client, target: str) -> None:
    bare, ours = both(client, target)
    assert ours.status == bare.status
    if target != "/broken/":  # the page about the error names each request's own objects
        assert ours.body == bare.body
    unlike = {b"date", b"adweave-status"}
    if target == "/broken/":
        unlike |= {b"content-length", b"etag"}
    assert [f for f in ours.fields if f[0] not in unlike] == [
        f for f in bare.fields if f[0] not in unlike
    ]


def test_a_page_that_is_there_already_is_not_sent_again(client: Client) -> None:
    tag = (client.get("/page/").value(b"etag") or b"").decode()
    again = client.get("/page/", f"If-None-Match: {tag}")
    assert (again.status, again.body) == (304, b"")


def test_a_session_goes_on(client: Client) -> None:
    cookie = "X-None: 1"
    for visit in range(1, 4):
        answer = client.get("/visits/", cookie)
        assert "woven" in answer.verdict
        assert b"Visit %d." % visit in answer.body
        cookie = "Cookie: " + (answer.value(b"set-cookie") or b"").decode().partition(";")[0]


def test_a_form_is_posted_with_the_token_of_a_woven_page(client: Client) -> None:
    answer = client.get("/form/")
    assert "woven" in answer.verdict
    token = re.search(rb"\b[A-Za-z0-9]{64}\b", answer.body)
    assert token
    cookie = (answer.value(b"set-cookie") or b"").decode().partition(";")[0]
    body = f"said=yes&csrfmiddlewaretoken={token.group().decode()}"
    lines = [
        "POST /form/ HTTP/1.1", "Host: news.example", f"Cookie: {cookie}",
        "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}", "", body,
    ]  # fmt: skip
    assert client.ask("\r\n".join(lines).encode()).body == b'{"said": "yes"}'


def test_head_is_answered_like_get_without_content(client: Client) -> None:
    answer = client.get("/page/", method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    got = client.get("/page/").value(b"content-length")
    assert answer.value(b"content-length") in (None, got)


def test_a_reader_who_leaves_in_the_middle_harms_nobody(port: int, client: Client) -> None:
    with contextlib.closing(socket.create_connection(("127.0.0.1", port))) as gone:
        gone.sendall(b"GET /streamed-async/ HTTP/1.1\r\nHost: news.example\r\n\r\n")
    assert "woven" in client.get("/streamed-async/").verdict
