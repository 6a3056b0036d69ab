"""The small values that placements are written in: distances, sizes, one value per viewport.

Each type reads what people write in TOML and refuses the rest in whole sentences: an error of
kind "adweave" carries the words that `wording` puts behind a file, a line and a column. Knows
pydantic and nothing of files.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Annotated, Generic, Literal, NamedTuple, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

Unit = Literal["px", "screens", "blocks", "words"]
Viewport = Literal["mobile", "desktop"]

UNITS: tuple[Unit, ...] = ("px", "screens", "blocks", "words")
VIEWPORTS: tuple[Viewport, ...] = ("mobile", "desktop")

# One of each unit, as an example people can copy.
_EXAMPLES: dict[str, str] = {
    "px": "750px",
    "blocks": "6 blocks",
    "words": "300 words",
    "screens": "1.5 screens",
}
_SINGULAR = {"screen": "screens", "block": "blocks", "word": "words"}
_OTHER_UNITS = {"pixel": "px", "pixels": "px", "paragraphs": "blocks", "paragraph": "blocks"}
_DISTANCE = re.compile(r"\s*([+-]?(?:\d+(?:\.\d+)?|\.\d+))\s*([^\s\d.]\S*)?\s*", re.ASCII)
_SIZE = re.compile(r"\s*(\d{1,5})\s*[x\u00d7*,]\s*(\d{1,5})\s*", re.ASCII)

# A length no article reaches: a typing error rather than a wish.
_LONGEST = 1_000_000.0
# The largest side of an ad, in CSS px: a full page of a large desktop window.
_LARGEST_SIDE = 4_000

T = TypeVar("T")


def refusal(sentence: str, code: str = "bad-value") -> PydanticCustomError:
    """An error whose text is ready for people: `sentence` follows `key = value`.

    `code` is the problem's stable name, as in `Problem.code`.
    """
    return PydanticCustomError("adweave", "{sentence}", {"sentence": sentence, "code": code})


def one_of(options: tuple[str, ...], *, last: str = "or") -> str:
    """`"a", "b" or "c"`: the way allowed values are listed."""
    quoted = [f'"{option}"' for option in options]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"


def nearest(word: str, options: tuple[str, ...]) -> str | None:
    """The option that `word` is most likely a misspelling of, or None."""
    folded = {option.casefold(): option for option in options}
    found = get_close_matches(word.casefold().replace("-", "_"), folded, 1, 0.6)
    found = found or get_close_matches(word.casefold(), folded, 1, 0.6)
    return folded[found[0]] if found else None


def hint(word: str, options: tuple[str, ...]) -> str:
    """`; did you mean "inline"?`: how a refusal ends. Empty where no option is near."""
    guess = nearest(word, options)
    return "" if guess is None else f'; did you mean "{guess}"?'


class Distance(NamedTuple):
    """A length along the article: `value` in `unit`.

    "px" are CSS pixels, "screens" heights of the reader's window, "blocks" pieces of text,
    "words" a language-neutral measure (two Chinese, Japanese or Thai characters count as one).
    """

    value: float
    unit: Unit

    @classmethod
    def parse(cls, text: str, units: tuple[Unit, ...] = UNITS) -> Distance:
        """Read "750px", "1.5 screens", "6 blocks" or "300 words".

        Raises ValueError (a `PydanticCustomError`) that says what is wrong and what to write.
        """
        if not text.strip():
            raise refusal(f"is empty; write {_distance_examples(units)}")
        match = _DISTANCE.fullmatch(text)
        if match is None:
            raise refusal(f"is not a distance; write {_distance_examples(units)}")
        number, word = match.groups()
        if word is None:
            raise refusal(f"has no unit; write {_distance_examples(units, number)}", "no-unit")
        unit = _SINGULAR.get(word, word)
        if unit not in units:
            guess = _OTHER_UNITS.get(word.casefold()) or nearest(word, units)
            meant = "" if guess is None else f'; did you mean "{_written(number, guess)}"?'
            if units == ("px",):
                meant = meant or f"; write {_distance_examples(units)}"
                raise refusal(f'has the unit "{word}"; only px is allowed here{meant}', "bad-unit")
            allowed = ", ".join(units)
            raise refusal(f'has the unknown unit "{word}"; units are {allowed}{meant}', "bad-unit")
        value = float(number)
        if number.startswith("-"):
            raise refusal("is negative; a distance is 0 or more")
        if value > _LONGEST:
            raise refusal(f"is too large; a distance is at most {_LONGEST:.0f}")
        return cls(value, _unit(unit))

    def __str__(self) -> str:
        """As written in TOML: "750px", "1.5 screens"."""
        return f"{self.value:g}px" if self.unit == "px" else f"{self.value:g} {self.unit}"


class Size(NamedTuple):
    """An ad's width and height in CSS px, in TOML `[300, 250]`."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


def _unit(word: str) -> Unit:
    return next(unit for unit in UNITS if unit == word)


def _written(number: str, unit: str) -> str:
    return f"{number}px" if unit == "px" else f"{number} {unit}"


