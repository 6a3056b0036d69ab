"""Pages from files, addresses, folders, sitemaps and feeds."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from adweave.review import NotRead, read_page_at, targets_of

URLSET = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'
LOC = "<url><loc> {} </loc></url>"


@pytest.fixture
def site() -> Iterator[tuple[str, dict[str, bytes]]]:
    """A server's address, and what it answers by path."""
    pages: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path)
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", pages
    server.shutdown()
    thread.join()
    server.server_close()


def addresses(*names: str, limit: int | None = None) -> list[str]:
    return [target.address for target in targets_of(names, limit=limit)]


def test_a_folder_is_its_pages_with_their_paths(tmp_path):
    (tmp_path / "news").mkdir()
    (tmp_path / "news/a.html").write_text("<p>a")
    (tmp_path / "news/b.html.gz").write_bytes(gzip.compress(b"<p>b"))
    (tmp_path / "notes.txt").write_text("no page")
    found = targets_of([str(tmp_path)])
    assert [target.path for target in found] == ["/news/a.html", "/news/b.html"]
    assert read_page_at(found[1].address, found[1].path).body == b"<p>b"


def test_a_sitemap_names_pages_and_each_is_meant_once(tmp_path):
    sitemap = tmp_path / "sitemap.xml"
    sitemap.write_text(URLSET.format(LOC.format("https://x.org/a") * 2))
    assert addresses(str(sitemap)) == ["https://x.org/a"]


def test_a_sitemap_index_leads_to_packed_sitemaps(site):
    root, pages = site
    pages["/1.xml.gz"] = gzip.compress(URLSET.format(LOC.format(f"{root}/a")).encode())
    pages["/index.xml"] = (
        f"<sitemapindex><sitemap><loc>{root}/1.xml.gz</loc></sitemap></sitemapindex>"
    ).encode()
    assert addresses(f"{root}/index.xml") == [f"{root}/a"]


def test_a_sitemap_that_leads_to_itself_ends(site):
    root, pages = site
    pages["/i.xml"] = (
        f"<sitemapindex><sitemap><loc>{root}/i.xml</loc></sitemap></sitemapindex>"
    ).encode()
    with pytest.raises(NotRead, match="more than 500 sitemaps"):
        addresses(f"{root}/i.xml")


@pytest.mark.parametrize(
    "feed",
    [
        "<rss><channel><link>https://x.org/</link><item><link>https://x.org/a</link></item>"
        "</channel></rss>",
        '<feed xmlns="http://www.w3.org/2005/Atom"><link href="https://x.org/"/><entry>'
        '<link rel="self" href="https://x.org/self"/><link href="https://x.org/a"/></entry></feed>',
    ],
)
def test_a_feed_names_its_entries(tmp_path, feed):
    (tmp_path / "feed.xml").write_text(feed)
    assert addresses(str(tmp_path / "feed.xml")) == ["https://x.org/a"]


def test_no_more_pages_than_wanted(tmp_path):
    sitemap = tmp_path / "sitemap.xml"
    sitemap.write_text(URLSET.format("".join(LOC.format(f"https://x.org/{n}") for n in range(9))))
    assert len(addresses(str(sitemap), limit=3)) == 3


@pytest.mark.parametrize("text", ["", "<html><p>no feed", "<a/>", "{}"])
def test_what_is_no_sitemap_is_told(tmp_path, text):
    (tmp_path / "x.xml").write_text(text)
    with pytest.raises(NotRead, match="is no sitemap or feed"):
        addresses(str(tmp_path / "x.xml"))


def test_an_entity_is_not_followed(tmp_path):
    (tmp_path / "secret").write_text("https://x.org/secret")
    (tmp_path / "x.xml").write_text(
        f'<!DOCTYPE urlset [<!ENTITY s SYSTEM "file://{tmp_path}/secret">]>'
        "<urlset><url><loc>&s;</loc></url></urlset>"
    )
    assert addresses(str(tmp_path / "x.xml")) == []


def test_an_address_that_does_not_answer_is_away(site):
    root, _ = site
    with pytest.raises(NotRead, match="answers 404") as caught:
        read_page_at(f"{root}/gone")
    assert caught.value.is_away


def test_a_file_that_is_not_there_is_wrong_input(tmp_path):
    with pytest.raises(NotRead, match="there is no file") as caught:
        read_page_at(str(tmp_path / "gone.html"))
    assert not caught.value.is_away


def test_a_file_that_only_says_it_is_packed_is_told(tmp_path):
    (tmp_path / "a.html.gz").write_bytes(b"<p>plain")
    with pytest.raises(NotRead, match="can't be unpacked"):
        read_page_at(str(tmp_path / "a.html.gz"))
