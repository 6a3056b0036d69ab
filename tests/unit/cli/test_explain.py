from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adweave.cli import main
from tests.golden import HERE, SHIPPED

PAGE = HERE / "headings-and-a-picture" / "page.html"


def explain(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["explain", "--placements", str(SHIPPED), *arguments])


def test_a_page_with_slots_ends_with_0_and_says_where_they_are() -> None:
    result = explain(str(PAGE))
    assert result.exit_code == 0
    assert 'layout "article": 1 slot (1 inline)' in result.output
    assert "100 px below a heading needed, 0 px there" in result.output


def test_a_page_without_slots_ends_with_1_and_says_why() -> None:
    result = explain(str(HERE / "too-short" / "page.html"))
    assert result.exit_code == 1
    assert "passed (too-short): the article has 120 words" in result.output


def test_json_has_every_gap_with_what_was_needed_and_what_was_there() -> None:
    result = explain(str(PAGE), "--json")
    found = json.loads(result.output)
    (layout,) = found["layouts"]
    (slot,) = [one for one in layout["slots"] if one["viewports"] == ["mobile", "desktop"]]
    assert found["woven"] is True
    assert found["gaps"][slot["gap"]]["offset"] == slot["offset"]
    assert PAGE.read_bytes()[slot["offset"] :].startswith(b"<h2>What the night is for")
    below_heading = next(v for v in layout["verdicts"] if v["gap"] == slot["gap"] + 1)
    assert {
        "rule": "below-heading",
        "viewport": "mobile",
        "unit": "px",
        "required": 100,
        "actual": 0,
        "holds": False,
        "detail": None,
    } in below_heading["checks"]


def test_a_layout_can_be_tried_by_name() -> None:
    result = explain(str(PAGE), "--layout", "article-dense")
    assert 'layout "article-dense"' in result.output


def test_a_page_that_came_through_adweave_is_said_to_be_asked_for_elsewhere(
    tmp_path: Path,
) -> None:
    woven = tmp_path / "woven.html"
    body = PAGE.read_bytes()
    woven.write_bytes(body.replace(b"</p>", b'</p><ad-slot data-label="Ad"></ad-slot>', 1))
    result = explain(str(woven))
    assert result.exit_code == 1
    assert "passed (already-woven)" in result.stdout
    assert "name its address at the upstream" in result.stderr


def test_an_unknown_layout_is_answered_with_what_may_be_meant() -> None:
    result = explain(str(PAGE), "--layout", "artcle")
    assert result.exit_code == 2
    assert 'No layout is named "artcle". Did you mean "article"?' in result.output
    result = explain(str(PAGE), "--layout", "sport")
    assert 'No layout is named "sport". There are: article, article-dense.' in result.output


def test_a_file_that_is_not_there_is_said_so() -> None:
    result = explain("no-such.html")
    assert result.exit_code == 2
    assert 'there is no file "no-such.html"; write a URL as http://...' in result.output


def test_a_url_that_cannot_be_reached_ends_with_3() -> None:
    with socket.socket() as unheard:  # bound and not listening: connections are refused
        unheard.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}/a"
        result = explain(url)
    assert result.exit_code == 3
    assert f"{url} can't be reached: [Errno" in result.output


FIELDS = {
    "/news/ferry": {},
    "/off": {"Adweave": "off"},
    "/kept": {"Cache-Control": "no-transform"},
    "/cut": {"Content-Length": "99999"},
    "/strict": {"Content-Security-Policy": "default-src 'none'"},
    "/json": {"Content-Type": "application/json"},
}


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        fields = FIELDS.get(self.path)
        self.send_response(404 if fields is None else 200)
        for field in {"Content-Type": "text/html; charset=utf-8", **(fields or {})}.items():
            self.send_header(*field)
        self.end_headers()
        self.wfile.write(b"gone" if fields is None else PAGE.read_bytes())

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_url_is_fetched_and_its_path_chooses_the_layout(address: str, tmp_path: Path) -> None:
    result = explain(f"{address}/news/ferry")
    assert result.exit_code == 0
    assert f"{address}/news/ferry (UTF-8, " in result.output
    own = tmp_path / "layouts"
    own.mkdir()
    (tmp_path / "site.toml").write_text("")
    (own / "sport.toml").write_text('pages = ["/sport/**"]\n')
    refused = explain(f"{address}/news/ferry", "--placements", str(tmp_path))
    assert refused.exit_code == 2
    assert "no layout wants the path /news/ferry" in refused.output


