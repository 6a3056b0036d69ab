"""Write the reference pages from the code: `make docs`. A test fails when one is stale.

What the code can say about itself (commands, options, keys, reasons) is read from it. What it
cannot (what a kind of event is for a reader of the docs) stands here, and a missing word is an
error, so that nothing new goes undocumented.
"""

from __future__ import annotations

import inspect
import json
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from adweave.placements import (
    demand,
    experiments,
    layouts,
    outcomes,
    partaking,
    political,
    schedule,
    settings,
    target,
)
from adweave.placements.labels import LabelOverride

DOCS = Path(__file__).resolve().parent
REFERENCE = DOCS / "reference"
MADE = "<!-- Made by `make docs` from the code; edits here are lost. -->\n"


def pages() -> dict[Path, str]:
    """Each reference page's path and its text as it should be."""
    return {
        REFERENCE / "commands.md": commands(),
        REFERENCE / "placements.md": placements(),
        REFERENCE / "status.md": status(),
        REFERENCE / "events.md": events(),
        REFERENCE / "browser.md": browser(),
        REFERENCE / "labels.md": labels(),
        REFERENCE / "explain.md": explain(),
        REFERENCE / "lint.md": lint(),
        REFERENCE / "tests.md": tests(),
    }


# --- commands ---------------------------------------------------------------------------------


def commands() -> str:
    """Every command with its options, as click knows them."""
    from adweave.cli import main

    assert isinstance(main, click.Group)
    context = click.Context(main, info_name="adweave")
    parts = [
        "# Commands",
        MADE,
        "Exit codes, for all of them: 0 done, 1 findings, 2 wrong input, 3 unavailable.",
    ]
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        if command is None or command.hidden:
            continue
        own = click.Context(command, info_name=name, parent=context)
        parts.append(f"## adweave {name}")
        parts.append(f"```text\n{command.get_usage(own).removeprefix('Usage: ')}\n```")
        parts.append(_help_text(command))
        rows = [row for parameter in command.params if (row := _option(parameter, own))]
        parts.append(_table(("option", "meaning", "default"), rows))
    return _joined(parts)


def _help_text(command: click.Command) -> str:
    text = inspect.cleandoc(command.help or "").split("\f")[0]
    return "\n\n".join(filter(None, map(_paragraph, text.strip().split("\n\n"))))


def _paragraph(text: str) -> str:
    """A paragraph of a help text; one that click is told to leave as it is, as code."""
    if text.startswith("\b\n"):
        return f"```text\n{textwrap.dedent(text[2:])}\n```"
    return " ".join(text.split())


def _option(parameter: click.Parameter, context: click.Context) -> tuple[str, ...] | None:
    if not isinstance(parameter, click.Option) or parameter.hidden:
        return None
    if parameter.name == "help":
        return None
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    if not parameter.is_flag:
        names += f" {parameter.make_metavar(context)}"
    meaning = " ".join((parameter.help or "").split())
    if parameter.multiple:
        meaning += " May be repeated." if "repeated" not in meaning else ""
    default = parameter.get_default(context, call=False)
    shown = (
        ""
        if default is None or parameter.is_flag or parameter.multiple or "UNSET" in repr(default)
        else f"`{default}`"
    )
    if parameter.required:
        shown = "required"
    return names, meaning, shown


# --- placements -------------------------------------------------------------------------------


