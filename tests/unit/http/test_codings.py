"""Codings are undone within limits and put on again the same way each time."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from adweave.http.codings import CodingDoubt, coding_of, decoded, encoded

CODINGS = ["identity", "gzip", "deflate", "br", "zstd"]
COMPRESSED = CODINGS[1:]


@given(st.binary(max_size=5_000), st.sampled_from(CODINGS))
def test_what_was_encoded_decodes_to_itself(body: bytes, coding: str) -> None:
    packed = encoded(body, coding)
    assert packed == encoded(body, coding)
    assert decoded(packed, coding, 10_000) == body


@given(st.binary(max_size=500), st.sampled_from(COMPRESSED))
def test_no_input_raises_anything_but_a_doubt(body: bytes, coding: str) -> None:
    reason = "decoded"
    try:
        assert len(decoded(body, coding, 100_000)) <= 100_000
    except CodingDoubt as doubt:
        reason = doubt.reason
    assert reason in ("decoded", "coding", "bomb", "too-large")


@pytest.mark.parametrize("coding", COMPRESSED)
def test_a_body_that_is_cut_is_no_body(coding: str) -> None:
    packed = encoded(bytes(range(256)) * 50, coding)
    for cut in (1, 2, 5, len(packed) // 2):
        with pytest.raises(CodingDoubt, match="coding"):
            decoded(packed[:-cut], coding, 1_000_000)


def squeezed(coding: str, size: int) -> bytes:
    body = bytes(size)
    if coding == "gzip":
        return gzip.compress(body)
    if coding == "deflate":
        return zlib.compress(body)
    return (
        brotli.compress(body, quality=5)
        if coding == "br"
        else zstandard.ZstdCompressor().compress(body)
    )


@pytest.mark.parametrize("coding", COMPRESSED)
def test_a_bomb_costs_little_memory(coding: str) -> None:
    bomb = squeezed(coding, 100_000_000)
    tracemalloc.start()
    with pytest.raises(CodingDoubt) as caught:
        decoded(bomb, coding, 4_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.reason in ("bomb", "too-large")
    assert peak < 40_000_000


def test_the_limit_is_on_the_decoded_size() -> None:
    packed = gzip.compress(b"x" * 1_000)
    assert len(decoded(packed, "gzip", 1_000)) == 1_000
    with pytest.raises(CodingDoubt, match="too-large"):
        decoded(packed, "gzip", 999)


def test_gzip_may_have_several_members_and_deflate_no_wrapper() -> None:
    assert decoded(gzip.compress(b"a") + gzip.compress(b"b"), "gzip", 10) == b"ab"
    assert decoded(zlib.compress(b"abc")[2:-4], "deflate", 10) == b"abc"
    with pytest.raises(CodingDoubt):
        decoded(gzip.compress(b"a") + b"more", "gzip", 10)


@pytest.mark.parametrize(
    ("value", "coding"),
    [
        (None, "identity"),
        (b"", "identity"),
        (b"GZIP", "gzip"),
        (b" x-gzip ", "gzip"),
        (b"br", "br"),
    ],
)
def test_one_known_coding_is_named(value: bytes | None, coding: str) -> None:
    assert coding_of(value) == coding


@pytest.mark.parametrize("value", [b"odd", b"gzip, br", b"gzip,gzip", b"compress"])
def test_other_codings_are_a_doubt(value: bytes) -> None:
    with pytest.raises(CodingDoubt, match="coding"):
        coding_of(value)
