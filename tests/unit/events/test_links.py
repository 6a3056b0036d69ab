"""Testers' links: what they ask for, and what is none of ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adweave.events import (
    BadLink,
    Forced,
    SegmentStore,
    events_folder,
    forced_by,
    page_key,
    page_token,
    signed_link,
)

KEY = b"a key of more than sixteen bytes"
NOW = 1_764_028_800
FORCED = Forced("density", "dense", NOW + 60)


def test_a_link_says_what_was_signed_until_it_ends() -> None:
    signed = signed_link(KEY, FORCED)
    assert signed.startswith(f"density.dense.{NOW + 60}.")
    assert forced_by(KEY, signed, NOW) == FORCED
    assert forced_by(KEY, signed, NOW + 59.9) == FORCED
    with pytest.raises(BadLink) as raised:
        forced_by(KEY, signed, NOW + 60)
    assert raised.value.reason == "expired"


@pytest.mark.parametrize(
    "change",
    [
        lambda signed: signed.replace("dense.", "control."),
        lambda signed: signed.replace("density", "other"),
        lambda signed: signed.replace(str(NOW + 60), str(NOW + 9_999_999)),
        lambda signed: signed[:-1],
        lambda signed: signed + "0",
        lambda signed: "",
        lambda signed: signed.rpartition(".")[0] + ".ü",
    ],
)
def test_a_changed_link_is_forged(change) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadLink) as raised:
        forced_by(KEY, change(signed_link(KEY, FORCED)), NOW)
    assert raised.value.reason == "forged"


def test_another_sites_key_makes_no_link() -> None:
    with pytest.raises(BadLink, match="forged"):
        forced_by(b"another key of more than sixteen", signed_link(KEY, FORCED), NOW)


def test_a_pages_token_signs_no_link() -> None:
    """It stands in every page, so a link must not be made of it."""
    text = f"density.dense.{NOW + 60}"
    with pytest.raises(BadLink, match="forged"):
        forced_by(KEY, f"{text}.{page_token(KEY, text)}", NOW)


@given(st.text())
def test_no_text_breaks_the_check(text: str) -> None:
    with pytest.raises(BadLink):
        forced_by(KEY, text, NOW)


def test_processes_of_one_state_folder_check_each_others_links(tmp_path: Path) -> None:
    store = SegmentStore(events_folder(tmp_path))
    store.close()
    one, other = page_key(tmp_path), page_key(tmp_path)
    assert one is not None
    assert other is not None
    assert forced_by(other, signed_link(one, FORCED), NOW) == FORCED
