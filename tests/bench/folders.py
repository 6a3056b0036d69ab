"""Loading a large folder, and deciding a request's layouts in it.

The folder: 200 layouts of five placements each, 50 experiments, a site with members and safety.
Every tenth layout is aimed by cookie, country, device or schedule; eight want all paths, so
that a request meets conditions on its way down to the one that takes everything.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import click

from adweave.placements import Site, load

LAYOUTS, PLACEMENTS, EXPERIMENTS = 200, 5, 50

_SITE = """\
[targeting]
country_header = "CF-IPCountry"
[members]
cookies = { member = true }
[safety]
words = { en = ["killed", "plane crash"] }
"""
_AIMS = (
    "[target]\ncookies = { beta = true }\n",
    '[target]\ncountries = ["TR", "DE"]\n',
    '[target]\ndevices = ["mobile"]\n',
    '[schedule]\ntime_zone = "Europe/Istanbul"\ndays = ["sat", "sun"]\nhours = ["06:00-22:00"]\n',
)
_PHONE = b"Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/128.0 Mobile Safari/537.36"


def write_folder(folder: Path) -> None:
    """The large folder's files."""
    for name in ("layouts", "experiments", "creatives"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "site.toml").write_text(_SITE)
    (folder / "creatives/house-300x250.html").write_text("<!doctype html><title>House</title>")
    for number in range(LAYOUTS):
        everywhere = number % 25 == 1
        pages = '["/**"]' if everywhere else f'["/section-{number}/**", "/s{number}-*/x/*"]'
        aim = _AIMS[number % 4] if number % 10 == 0 or everywhere else ""
        placements = "".join(_placement(number, each) for each in range(PLACEMENTS))
        (folder / f"layouts/layout-{number:03d}.toml").write_text(
            f'pages = {pages}\nmin_length = "200 words"\npriority = {number}\n{placements}{aim}'
        )
    (folder / "layouts/all.toml").write_text('pages = ["/**"]\npriority = -1\n' + _placement(0, 0))
    for number in range(EXPERIMENTS):
        status = "running" if number < 40 else "draft"
        one, other = 4 * number + 2, 4 * number + 3
        (folder / f"experiments/test-{number:02d}.toml").write_text(
            f'status = "{status}"\n'
            f'namespace = {{ name = "all", range = [{number / 64}, {(number + 1) / 64}] }}\n'
            f'[[variant]]\nname = "control"\nlayout = "layout-{one:03d}"\nweight = 0.5\n'
            f'[[variant]]\nname = "other"\nlayout = "layout-{other:03d}"\nweight = 0.5\n'
        )


def _placement(layout: int, number: int) -> str:
    return f"""\
[[placement]]
name = "place-{number}"
kind = "inline"
first = "200px"
every = {{ mobile = "750px", desktop = "500px" }}
max = 6
sizes = {{ mobile = [[300, 250]], desktop = [[300, 250], [{728 + layout}, 90]] }}
lazy_margin = "1.5 screens"
fill = ["house"]
"""


def requests() -> list[tuple[str, list[tuple[bytes, bytes]]]]:
    """Paths and fields as a browser behind a CDN sends them."""
    fields = [
        (b"host", b"www.example.org"),
        (b"user-agent", _PHONE),
        (b"accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        (b"accept-encoding", b"gzip, deflate, br"),
        (b"accept-language", b"tr,en;q=0.5"),
        (b"sec-ch-ua-mobile", b"?1"),
        (b"cf-ipcountry", b"TR"),
        (b"cookie", b"a=1; session=3a5f90c2; _ga=GA1.2.1; consent=yes"),
    ]
    return [(f"/section-{n % LAYOUTS}/{n}/story-of-{n}.html", fields) for n in range(2_000)]


def decide_s(site: Site, *, is_new: bool) -> list[float]:
    """Seconds for each decision; `is_new`: no path was ever asked for before."""
    asked = requests()
    now = time.time()
    if not is_new:
        for path, fields in asked:
            site.decide(path, host="www.example.org", fields=fields, now=now)
    times = []
    for path, fields in asked:
        began = time.perf_counter()
        site.decide(path, host="www.example.org", fields=fields, now=now)
        times.append(time.perf_counter() - began)
    return times


def load_s(folder: Path) -> float:
    """Seconds for one load and check of the folder, from files to a site."""
    began = time.perf_counter()
    loaded = load(folder)
    taken = time.perf_counter() - began
    loaded.site_or_raise()
    return taken


def folders(rounds: int) -> None:
    """Print both figures; of `rounds` loads the median counts."""
    click.echo("## A large placements folder\n")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_folder(folder)
        loads = [load_s(folder) for _ in range(rounds)]
        click.echo(
            f"load and check {LAYOUTS + 1} layouts, {LAYOUTS * PLACEMENTS + 1} placements, "
            f"{EXPERIMENTS} experiments: {statistics.median(loads):.2f} s (under 1 s wanted)"
        )
        site = load(folder).site_or_raise()
        for called, is_new in (("a path not seen before", True), ("a path seen before", False)):
            times = sorted(decide_s(site, is_new=is_new))
            click.echo(
                f"decide, {called}: median {statistics.median(times) * 1e6:.1f} µs, "
                f"99th percentile {times[int(len(times) * 0.99)] * 1e6:.1f} µs (50 µs wanted)"
            )
    click.echo()
