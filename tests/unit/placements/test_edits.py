"""One key is changed, and every other byte stays."""

from __future__ import annotations

import tomllib

import pytest

from adweave.placements import literal_of, with_key, without_key

TEXT = """# Head.

a = "x"  # why
list = [
  1,  # one
  2,
] # end

[table]
a = 3
"""


def test_a_value_is_replaced_where_it_stands() -> None:
    assert with_key(TEXT, "a", '"y"') == TEXT.replace('"x"', '"y"')
    assert literal_of(TEXT, "list") == "[\n  1,  # one\n  2,\n]"
    assert literal_of(TEXT, "none") is None


@pytest.mark.parametrize("toml", ["", "# a", "# a\n", "[t]\na = 1\n", "b = 1\r\n", TEXT])
def test_a_new_key_is_one_of_the_file_and_not_of_a_table(toml: str) -> None:
    changed = with_key(toml, "new", "7")
    assert tomllib.loads(changed) == {"new": 7, **tomllib.loads(toml)}
    assert without_key(changed, "new").rstrip() == toml.rstrip()


def test_a_new_key_can_stand_below_another() -> None:
    assert with_key(TEXT, "new", "7", after="list") == TEXT.replace("# end\n", "# end\nnew = 7\n")
    assert with_key("a = 1", "new", "7", after="a") == "a = 1\nnew = 7\n"


def test_a_key_goes_with_its_lines() -> None:
    start, end = TEXT.index("list"), TEXT.index("\n[table]")
    assert without_key(TEXT, "list") == TEXT[:start] + TEXT[end:]
    assert without_key(TEXT, "none") == TEXT
    assert without_key("a = 1", "a") == ""
