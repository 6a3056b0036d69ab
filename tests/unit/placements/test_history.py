"""States kept, found again and put back: real files, locks and crashes."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from pathlib import Path

import pytest

from adweave.placements import History, HistoryFault, Live, load, snapshots
from adweave.placements import history as module
from adweave.placements.authors import author_of, present_user
from adweave.placements.snapshots import Snapshot, present_state

LONG_S = 20


def state_with(*texts: str) -> Snapshot:
    return Snapshot({f"layouts/l{n}.toml": text.encode() for n, text in enumerate(texts)})


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "state")


def test_an_accepted_state_is_kept_under_its_generation(write, tmp_path):
    folder = write({})
    history = History(tmp_path / "state")
    with Live(folder, state=tmp_path / "state") as live:
        generation = live.site.generation
    (entry,) = history.entries()
    assert (entry.id, entry.kind, entry.author) == (generation, "accepted", present_user())
    files = history.snapshot(generation).files
    assert files["layouts/article.toml"] == (folder / "layouts/article.toml").read_bytes()
    assert any(path.startswith("creatives/") for path in files)


def test_a_state_that_is_in_force_already_is_noted_once_however_many_see_it(write, tmp_path):
    folder = write({})
    for _ in range(3):
        with Live(folder, state=tmp_path / "state"):
            pass
    assert len(History(tmp_path / "state").entries()) == 1


def test_two_processes_that_write_at_once_lose_nothing(history):
    def write_many(name: str) -> None:
        for number in range(20):
            history.record(state_with(f"{name}{number}"), author=name)

    threads = [threading.Thread(target=write_many, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG_S)
    entries = history.entries()
    assert len(entries) == 60
    for entry in entries:
        history.snapshot(entry.id)


def test_the_last_good_state_is_in_force_after_a_restart_with_a_bad_folder(write, tmp_path):
    folder, state = write({"site.toml": 'default_language = "tr"\n'}), tmp_path / "state"
    with Live(folder, state=state) as live:
        good = live.site.generation
    write({"layouts/article.toml": "nonsense ="})
    with Live(folder, state=state) as live:
        assert live.site.generation == good
        assert live.site.settings.default_language == "tr"
        assert live.refused
        assert live.refusals == 1
        assert [problem.code for problem in live.problems if problem.is_error] == ["toml"]


def test_the_last_good_state_is_in_force_after_a_restart_without_a_folder(write, tmp_path):
    folder, state = write({}), tmp_path / "state"
    with Live(folder, state=state) as live:
        good = live.site.generation
    folder.rename(tmp_path / "away")
    with Live(folder, state=state) as live:
        assert live.site.generation == good


def test_a_mended_folder_takes_over_from_the_last_good_state(write, tmp_path):
    import queue

    folder, state = write({}), tmp_path / "state"
    text = (folder / "layouts/article.toml").read_text()
    with Live(folder, state=state):
        pass
    write({"layouts/article.toml": "nonsense ="})
    changes: queue.Queue = queue.Queue()
    with Live(folder, state=state, on_change=changes.put):
        write({"layouts/article.toml": text + "max = 2\n"})
        assert changes.get(timeout=LONG_S).layouts["article"].placement[-1].max == 2


def test_a_rollback_puts_changed_lost_and_new_files_right(write, tmp_path):
    folder, state = write({}), tmp_path / "state"
    with Live(folder, state=state) as live:
        first = live.site.generation
    before = present_state(folder)
    write({"layouts/extra.toml": 'pages = ["/x"]\n', "site.toml": 'default_language = "de"\n'})
    (folder / "layouts" / "article.toml").unlink()
    (folder / "README.md").write_text("mine")
    done = History(state).roll_back(folder, first, author="me")
    assert present_state(folder) == before
    assert set(done.changed) == {"layouts/article.toml", "layouts/extra.toml", "site.toml"}
    assert (folder / "README.md").read_text() == "mine"
    assert load(folder).site_or_raise().generation == first


def test_what_a_rollback_replaces_can_be_had_again_even_if_it_is_not_valid(write, tmp_path):
    folder, state = write({}), tmp_path / "state"
    with Live(folder, state=state) as live:
        first = live.site.generation
    write({"layouts/Bad Name.toml": "nonsense =", "labels/xx_yy.toml": "\xff"})
    os.symlink("/etc/passwd", folder / "layouts" / "link.toml")
    history = History(state)
    done = history.roll_back(folder, first, author="me")
    assert load(folder).site_or_raise().generation == first
    assert done.saved is not None
    kept = history.snapshot(done.saved)
    assert kept.files["layouts/Bad Name.toml"] == b"nonsense ="
    assert kept.links == {"layouts/link.toml": "/etc/passwd"}
    assert [entry.kind for entry in history.entries()] == ["accepted", "saved", "rollback"]


def test_a_rollback_to_what_is_there_changes_nothing(write, tmp_path):
    folder, state = write({}), tmp_path / "state"
    with Live(folder, state=state) as live:
        first = live.site.generation
    assert History(state).roll_back(folder, first, author="me").saved is None
    assert len(History(state).entries()) == 1


def test_a_rollback_that_was_cut_short_is_finished_by_the_next_who_looks(
    write, tmp_path, monkeypatch
):
    folder, state = write({}), tmp_path / "state"
    with Live(folder, state=state) as live:
        first = live.site.generation
    write({"site.toml": 'default_language = "de"\n'})

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    history = History(state)
    with monkeypatch.context() as patched:
        patched.setattr(module, "put_back", crash)
        with pytest.raises(KeyboardInterrupt):
            history.roll_back(folder, first, author="me")
    with Live(folder, state=state) as live:
        assert live.site.generation == first
        assert live.site.settings.default_language == "en"
    assert history.entries()[-1].note == "finished after a crash"
    assert not (state / "history" / "pending.json").exists()


def test_edits_after_a_crash_are_kept_before_the_rollback_is_finished(write, tmp_path, monkeypatch):
    folder, state = write({}), tmp_path / "state"
    with Live(folder, state=state) as live:
        first = live.site.generation
    write({"site.toml": 'default_language = "de"\n'})

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    history = History(state)
    with monkeypatch.context() as patched:
        patched.setattr(module, "put_back", crash)
        with pytest.raises(KeyboardInterrupt):
            history.roll_back(folder, first, author="me")
    write({"site.toml": 'default_language = "fr"\n'})
    with Live(folder, state=state):
        pass
    saved = [entry for entry in history.entries() if entry.kind == "saved"]
    assert history.snapshot(saved[-1].id).files["site.toml"] == b'default_language = "fr"\n'


def test_a_rollback_that_cannot_write_takes_back_what_it_wrote_and_is_over(
    write, tmp_path, monkeypatch
):
    folder, state = write({"layouts/other.toml": 'pages = ["/x"]\n'}), tmp_path / "state"
    with Live(folder, state=state) as live:
        first = live.site.generation
    write({"layouts/other.toml": 'pages = ["/y"]\n', "site.toml": 'default_language = "de"\n'})
    before = present_state(folder)
    write_whole = snapshots.written_whole

    def full(path: Path, content: bytes, **keys: int) -> None:
        if path.name == "site.toml" and b"de" not in content:
            raise OSError(28, "No space left on device", str(path))
        write_whole(path, content, **keys)

    monkeypatch.setattr(snapshots, "written_whole", full)
    history = History(state)
    with pytest.raises(OSError, match="No space left"):
        history.roll_back(folder, first, author="me")
    assert present_state(folder) == before
    assert not (state / "history" / "pending.json").exists()


def test_a_damaged_content_is_told_and_not_put_back(write, tmp_path):
    folder, state = write({}), tmp_path / "state"
    with Live(folder, state=state) as live:
        first = live.site.generation
    history = History(state)
    digest = history.hashes(first)["layouts/article.toml"]
    (state / "history" / "objects" / digest).write_bytes(b"something else")
    write({"site.toml": 'default_language = "de"\n'})
    before = present_state(folder)
    with pytest.raises(HistoryFault, match=r"layouts/article\.toml of state .* is damaged"):
        history.roll_back(folder, first, author="me")
    assert present_state(folder) == before


@pytest.mark.parametrize("path", ["../evil.toml", "layouts/../../evil.toml", "/etc/x", "x.toml"])
def test_a_forged_state_cannot_write_outside_the_folder(history, path):
    entry = history.record(state_with("a"), author="me")
    manifest = history.folder / "states" / f"{entry.id}.json"
    document = json.loads(manifest.read_text())
    document["files"] = {path: next(iter(document["files"].values()))}
    manifest.write_text(json.dumps(document))
    with pytest.raises(HistoryFault, match="is damaged"):
        history.snapshot(entry.id)


def test_a_torn_last_line_is_passed_over_and_written_behind(history):
    first = history.record(state_with("a"), author="me")
    with (history.folder / "log.ndjson").open("ab") as log:
        log.write(b'{"id": "0123')
    second = history.record(state_with("b"), author="me")
    assert [entry.id for entry in history.entries()] == [first.id, second.id]


def test_old_entries_go_when_there_are_too_many(history, monkeypatch):
    monkeypatch.setattr(module, "MOST_ENTRIES", 5)
    for number in range(12):
        history.record(state_with("same", str(number)), author="me")
    entries = history.entries()
    assert len(entries) == 5
    assert len(list((history.folder / "states").iterdir())) == 5
    assert len(list((history.folder / "objects").iterdir())) == 6
    assert history.snapshot(entries[-1].id).files["layouts/l1.toml"] == b"11"


def test_the_last_good_state_outlives_any_number_of_saved_ones(history, monkeypatch):
    monkeypatch.setattr(module, "MOST_ENTRIES", 3)
    good = history.record(state_with("good"), author="me")
    for number in range(8):
        history.record(state_with(str(number)), author="me", kind="saved")
    assert history.last_good() == good
    assert history.snapshot(good.id).files == {"layouts/l0.toml": b"good"}


def test_old_entries_go_when_they_take_too_much_room(history, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 10_000)
    for number in range(10):
        history.record(state_with(str(number) * 3_000), author="me")
    sizes = [file.stat().st_size for file in (history.folder / "objects").iterdir()]
    assert sum(sizes) <= 10_000
    assert len(history.entries()) == 3


def test_a_state_is_found_by_the_beginning_of_its_id(history):
    entry = history.record(state_with("a"), author="me")
    assert history.find(entry.id[:6]) == entry.id
    with pytest.raises(HistoryFault, match="is too short; give 4 digits or more"):
        history.find(entry.id[:2])
    with pytest.raises(HistoryFault, match='no state is called "zzzzzz"'):
        history.find("zzzzzz")


def test_a_state_directory_that_cannot_be_written_is_said_and_ads_go_on(write, tmp_path, caplog):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file")
    with Live(write({}), state=blocked) as live:
        assert live.site.layouts
    assert "the history can't be kept in" in caplog.text


def test_the_author_is_the_committer_where_the_folder_is_a_clean_work_tree(write, tmp_path):
    folder = write({})
    quiet = {"cwd": folder, "check": True, "capture_output": True}
    who = ["-c", "user.name=Ada Lovelace", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", "init", "-q"], **quiet)
    subprocess.run(["git", "add", "."], **quiet)
    subprocess.run(["git", *who, "commit", "-q", "-m", "start"], **quiet)
    assert author_of(folder, []).startswith("Ada Lovelace <ada@example.org> (")
    write({"site.toml": 'default_language = "de"\n'})
    assert author_of(folder, ["site.toml"]) == present_user()
