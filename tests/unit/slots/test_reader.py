from __future__ import annotations

import json

import pytest

from adweave.slots import reader_answer


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([], {}),
        ([(b"cf-ipcountry", b"de")], {"country": "DE"}),
        ([(b"cf-ipcountry", b" FR ")], {"country": "FR"}),
        ([(b"cf-ipcountry", b"T1")], {}),
        ([(b"cf-ipcountry", b"\xc4\xd6")], {}),
        ([(b"cf-ipcountry", b"Germany")], {}),
        ([(b"x-country", b"DE")], {}),
        ([(b"sec-gpc", b"1")], {"gpc": True}),
        ([(b"sec-gpc", b"0")], {}),
        ([(b"sec-gpc", b"1"), (b"cf-ipcountry", b"US")], {"gpc": True, "country": "US"}),
    ],
)
def test_country_and_privacy_control_as_the_request_tells(
    fields: list[tuple[bytes, bytes]], expected: dict[str, object]
) -> None:
    assert json.loads(reader_answer(fields, "CF-IPCountry")) == expected


def test_without_a_header_that_tells_it_there_is_no_country() -> None:
    assert json.loads(reader_answer([(b"cf-ipcountry", b"DE")], None)) == {}