TABLES = (
    ("site.toml", settings.Settings),
    ("site.toml, `[consent]`", settings.Consent),
    ("site.toml, `[[consent.region]]`", settings.Region),
    ("site.toml, `[demand]`", demand.Demand),
    ("site.toml, `[demand.gpt]`", demand.Gpt),
    ("site.toml, `[demand.prebid]`", demand.Prebid),
    ("site.toml, `[[demand.prebid.bids]]`", demand.Bid),
    ("site.toml, `[demand.adsense]`", demand.AdSense),
    ("site.toml, `[demand.iframe]`", demand.Iframe),
    ("site.toml, `[targeting]`", target.Targeting),
    ("site.toml, `[members]`", target.Members),
    ("site.toml, `[safety]`", target.Safety),
    ("site.toml, `[limits]`", settings.Limits),
    ("site.toml, `[events]`", settings.Events),
    ("site.toml, `[experiments]`", partaking.Experiments),
    ("layouts/NAME.toml", layouts.Layout),
    ("layouts/NAME.toml, `[target]`", target.Target),
    ("layouts/NAME.toml, `[schedule]`", schedule.Schedule),
    ("layouts/NAME.toml, `[[placement]]`", layouts.Placement),
    ("layouts/NAME.toml, `[placement.target]`", target.PlacementTarget),
    ("layouts/NAME.toml, `[placement.refresh]`", demand.Refresh),
    ("layouts/NAME.toml, `[placement.political]`", political.Political),
    ("layouts/NAME.toml, `[placement.gpt]`", demand.PlacementGpt),
    ("layouts/NAME.toml, `[placement.prebid]`", demand.PlacementPrebid),
    ("layouts/NAME.toml, `[placement.adsense]`", demand.PlacementAdSense),
    ("layouts/NAME.toml, `[placement.iframe]`", demand.PlacementIframe),
    ("experiments/NAME.toml", experiments.Experiment),
    ("experiments/NAME.toml, `[[variant]]`", experiments.Variant),
    ("experiments/NAME.toml, `[[ramp]]`", partaking.RampStep),
    ("experiments/NAME.toml, `[namespace]`", partaking.Namespace),
    ("experiments/NAME.toml, `[[guardrail]]`", outcomes.Guardrail),
    ("experiments/NAME.toml, `[[metric]]`", outcomes.OwnMetric),
    ("labels/LANG.toml", LabelOverride),
)


def placements() -> str:
    """Every key of the placements folder, from the models that read it."""
    parts = [
        "# The placements folder",
        MADE,
        "```text\n"
        "placements/\n"
        "  site.toml               site-wide: language, consent, demand, members, safety, limits\n"
        "  layouts/NAME.toml       which pages, which placements, which distances\n"
        "  experiments/NAME.toml   variants (layouts), weights, traffic\n"
        "  labels/LANG.toml        the site's own words in a language\n"
        "  creatives/              house creatives: NAME-WIDTHxHEIGHT.html, .png, ...\n"
        "  tests/NAME.toml         what must hold on stored pages, for `adweave test`\n"
        "  schemas/                JSON Schemas for editors, by `adweave schema`; not read\n"
        "```",
        "`adweave check` says what is wrong with a folder; `adweave init` writes one that works. "
        'A distance is a text with its unit: `"750px"`, `"6 blocks"`, `"300 words"` or '
        '`"1.5 screens"` (two Chinese, Japanese or Thai characters count as one word). Where a '
        "key is *per viewport*, write one value for all, or "
        '`{ mobile = "750px", desktop = "500px" }`.',
        "A key that is not listed here is refused, with the nearest one that exists.",
    ]
    for title, cls in TABLES:
        parts.append(f"## {title}")
        parts.append((cls.__doc__ or "").strip().splitlines()[0].replace("``", "`"))
        parts.append(_table(("key", "value", "default", "meaning"), list(_keys(cls))))
    return _joined(parts)


# What is written as a text, by the first example that its schema gives.
VALUE_WORDS = {
    "750px": "distance",
    "200px": "distance in px",
    "2026-03-01": "date, or date with time",
    "06:00-22:30": "hours",
}


def _keys(cls: type[BaseModel]) -> Iterator[tuple[str, ...]]:
    schema = cls.model_json_schema()
    definitions = schema.get("$defs", {})
    for name, field in cls.model_fields.items():
        if field.description is None:
            raise SystemExit(f"{cls.__name__}.{name} has no description")
        kind = _value(schema["properties"][name], definitions)
        default = (
            _required(cls, name)
            if field.is_required()
            else _default(field.get_default(call_default_factory=True))
        )
        yield f"`{name}`", kind, default, field.description


def _required(cls: type[BaseModel], name: str) -> str:
    return (
        "the file's name"
        if name == "name" and cls.__name__ in ("Layout", "Experiment")
        else "required"
    )


