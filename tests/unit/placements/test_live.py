"""The folder in force while people edit it: real files, and the thread that really watches."""

from __future__ import annotations

import logging
import os
import queue
import shutil
import threading

import pytest

from adweave.placements import Live, PlacementsError, load

BAD = 'pages = "/**"\nmin_length = 3\n'
GOOD = 'pages = ["/**"]\n[[placement]]\nname = "inline"\nkind = "inline"\nsizes = [[300, 250]]\n'
LONG_S = 20  # until a test that waits for something gives up


class Log(logging.Handler):
    """The log's records, to be waited for."""

    def __init__(self):
        super().__init__()
        self.records: queue.Queue[logging.LogRecord] = queue.Queue()
        self.all: list[str] = []

    def emit(self, record):
        self.all.append(f"{record.levelname} {record.getMessage()}")
        self.records.put(record)

    def wait_for(self, level: int) -> str:
        while True:
            record = self.records.get(timeout=LONG_S)
            if record.levelno == level:
                return record.getMessage()


@pytest.fixture
def log():
    handler = Log()
    logger = logging.getLogger("adweave.placements")
    logger.addHandler(handler)
    level = logger.level
    logger.setLevel(logging.INFO)
    yield handler
    logger.setLevel(level)
    logger.removeHandler(handler)


@pytest.fixture
def live(write, log):
    with Live(write({})) as live:
        log.wait_for(logging.INFO)
        yield live


def changes_of(live: Live) -> queue.Queue:
    changes: queue.Queue = queue.Queue()
    live.on_change(changes.put)
    return changes


def test_a_changed_file_takes_effect_without_a_restart(live, write, log):
    before, changes = live.site, changes_of(live)
    write({"site.toml": 'default_language = "tr"\n'})
    site = changes.get(timeout=LONG_S)
    assert site is live.site
    assert site.settings.default_language == "tr"
    assert before.settings.default_language == "en"
    assert log.wait_for(logging.INFO) == (
        f"placements in force: generation {site.generation}, 2 layouts, 0 experiments running"
    )


def test_a_broken_file_leaves_the_last_good_one_in_force_and_says_so_once(live, write, log):
    before = live.site
    write({"layouts/article.toml": BAD})
    assert log.wait_for(logging.ERROR) == (
        f"placements refused, generation {before.generation} stays in force:\n"
        '  layouts/article.toml:1:9: pages = "/**" is a text; write a list, such as [ ... ]\n'
        '  layouts/article.toml:2:14: min_length = 3 has no unit; write "3px", "6 blocks", '
        '"300 words" or "1.5 screens"'
    )
    assert live.site is before
    assert [problem.line for problem in live.problems if problem.is_error] == [1, 2]
    live.reload()
    live.reload()
    assert sum(line.startswith("ERROR") for line in log.all) == 1


def test_a_mended_file_is_in_force_again(live, write, log):
    changes = changes_of(live)
    write({"layouts/article.toml": BAD})
    log.wait_for(logging.ERROR)
    write({"layouts/article.toml": GOOD + "max = 2\n"})
    assert changes.get(timeout=LONG_S).layouts["article"].placement[0].max == 2
    assert not any(problem.is_error for problem in live.problems)


def test_a_change_taken_back_is_told_as_good_again(live, write, log):
    before = live.site
    text = (live.folder / "layouts/article.toml").read_text()
    write({"layouts/article.toml": BAD})
    log.wait_for(logging.ERROR)
    write({"layouts/article.toml": text})
    assert log.wait_for(logging.INFO) == (
        f"placements are good again, generation {before.generation}"
    )
    assert live.site is before


