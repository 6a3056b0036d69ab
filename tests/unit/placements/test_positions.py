"""Positions agree with tomllib on what a document holds, and with the eye on where it stands."""

from __future__ import annotations

import string
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adweave.placements.positions import Path, Positions


def _at(positions: Positions, path: Path, *, key: bool = False) -> tuple[int, int, str]:
    entry = positions.entries[path]
    span = entry.key if key else entry.value
    return (*positions.line_col(span.start), positions.slice(span))


DOCUMENT = '''\
# a comment = "with = signs" [and brackets]
plain = 1 # and one behind
a.b . "c d" = true
'quoted "key"' = 'C:\\dir'
"esc\\u0061ped" = "ü = ü"
list = [ # comment ]
    "one, [two]", # "three"
    'it', [1, 2,], { x = 1, y.z = [{ w = 2 }] },
]
text = """
first " line
"" second \\""" [still]
"""
literal = \'\'\'
[not a table]
ends with two \'\'\'\'\'
when = 1979-05-27 07:32:00 # with a space
empty = {}
none = []
[table.sub]
key = 0x_ff
[[array]]
name = "first"
[array.inner]
deep = 1.5
[[array]]
   name   =   "second"
[[array.more]]
n = inf
[ spaced . "header" ]
v = -1_000
'''.replace("0x_ff", "0xff")


def test_keys_and_values_stand_where_the_eye_sees_them():
    positions = Positions(DOCUMENT)
    assert _at(positions, ("plain",)) == (2, 9, "1")
    assert _at(positions, ("a", "b", "c d"), key=True) == (3, 7, '"c d"')
    assert _at(positions, ("a", "b", "c d")) == (3, 15, "true")
    assert _at(positions, ("a",), key=True) == (3, 1, "a")
    assert _at(positions, ('quoted "key"',)) == (4, 18, "'C:\\dir'")
    assert _at(positions, ("escaped",)) == (5, 18, '"ü = ü"')
    assert _at(positions, ("list", 0)) == (7, 5, '"one, [two]"')
    assert _at(positions, ("list", 2, 1)) == (8, 15, "2")
    assert _at(positions, ("list", 3, "y", "z", 0, "w")) == (8, 42, "2")
    assert _at(positions, ("text",)) == (10, 8, '"""\nfirst " line\n"" second \\""" [still]\n"""')
    assert _at(positions, ("literal",))[:2] == (14, 11)
    assert _at(positions, ("when",)) == (17, 8, "1979-05-27 07:32:00")
    assert _at(positions, ("empty",)) == (18, 9, "{}")
    assert _at(positions, ("none",)) == (19, 8, "[]")
    assert _at(positions, ("table", "sub")) == (20, 1, "[table.sub]")
    assert _at(positions, ("array", 0)) == (22, 1, "[[array]]")
    assert _at(positions, ("array", 0, "inner", "deep")) == (25, 8, "1.5")
    assert _at(positions, ("array", 1)) == (26, 1, "[[array]]")
    assert _at(positions, ("array", 1, "name")) == (27, 15, '"second"')
    assert _at(positions, ("array", 1, "more", 0, "n")) == (29, 5, "inf")
    assert _at(positions, ("spaced", "header", "v")) == (31, 5, "-1_000")


def test_windows_line_ends_change_no_position():
    unix, windows = Positions(DOCUMENT), Positions(DOCUMENT.replace("\n", "\r\n"))
    assert unix.entries.keys() == windows.entries.keys()
    for path in unix.entries:
        assert _at(unix, path)[:2] == _at(windows, path)[:2]
    assert windows.line_text(2) == "plain = 1 # and one behind"


def test_columns_count_characters_not_bytes():
    positions = Positions('"日本" = { "ü" = 3 }')
    assert _at(positions, ("日本", "ü"), key=True) == (1, 10, '"ü"')
    assert _at(positions, ("日本", "ü")) == (1, 16, "3")


def _paths(value: object, path: Path = ()) -> set[Path]:
    found = {path} if path else set()
    if isinstance(value, dict):
        for key, child in value.items():
            found |= _paths(child, (*path, key))
    if isinstance(value, list):
        for index, child in enumerate(value):
            found |= _paths(child, (*path, index))
    return found


def test_every_value_of_the_document_has_a_position():
    assert Positions(DOCUMENT).entries.keys() == _paths(tomllib.loads(DOCUMENT))


keys = st.text(string.ascii_letters + ' "\\.#=[]é日', min_size=1, max_size=4)
texts = st.text(string.ascii_letters + " \"'\\#=[]{},.\n\té日", max_size=8)
values = st.recursive(
    st.integers(-999, 999) | st.booleans() | texts | st.sampled_from([1.5, -0.25]),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(keys, children, max_size=3),
    max_leaves=8,
)


def _quoted(text: str, draw) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    if "\n" in text or draw(st.booleans()):
        return f'"""\n{escaped}"""'
    if "'" not in text and "\t" not in text and draw(st.booleans()):
        return f"'{text}'"
    return f'"{escaped}"'


def _key(key: str) -> str:
    bare = key.isascii() and key.isalpha()
    return key if bare else '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _written(value: object, draw) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value, draw)
    if isinstance(value, list):
        gap = draw(st.sampled_from(["", " ", "\n  ", " # [,]\n"]))
        return "[" + gap + f",{gap}".join(_written(v, draw) for v in value) + gap + "]"
    if isinstance(value, dict):
        pairs = [f"{_key(key)} = {_written(v, draw)}" for key, v in value.items()]
        return "{ " + ", ".join(pairs) + " }"
    return str(value)


@st.composite
def documents(draw) -> str:
    lines = []
    for key, value in draw(st.dictionaries(keys, values, max_size=4)).items():
        lines.append(f"{_key(key)} = {_written(value, draw)}")
    # "tables" is longer than any key that is drawn, so no value stands under that name already.
    for name in draw(st.lists(st.sampled_from(["one", "two"]), max_size=4)):
        lines.append(f"[[tables.{name}]] # header")
        for key, value in draw(st.dictionaries(keys, values, max_size=3)).items():
            lines.append(f"  {_key(key)}={_written(value, draw)}  # a = [1")
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines)


@given(documents())
def test_any_document_has_a_position_for_each_of_its_values_and_no_other(text):
    positions = Positions(text)
    meaning = tomllib.loads(text)
    assert positions.entries.keys() == _paths(meaning)
    for path, entry in positions.entries.items():
        found: object = meaning
        for part in path:
            found = found[part]  # type: ignore[index]
        if not isinstance(found, dict) and not (path[0] == "tables" and isinstance(found, list)):
            source = positions.slice(entry.value).replace("\r\n", "\n")
            assert tomllib.loads(f"value = {source}") == {"value": found}


@pytest.mark.parametrize("text", ["", "\n", "# only a comment", "   \r\n\t", "a = 1"])
def test_small_documents(text):
    assert Positions(text).entries.keys() == _paths(tomllib.loads(text))