def test_an_answer_that_is_no_page_is_named_by_its_status(address: str) -> None:
    result = explain(f"{address}/gone")
    assert result.exit_code == 3
    assert "/gone answers 404 Not Found" in result.output


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/off", "opt-out"), ("/kept", "no-transform"), ("/cut", "cut"), ("/strict", "csp")],
)
def test_the_answer_s_own_header_fields_count(address: str, path: str, reason: str) -> None:
    result = explain(address + path)
    assert result.exit_code == 1
    assert f"passed ({reason}): " in result.output


def test_an_answer_that_is_not_html_is_wrong_input(address: str) -> None:
    result = explain(f"{address}/json")
    assert result.exit_code == 2
    assert "/json is no HTML page: its Content-Type is application/json" in result.output


def test_the_smallest_change_that_turns_a_gap_stands_below_it() -> None:
    found = json.loads(explain(str(PAGE), "--json").output)
    (layout,) = found["layouts"]
    changes = [v["change"] for v in layout["verdicts"] if v["change"] is not None]
    assert {change["puts_slot"] for change in changes} == {True, False}
    assert all(change["new"] != change["old"] for change in changes)
    assert " instead of " in explain(str(PAGE)).output


def test_html_is_the_page_with_its_gaps(tmp_path: Path) -> None:
    result = explain(str(PAGE), "--html", str(tmp_path / "out.html"))
    assert result.exit_code == 0
    text = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert "adweave-gap data-g=" in text
    assert result.output.startswith(str(PAGE)[:40])


def test_another_reader_may_get_something_else(tmp_path: Path) -> None:
    import shutil

    shutil.copytree(SHIPPED, tmp_path / "placements")
    site = tmp_path / "placements" / "site.toml"
    site.write_text(site.read_text() + '\n[members]\ncookies = { member = "1" }\n')

    def reason(*options: str) -> str | None:
        arguments = ["explain", "--placements", str(tmp_path / "placements"), str(PAGE), "--json"]
        return json.loads(CliRunner().invoke(main, [*arguments, *options]).stdout)["reason"]

    assert reason() is None
    assert reason("--header", "Cookie: member=1") == "member"
    assert reason("--header", "Cookie: member=0") is None


def test_a_field_and_a_time_that_make_no_sense_are_refused() -> None:
    assert explain(str(PAGE), "--header", "Cookie").exit_code == 2
    assert explain(str(PAGE), "--at", "tomorrow").exit_code == 2


@pytest.mark.parametrize(
    ("target", "schedule", "header", "why"),
    [
        ('hosts = ["example.org"]', "", "", "not for this host"),
        ('devices = ["mobile"]', "", "Sec-CH-UA-Mobile: ?0", "only for mobile devices"),
        ('headers = { X-Plan = "free" }', "", "X-Plan: paid", "not for what X-Plan says"),
        ('cookies = { plan = "free" }', "", "Cookie: plan=paid", 'not for what the cookie "plan"'),
        ("", "end = 2020-01-01T00:00:00", "", "off by its schedule"),
    ],
)
def test_a_layout_that_a_request_does_not_get_is_named_with_the_reason(
    tmp_path: Path, target: str, schedule: str, header: str, why: str
) -> None:
    folder = tmp_path / "placements"
    shutil.copytree(SHIPPED, folder)
    aim = f"[target]\n{target}\n" if target else f"[schedule]\n{schedule}\n"
    (folder / "layouts" / "special.toml").write_text(
        f'pages = ["/**"]\npriority = 5\n{aim}'
        '[[placement]]\nname = "after"\nkind = "after"\nsizes = [[300, 250]]\nfill = ["house"]\n'
    )
    told = ["--header", header] if header else []
    arguments = ["explain", "--placements", str(folder), str(PAGE), *told]
    result = CliRunner().invoke(main, arguments)
    assert f'layout "special": {why}' in " ".join(result.output.split())
    found = json.loads(CliRunner().invoke(main, [*arguments, "--json"]).output)
    (left_out,) = found["left_out"]
    assert (left_out["layout"], left_out["placement"]) == ("special", None)
    assert left_out["why"].startswith(why)


def test_a_selector_that_finds_nothing_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "placements"
    shutil.copytree(SHIPPED, folder)
    layout = folder / "layouts" / "article.toml"
    layout.write_text(
        layout.read_text()
        + '\n[[placement]]\nname = "top"\nkind = "selector"\nselector = "#nowhere"\n'
        + 'sizes = [[300, 250]]\nfill = ["house"]\n'
    )
    result = CliRunner().invoke(main, ["explain", "--placements", str(folder), str(PAGE)])
    assert 'placement "top" of "article": nothing in the page is #nowhere' in " ".join(
        result.output.split()
    )