def test_a_half_written_file_alarms_nobody(live, write, log, monkeypatch):
    def load_and_then_the_editor_goes_on(*arguments, **options):
        loaded = load(*arguments, **options)
        if loaded.site is None:
            write({"layouts/article.toml": GOOD + "max = 3\n"})
        return loaded

    changes = changes_of(live)
    monkeypatch.setattr("adweave.placements.live.load", load_and_then_the_editor_goes_on)
    write({"layouts/article.toml": GOOD[: len(GOOD) // 2]})
    assert changes.get(timeout=LONG_S).layouts["article"].placement[0].max == 3
    assert not any(line.startswith("ERROR") for line in log.all)


def test_a_clock_that_went_back_hides_no_change(live, write):
    changes = changes_of(live)
    write({"layouts/article.toml": GOOD + "max = 2\n"})
    assert changes.get(timeout=LONG_S).layouts["article"].placement[0].max == 2
    write({"layouts/article.toml": GOOD + "max = 3\n"})
    os.utime(live.folder / "layouts/article.toml", (0, 0))  # as long as the one before
    while (site := changes.get(timeout=LONG_S)).layouts["article"].placement[0].max != 3:
        pass
    assert site is live.site


def test_a_folder_that_vanishes_leaves_the_last_good_state_until_it_returns(live, write, log):
    before, changes = live.site, changes_of(live)
    away = live.folder.with_name("away")
    live.folder.rename(away)
    assert "there is no such folder" in log.wait_for(logging.ERROR)
    assert live.site is before
    (away / "site.toml").write_text('default_language = "de"\n')
    away.rename(live.folder)
    assert changes.get(timeout=LONG_S).settings.default_language == "de"


def test_a_folder_behind_a_link_is_followed_when_the_link_is_swapped(write, log, tmp_path):
    first = write({})
    second = tmp_path / "release-2"
    shutil.copytree(first, second)
    (second / "site.toml").write_text('default_language = "fr"\n')
    link, new_link = tmp_path / "current", tmp_path / "new"
    link.symlink_to(first)
    new_link.symlink_to(second)
    with Live(link) as live:
        changes = changes_of(live)
        os.replace(new_link, link)
        assert changes.get(timeout=LONG_S).settings.default_language == "fr"


def test_a_creative_that_changes_is_taken_up_and_one_that_is_added(live, write):
    changes = changes_of(live)
    write({"creatives/house-300x250.html": "<p>New"})
    assert changes.get(timeout=LONG_S).creatives[0].body == b"<p>New"
    write({"creatives/sale-300x250.html": "<p>Sale"})
    assert len(changes.get(timeout=LONG_S).creatives) == 2


def test_reload_is_in_force_when_it_returns(live, write):
    write({"site.toml": 'default_language = "ja"\n'})
    loaded = live.reload()
    assert live.site.settings.default_language == "ja"
    assert loaded.site.generation == live.site.generation


def test_a_listener_that_fails_keeps_nothing_from_the_others(live, write, log):
    def fail(site):
        raise RuntimeError("no")

    live.on_change(fail)
    changes = changes_of(live)
    write({"site.toml": "# changed"})
    changes.get(timeout=LONG_S)
    assert log.wait_for(logging.ERROR).startswith("a listener failed on generation ")


def test_a_listener_may_reload(live, write):
    changes: queue.Queue = queue.Queue()
    live.on_change(lambda site: changes.put(live.reload().site.generation))
    write({"site.toml": "# changed"})
    assert changes.get(timeout=LONG_S) == live.site.generation


def test_a_bad_folder_at_the_start_raises_with_the_whole_list(write):
    folder = write({"layouts/article.toml": BAD, "site.toml": "x = 1\n"})
    with pytest.raises(PlacementsError) as caught:
        Live(folder)
    assert str(caught.value).splitlines() == [
        'site.toml:1:1: unknown key "x"; keys are default_language, time_zone, consent, demand, '
        "targeting, members, safety, limits, events, experiments",
        'layouts/article.toml:1:9: pages = "/**" is a text; write a list, such as [ ... ]',
        'layouts/article.toml:2:14: min_length = 3 has no unit; write "3px", "6 blocks", '
        '"300 words" or "1.5 screens"',
    ]


def test_close_ends_the_thread_and_keeps_the_site(write):
    others = set(threading.enumerate())  # folders that other tests still follow
    live = Live(write({}))
    (thread,) = set(threading.enumerate()) - others
    assert thread.name == "adweave-placements"
    live.close()
    live.close()
    assert live.site is not None
    assert not thread.is_alive()


def test_readers_never_see_a_mixed_state(live, write):
    """Every site seen while files change holds what belongs together."""
    changes = changes_of(live)
    mixed, stop = [], threading.Event()

    def read():
        while not stop.is_set():
            site = live.site
            names = {
                site.layouts["article"].placement[0].max,
                site.layouts["dense"].placement[0].max,
            }
            if len(names) != 1:
                mixed.append(names)
            site.delivery_for("/a")

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for number in (2, 3):
            write(
                {
                    "layouts/article.toml": GOOD + f"max = {number}\n",
                    "layouts/dense.toml": "priority = -1\n" + GOOD + f"max = {number}\n",
                }
            )
            while changes.get(timeout=LONG_S).layouts["article"].placement[0].max != number:
                pass
    finally:
        stop.set()
        thread.join()
    assert mixed == []