def _value(schema: Mapping[str, object], definitions: Mapping[str, dict[str, object]]) -> str:
    """A JSON schema in the words of someone who writes TOML."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[1]
        target = definitions[name]
        if "PerViewport" in name:
            inner = target["properties"]["mobile"]  # type: ignore[index]
            return f"{_value(inner, definitions)}, per viewport"
        return "table" if target.get("type") == "object" else _value(target, definitions)
    if "anyOf" in schema:
        options = [o for o in schema["anyOf"] if o.get("type") != "null"]  # type: ignore[union-attr]
        return " or ".join(_value(option, definitions) for option in options)
    if "enum" in schema:
        return " or ".join(f"`{json.dumps(option)}`" for option in schema["enum"])  # type: ignore[union-attr]
    kind = schema.get("type")
    if kind == "array":
        if schema.get("minItems") == schema.get("maxItems") == 2:
            return "`[width, height]`"
        return f"list of {_value(schema['items'], definitions)}"  # type: ignore[arg-type]
    if kind == "string":
        examples = schema.get("examples")
        return VALUE_WORDS[str(examples[0])] if examples else "text"  # type: ignore[index]
    if kind == "boolean":
        return "`true` or `false`"
    if kind in ("integer", "number"):
        return ("whole number" if kind == "integer" else "number") + _bounds(schema)
    return "table"


def _bounds(schema: Mapping[str, object]) -> str:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is None and high is None:
        return ""
    start = "above " if "exclusiveMinimum" in schema else ""
    return f", {start}{low} to {high}"


def _default(value: object) -> str:
    if value is None or (isinstance(value, BaseModel) and not hasattr(value, "mobile")):
        return ""
    if isinstance(value, BaseModel):
        sides = [_plain(getattr(value, side)) for side in ("mobile", "desktop")]
        if sides[0] == sides[1]:
            return _code(sides[0])
        return f"{_code(sides[0])} mobile, {_code(sides[1])} desktop"
    return _code(_plain(value))


def _plain(value: object) -> str:
    if hasattr(value, "unit"):
        return json.dumps(str(value))
    return json.dumps(to_jsonable_python(value))


def _code(text: str) -> str:
    return "" if text in ('""', "[]") else f"`{text}`"


# --- status, events, browser ------------------------------------------------------------------


def status() -> str:
    """`Adweave-Status` and the closed list of its reasons."""
    from adweave.http import REASONS

    return _joined(
        [
            "# Adweave-Status",
            MADE,
            "Every HTML response that went through adweave says what was done, in a structured "
            "field (RFC 9651):",
            "```http\n"
            'Adweave-Status: woven; slots=3; layout="article"; plan=hit; lang="en"\n'
            'Adweave-Status: passed; reason="no-article"\n'
            "```",
            "`woven`: slots were put in. `slots` counts them, those of all variants where an "
            "experiment runs; `layout` names the layout; `plan` is `hit` where the page's plan was "
            "known already, else `miss`; `lang` is the language of the labels. "
            "`passed`: the reader got the upstream's bytes as they came, and `reason` says why:",
            _table(
                ("reason", "why"), [(f"`{name}`", text) for name, text in sorted(REASONS.items())]
            ),
        ]
    )


KIND_WORDS = {
    "view": "Once a page view, experiment or not.",
    "exposure": "Once a page view on which an experiment ran, whether or not it changed the page.",
    "request": "A slot asked for a fill.",
    "fill": "A slot got a creative.",
    "no-fill": "A slot was refused one; its box stays as it is where the reader could see a shift.",
    "render": "A creative was shown: the denominator of the viewable rate. `value`: what it "
    "earned, where that is known (Prebid's winners).",
    "in-view": "Seconds that it was seen since the last such event of its slot, as `value`.",
    "viewable": "It was seen: 50 % of its pixels for 1 s, 30 % from 242 500 px² (MRC).",
    "click": "The reader clicked on it.",
    "shift": "The page moved of itself; `value` is the score of all its layout shifts so far. "
    "Chromium alone tells them.",
    "scroll": "The deepest point that was read; `value` is a share of the page, ads left out.",
    "error": "The loader or a slot failed; no text of it is sent.",
}
FIELD_WORDS = {
    "id": "Name of the event within its page view; the two together tell doubles.",
    "kind": "See below.",
    "t": "Time by the reader's clock, ms since 1970.",
    "received": "Time by the server's clock, ms since 1970.",
    "view": "The page view, drawn anew for each; another story shown by a script is another.",
    "unit": "`visitor` where consent allows an id, else `view`.",
    "uid": "The unit's id.",
    "path": "Path of the page, without its query.",
    "lang": "Language of the labels.",
    "layout": "The layout that the reader got.",
    "gen": "Generation of the placements folder: a hash of its contents.",
    "exp": "The experiment, where one ran.",
    "variant": "The variant; without it in an experiment, the unit is not in it.",
    "placement": "The placement.",
    "slot": "The slot: the placement's name and its number in the page.",
    "value": "What the kind says.",
    "width": "Width of the reader's window, CSS px.",
    "bot": "Sent by a crawler; left out of reports.",
    "qa": "Of a tester who came by a signed link; left out of reports.",
    "unknown": "It named an experiment or variant that is not configured; left out of reports.",
}


def events() -> str:
    """What the loader sends, what is stored, and why something is not."""
    from adweave.events import KINDS, REASONS, Event
    from adweave.slots import EVENTS_PATH

    return _joined(
        [
            "# Events",
            MADE,
            f"The loader sends batches by `sendBeacon` to `POST {EVENTS_PATH}`. What is accepted "
            "is appended to files of newline-delimited JSON in the state folder (`.adweave` beside "
            "the placements unless told otherwise), one file for each worker process. Any tool "
            "that reads NDJSON reads them. "
            "[Where events go](../explanation/events.md) has what becomes of them.",
            "## Kinds",
            _table(("kind", "when"), [(f"`{k}`", _word(KIND_WORDS, k)) for k in sorted(KINDS)]),
            "## Fields of a stored event",
            "What does not apply is left out.",
            _table(
                ("field", "meaning"),
                [(f"`{name}`", _word(FIELD_WORDS, name)) for name in Event.__slots__],
            ),
            "## Why something was not stored",
            _table(("reason", "why"), [(f"`{name}`", text) for name, text in REASONS.items()]),
        ]
    )


ATTRIBUTE_WORDS = {
    "data-placement": "Name of the placement that asked for the slot.",
    "data-n": "Number of the slot within its placement, the same for every reader.",
    "data-box": "Name of the reserved box: its heights below and from 768 px of window, and "
    "(`90@728`) from which width of the column it has another. A rule in the head's style has "
    "them.",
    "data-label": "What the slot says above it, in the article's language.",
    "data-loading": "What it says while it is empty.",
    "data-skip": "What the link past a filled slot says to keyboard users.",
    "data-notice": "What it says as a last resort, where the placement's `fill` has `notice`.",
    "data-behalf": "How it says on whose behalf an ad is shown, where `fill` has `prebid`.",
    "data-paid": "How it says who paid, likewise.",
    "data-about": "Address of a political ad's transparency notice.",
    "data-style": "`below`: the label stands below the ad.",
    "data-kind": "`sticky`: the slot stands at the window's lower edge.",
    "data-close": "What the button of a sticky slot says.",
    "data-text": "What a notice says.",
    "data-nosnippet": "Keeps search engines from quoting it.",
    "data-adweave": "On style, script and link: ours, so that it can be taken out again.",
    "aria-hidden": "Kept from assistive technology while there is nothing to read.",
    "lang": "Language of the texts.",
    "dir": "Direction of the texts, `ltr` or `rtl`.",
    "data-state": "Set by the loader: `filled` with a creative, `empty` without one.",
    "role": "Set by the loader on a filled slot: `complementary`.",
    "aria-label": "Set by the loader on a filled slot: its label, numbered from the second on.",
    "data-disclosure": "Who is behind the ad, where the page has to say it: set by the loader, "
    "or from the start on a political ad's slot.",
    "hidden": "Set by the loader on an empty slot that the reader can't see move.",
}


def browser() -> str:
    """Elements and attributes that adweave puts into a page."""
    from adweave.slots import PREFIX, WIDE_FROM_PX

    rows = [(f"`{name}`", text) for name, text in ATTRIBUTE_WORDS.items()]
    return _joined(
        [
            "# In the page",
            MADE,
            "adweave only inserts, and what it inserts can be told by its look: `<ad-slot>` "
            "elements, `<ad-notice>` elements, comments `<!--adweave:N-->` that a head script may "
            "turn into one of these, and elements with the attribute `data-adweave`. Take them out "
            "and the page is the upstream's, byte for byte. All are ASCII; none holds a text node, "
            "so that what reads the page's text reads none of it: texts are drawn by CSS from "
            "attributes.",
            _table(("attribute", "meaning"), rows),
            f"A window of {WIDE_FROM_PX} px or more gets the desktop sizes. Everything that the "
            f"page asks of adweave lies under `{PREFIX}` on the site's own address; a file's "
            "address holds a hash of its content.",
            "[How to: style slots](../how-to/style-slots.md) has what a site's own styles may set.",
            "## What is kept in the browser",
            "Under the key `adweave.id` in the site's local storage, a random number: only where "
            "`consent.visitor_id` allows it, never with Global Privacy Control. Cookies in two "
            "cases alone: `adweave-id`, the same number under the same conditions, on pages of an "
            'experiment of visitors with `assign = "server"`, for about a year or until consent is '
            "withdrawn; and `adweave-qa`, for an hour, in the browser of a tester who opened a "
            "link of `adweave experiment link`.",
            "## What a page can say",
            "| in the page or response | what it does |\n| --- | --- |\n"
            '| `<meta name="adweave" content="off">` | the page is passed |\n'
            "| `Adweave: off` (response header of the upstream) | the page is passed |\n"
            "| `data-adweave-off` on an element | no slot inside it |",
        ]
    )


def labels() -> str:
    """Built-in languages and their words."""
    from adweave.labels import LANGUAGES, texts_for

    rows = []
    for tag in LANGUAGES:
        texts = texts_for(tag)
        rows.append((f"`{tag}`", texts.label, texts.adsense, texts.loading, texts.notice))
    return _joined(
        [
            "# Labels",
            MADE,
            f"{len(LANGUAGES)} languages are built in. The article's language decides, never the "
            "template's: the nearest `lang` of its text, then `<html lang>`, then "
            "`Content-Language`, each unless the text clearly says otherwise, then the text, "
            "then `default_language`. A file `labels/LANG.toml` in the placements folder replaces "
            "any of the words. A slot amid text that is clearly in another language speaks that.",
            "Where a placement's `fill` has `adsense`, its slots have the label that AdSense "
            "allows. `behalf`, `paid` and `political` tell who is behind an ad; languages outside "
            "the European Union's that lack them use English.",
            _table(("language", "label", "with AdSense", "loading", "notice"), rows),
        ]
    )


RULE_WORDS = {
    "from-top": "`from_top` of the layout: too near to the article's start.",
    "first": "`first` of the placement: too near to the article's start.",
    "from-bottom": "`from_bottom` of the layout: too near to the article's end.",
    "last": "`last` of the placement: too near to the article's end.",
    "below-heading": "`below_heading`: too near below a heading.",
    "above-image": "`above_image`: too near above an image or embed.",
    "below-image": "`below_image`: too near below an image or embed.",
    "own-ad-above": "An ad that the page brings itself stands too near above (`every`).",
    "own-ad-below": "An ad that the page brings itself stands too near below (`every`).",
    "slot-above": "Another slot stands too near above (`every`).",
    "slot-below": "Another slot stands too near below (`every`).",
    "before-first-paragraph": "No slot before the article's first paragraph.",
    "touches-heading": "No slot right below a heading, whatever the layout says.",
    "touches-media": "No slot right beside an image or embed, whatever the layout says.",
    "touches-ad": "No slot right beside an ad that the page brings itself.",
    "touches-promotion": "No slot right beside links to other stories or a form: an ad there "
    "reads as one of them.",
    "touches-slot": "No two slots without text in between.",
    "every": "`every`: nearer than that to a slot of the same placement.",
    "nth": "`n`: the article has fewer blocks.",
    "min": "`min`: fewer slots fit than are asked for, so there is none.",
    "fault": "No element can stand there, whatever the layout says: a tree builder would move it, "
    "it lies inside something that must not be split, or the page asks for none.",
    "max": "`max` slots are placed already.",
    "density": "`max_density`: ads would take too large a share of the article.",
}


def explain() -> str:
    """What `adweave explain` says of a gap."""
    from adweave.review import RULES

    rows = [
        (f"`{rule}`", text.replace("{", "*").replace("}", "*"), _word(RULE_WORDS, rule))
        for rule, text in RULES.items()
    ]
    return _joined(
        [
            "# What explain says",
            MADE,
            "`adweave explain URL|FILE` lists the article's blocks and, for each gap between two, "
            "what each placement says of it: taken (`[x]`), or the rule that refuses it by the "
            "least, with what it requires (*need*) and what there is (*have*). `(+2 more)` counts "
            "further rules that refuse it; `--json` has them all, by the names below. Under a "
            "verdict stands the smallest change of one key that would turn it. `--html FILE` draws "
            "all of it over the page.",
            _table(("rule", "what is printed", "where it comes from"), rows),
        ]
    )


# --- the linter and tests ---------------------------------------------------------------------


def lint() -> str:
    """The linter's rules, each with its source."""
    from adweave.review.lint import RULES

    rows = [
        (
            f"`{rule.id}`",
            rule.level.value,
            rule.summary,
            f"[{rule.source}]({rule.url})" if rule.url else rule.source,
            rule.fix,
        )
        for rule in RULES.values()
    ]
    return _joined(
        [
            "# The linter's rules",
            MADE,
            "`adweave lint URL|FILE...` judges the ads of any page, on mobile (360 px) and on "
            "desktop (1280 px). Heights are estimated from the markup and the page's own style "
            "sheets; `--browser` lays the page out in Chromium, with scripts off. Distances are "
            "those of the layout that the page gets from `--placements`, else the defaults of "
            "[layouts](placements.md). `--ignore RULE` leaves one out.",
            _table(("rule", "level", "what it finds", "who asks for it", "what to do"), rows),
        ]
    )


