"""Files that are in the way, and files from outside."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from adweave.placements import load


def messages(folder):
    return [str(problem) for problem in load(folder).problems]


def test_a_link_out_of_the_folder_is_refused(write, tmp_path):
    secret = tmp_path / "secret.toml"
    secret.write_text('password = "x"\n')
    folder = write({})
    (folder / "layouts" / "leak.toml").symlink_to(secret)
    assert messages(folder) == [
        f"layouts/leak.toml: is a link out of the folder, to {secret}; links may lead to files "
        "inside it only"
    ]


def test_a_linked_folder_from_outside_is_refused(write, tmp_path):
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    folder = write({})
    (folder / "experiments").symlink_to(outside)
    assert messages(folder) == [
        f"experiments: is a link out of the folder, to {outside}; links may lead to files inside "
        "it only"
    ]


def test_links_inside_the_folder_work_as_kubernetes_mounts_have_them(write):
    folder = write({"..2026/story.toml": 'pages = ["/story/*"]\npriority = 9\n'})
    (folder / "..data").symlink_to("..2026")
    (folder / "layouts" / "story.toml").symlink_to("../..data/story.toml")
    assert load(folder).site.delivery_for("/story/a").layout.name == "story"


def test_a_folder_that_is_itself_a_link_works(write, tmp_path):
    link = tmp_path / "current"
    link.symlink_to(write({}))
    assert messages(link) == []


def test_a_link_to_nothing_and_a_circle_of_links(write):
    folder = write({})
    (folder / "layouts" / "a.toml").symlink_to("gone.toml")
    (folder / "layouts" / "b.toml").symlink_to("b.toml")
    assert messages(folder) == [
        "layouts/a.toml: is a link to gone.toml, which is not there",
        "layouts/b.toml: cannot be read: its links lead in a circle",
    ]


def test_folders_and_pipes_in_place_of_files(write):
    folder = write({})
    (folder / "layouts" / "a.toml").mkdir()
    os.mkfifo(folder / "layouts" / "b.toml")
    assert messages(folder) == [
        "layouts/a.toml: is a folder; a file is expected here",
        "layouts/b.toml: is no regular file",
    ]


def test_a_file_in_place_of_a_folder(write, tmp_path):
    assert messages(write({"experiments": "x"})) == [
        "experiments: is a file; experiments/ must be a folder"
    ]
    file = tmp_path / "file"
    file.write_text("")
    assert messages(file) == [
        f"{file}: is a file; give the folder that holds site.toml and layouts/"
    ]


def test_files_of_ten_megabytes_are_not_read_whole(write):
    folder = write({})
    with (folder / "layouts" / "big.toml").open("wb") as file:
        file.truncate(10_000_000)
    assert messages(folder) == ["layouts/big.toml: has 10000000 bytes; at most 1000000 are read"]


def test_editors_leavings_and_notes_are_passed_over(write):
    leavings = dict.fromkeys(
        [
            ".git/config",
            "README.md",
            "layouts/.article.toml.swp",
            "layouts/article.toml~",
            "layouts/#article.toml#",
            "layouts/4913.tmp",
            "creatives/README.md",
            "tests/front.toml",
        ],
        "x",
    )
    assert messages(write(leavings)) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
def test_a_file_without_permission_is_told_and_nothing_else_fails(write):
    folder = write({})
    (folder / "layouts" / "dense.toml").chmod(0)
    for above in (folder, *folder.parents):
        if above.stat().st_uid == 0 and "pytest" in above.as_posix():
            above.chmod(0o755)
    script = (
        "import os, sys\n"
        "from adweave.placements import load\n"
        "os.setuid(65534)\n"
        "print(*load(sys.argv[1]).problems, sep='\\n')\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True
    )
    assert run.stdout == (
        "layouts/dense.toml: cannot be read: no permission; let the user that runs adweave read "
        "it\n"
    )