def _distance_examples(units: tuple[Unit, ...], number: str | None = None) -> str:
    shown = dict(_EXAMPLES)
    if number is not None:  # the number that was found, most likely meant as px
        shown["px"] = f"{number}px"
    examples = tuple(text for unit, text in shown.items() if unit in units)
    return one_of(examples)


def _read_distance(units: tuple[Unit, ...]) -> BeforeValidator:
    def read(value: object) -> object:
        if isinstance(value, Distance):
            return value
        if isinstance(value, str):
            return Distance.parse(value, units)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise refusal(
                f"is {kind_of(value)}; write a distance: {_distance_examples(units)}", "wrong-type"
            )
        examples = _distance_examples(units, f"{value:g}")
        raise refusal(f"has no unit; write {examples}", "no-unit")

    return BeforeValidator(read)


def _read_size(value: object) -> object:
    if isinstance(value, Size):
        return value
    if isinstance(value, str) and (match := _SIZE.fullmatch(value)):
        raise refusal(
            f"is a text; write a size as [{match[1]}, {match[2]}]: width and height in px",
            "wrong-type",
        )
    if not isinstance(value, list | tuple):
        raise refusal(
            f"is {kind_of(value)}; write a size as [300, 250]: width and height in px", "wrong-type"
        )
    if len(value) != 2:
        count = {0: "no entry", 1: "one entry"}.get(len(value), f"{len(value)} entries")
        raise refusal(f"has {count}; a size has two: width and height in px, as in [300, 250]")
    for side in value:
        if isinstance(side, bool) or not isinstance(side, int):
            raise refusal(
                f"has {kind_of(side)} in it; a size is two whole numbers of px, as in [300, 250]",
                "wrong-type",
            )
        if not 1 <= side <= _LARGEST_SIDE:
            raise refusal(f"is out of bounds; width and height are 1 to {_LARGEST_SIDE} px")
    return Size(*value)


def kind_of(value: object) -> str:
    """A TOML value's type in words people use, with its article: "a number", "a text"."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, dict):
        return "a table"
    return "a date or time"


def _list_of_sizes(value: object) -> object:
    if isinstance(value, list) and value and all(type(side) is int for side in value):
        sides = ", ".join(str(side) for side in value)
        raise refusal(f"is no list of sizes; write a list in a list: [[{sides}]]", "wrong-type")
    return value


def _some_sizes(sizes: tuple[Size, ...]) -> tuple[Size, ...]:
    if not sizes:
        raise refusal("has no size; write at least one, as in [[300, 250]]", "no-size")
    return sizes


def _read_share(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refusal(f"is {kind_of(value)}; write a share from 0 to 1, such as 0.5", "wrong-type")
    if not 0 <= value <= 1:
        hint = f"; did you mean {value / 100:g}?" if 1 < value <= 100 else ""
        raise refusal(f"is out of bounds; write a share from 0 to 1{hint}", "out-of-bounds")
    return float(value)


_DISTANCE_SCHEMA = {
    "type": "string",
    "pattern": r"^\s*[0-9]*\.?[0-9]+\s*(px|screens?|blocks?|words?)\s*$",
    "examples": list(_EXAMPLES.values()),
}
_PX_SCHEMA = {"type": "string", "pattern": r"^\s*[0-9]*\.?[0-9]+\s*px\s*$", "examples": ["200px"]}
_SIZE_SCHEMA = {
    "type": "array",
    "items": {"type": "integer", "minimum": 1, "maximum": _LARGEST_SIDE},
    "minItems": 2,
    "maxItems": 2,
    "examples": [[300, 250]],
}

AnyDistance = Annotated[Distance, _read_distance(UNITS), WithJsonSchema(_DISTANCE_SCHEMA)]
"""A distance in any unit."""
PxDistance = Annotated[Distance, _read_distance(("px",)), WithJsonSchema(_PX_SCHEMA)]
"""A distance that makes sense in CSS px only."""
AdSize = Annotated[Size, BeforeValidator(_read_size), WithJsonSchema(_SIZE_SCHEMA)]
"""Width and height of an ad."""
AdSizes = Annotated[
    tuple[AdSize, ...], BeforeValidator(_list_of_sizes), AfterValidator(_some_sizes)
]
"""One or more sizes."""
Share = Annotated[
    float,
    BeforeValidator(_read_share),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1}),
]
"""A part of a whole, 0 to 1."""


class PerViewport(BaseModel, Generic[T]):
    """One value for every viewport, or one each: `"750px"` or `{ mobile = .., desktop = .. }`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mobile: T
    desktop: T

    @model_validator(mode="before")
    @classmethod
    def _spread(cls, value: object) -> object:
        if isinstance(value, dict | PerViewport):
            return value
        return dict.fromkeys(VIEWPORTS, value)

    @classmethod
    def of(cls, value: T) -> PerViewport[T]:
        """The same value for every viewport."""
        return cls(mobile=value, desktop=value)

    def for_viewport(self, viewport: str) -> T:
        """The value for "mobile" or "desktop"; KeyError for any other name."""
        if viewport == "mobile":
            return self.mobile
        if viewport == "desktop":
            return self.desktop
        raise KeyError(viewport)