def tests() -> str:
    """The keys of a folder's own tests."""
    from adweave.placements import Expectation, Expectations

    parts = [
        "# Tests of a placements folder",
        MADE,
        "`tests/NAME.toml` says what must hold on stored pages or URLs; `adweave test` runs it and "
        "prints the explanation of each page where it does not. Pages are stored beside the "
        "tests, say in `tests/pages/`.",
        "```toml\n"
        "[[expect]]\n"
        'name = "long reads get three to six slots on mobile, none right below a heading"\n'
        'pages = ["pages/long-read.html"]\n'
        'viewport = "mobile"\n'
        "slots = { min = 3, max = 6 }\n"
        'below_heading = "100px"\n'
        "\n"
        "[[expect]]\n"
        'name = "live pages have no slot"\n'
        'path = "/live/match"\n'
        "slots = 0\n"
        "```",
    ]
    for title, cls in (
        ("tests/NAME.toml", Expectations),
        ("tests/NAME.toml, `[[expect]]`", Expectation),
    ):
        parts.append(f"## {title}")
        parts.append((cls.__doc__ or "").strip().splitlines()[0].replace("``", "`"))
        parts.append(_table(("key", "value", "default", "meaning"), list(_keys(cls))))
    return _joined(parts)


# --- Markdown ---------------------------------------------------------------------------------


def _word(words: Mapping[str, str], key: str) -> str:
    if key not in words:
        raise SystemExit(f"docs/generate.py has no word for {key!r}")
    return words[key]


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _joined(parts: list[str]) -> str:
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def main() -> None:
    """Write the pages that differ."""
    for path, text in pages().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(path.relative_to(DOCS.parent))


if __name__ == "__main__":
    main()
