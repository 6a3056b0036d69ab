"""What a gzip header says of time and name is no part of the page."""

from __future__ import annotations

import gzip
import io

import pytest

from adweave.http.codings import content_start

PAGE = b"<!doctype html><p>" + b"words " * 300


def compressed(name: str = "", mtime: int = 0) -> bytes:
    stream = io.BytesIO()
    with gzip.GzipFile(name, "wb", fileobj=stream, mtime=mtime) as file:
        file.write(PAGE)
    return stream.getvalue()


def test_pages_that_differ_in_time_and_name_only_are_the_same_from_the_start_on() -> None:
    bodies = [compressed(), compressed(mtime=1_764_000_000), compressed("a" * 77), compressed("b")]
    assert len(set(bodies)) == 4
    assert len({body[content_start(body, "gzip") :] for body in bodies}) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        compressed()[:12],
        b"\x1f\x8b\x08\x04" + compressed()[4:],  # an extra field
        b"\x1f\x8b\x08\x02" + compressed()[4:],  # a checksum of the header
        b"\x1f\x8b\x08\x08" + b"x" * 40,  # a name without an end
        b"<!doctype html><p>not compressed at all",
    ],
    ids=["empty", "cut", "extra", "checksum", "endless name", "not gzip"],
)
def test_a_header_that_cannot_be_skipped_for_sure_is_part_of_the_key(body: bytes) -> None:
    assert content_start(body, "gzip") == 0


def test_other_codings_have_no_such_header() -> None:
    assert content_start(compressed("name"), "br") == 0
