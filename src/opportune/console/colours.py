"""The colours of all our pictures, by day and by night, as one style sheet.

A mark names what it is (`s0` to `s5` for a kind, `q1` to `q6` for more and more of one thing), and the sheet says how
that looks. The six kinds and the grey of the others stay apart for eyes that see fewer colours; so do the six shades,
for they differ in lightness.
"""

KINDS = 6
"""How many kinds have a colour of their own; what goes beyond is grey."""
LIGHT = ("#1f77b4", "#e08a00", "#882255", "#6db3f2", "#c44e1c", "#4b3fa0")
DARK = ("#3f8ef9", "#b87f2e", "#fa8ab0", "#9aebfb", "#a04c23", "#baabfe")
REST_LIGHT, REST_DARK = "#8b9099", "#737b87"
"""The grey of the others."""
SHADES_LIGHT = ("#dcebf7", "#b3d3ec", "#7fb2dc", "#4a8fc7", "#1f6aa8", "#0b4377")
SHADES_DARK = ("#1c3147", "#22476b", "#2a6193", "#3f82bd", "#6fabdf", "#b5d8f7")
"""From the least to the most."""
PAPER_LIGHT, PAPER_DARK = "#ffffff", "#15181d"
INK_LIGHT, INK_DARK = "#1b1f24", "#e8eaed"
QUIET_LIGHT, QUIET_DARK = "#5b6470", "#a2abb8"
"""Words of second rank, still read with ease."""
LINE_LIGHT, LINE_DARK = "#dfe3e8", "#333a44"
_ON_LIGHT = (INK_LIGHT, INK_LIGHT, INK_LIGHT, INK_LIGHT, "#ffffff", "#ffffff")
_ON_DARK = ("#ffffff", "#ffffff", "#ffffff", "#0d1013", "#0d1013", "#0d1013")

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Liberation Sans", sans-serif'


def kind(place: int | None) -> str:
    """The class of a mark of this kind; None, and what has no colour of its own, is the grey of the others."""
    return "rest" if place is None or place >= KINDS else f"s{place}"


def shade(value: float, most: float) -> int:
    """Which of the six shades, 1 to 6, a value in (0, most] has; 0 is for nothing."""
    if value <= 0 or most <= 0:
        return 0
    return min(len(SHADES_LIGHT), int(value / most * len(SHADES_LIGHT) * (1 - 1e-12)) + 1)


def sheet() -> str:
    """The style sheet of all pictures; it follows what the reader's system prefers, and prints on white."""
    by_day = _variables(LIGHT, SHADES_LIGHT, _ON_LIGHT, _plain(night=False))
    by_night = _variables(DARK, SHADES_DARK, _ON_DARK, _plain(night=True))
    return "\n".join(
        (
            f":root{{color-scheme:light dark;{by_day}}}",
            f"@media screen and (prefers-color-scheme:dark){{:root{{{by_night}}}}}",
            f"svg.chart{{font-family:{FONT};font-size:12px;fill:var(--ink)}}",
            "svg.chart .quiet{fill:var(--quiet)}svg.chart .small{font-size:11px}svg.chart .strong{font-weight:600}",
            "svg.chart .grid{stroke:var(--line);stroke-width:1}svg.chart .base{stroke:var(--quiet);stroke-width:1}",
            "svg.chart .gap{stroke:var(--paper);stroke-width:1}svg.chart .none{fill:none;stroke:var(--line)}",
            "svg.chart .span{stroke:var(--ink);stroke-width:1;opacity:.7}",
            "svg.chart .reach{stroke:var(--s0);stroke-width:3;stroke-linecap:round}",
            *(f".s{place}{{fill:var(--s{place})}}" for place in range(KINDS)),
            ".rest{fill:var(--rest)}",
            *(f".q{place}{{fill:var(--q{place})}}.on{place}{{fill:var(--on{place})}}" for place in range(1, 7)),
        )
    )


def _plain(*, night: bool) -> dict[str, str]:
    if night:
        return {"paper": PAPER_DARK, "ink": INK_DARK, "quiet": QUIET_DARK, "line": LINE_DARK, "rest": REST_DARK}
    return {"paper": PAPER_LIGHT, "ink": INK_LIGHT, "quiet": QUIET_LIGHT, "line": LINE_LIGHT, "rest": REST_LIGHT}


def _variables(kinds: tuple[str, ...], shades: tuple[str, ...], written: tuple[str, ...], plain: dict[str, str]) -> str:
    named = {f"s{place}": colour for place, colour in enumerate(kinds)}
    named |= {f"q{place}": colour for place, colour in enumerate(shades, 1)}
    named |= {f"on{place}": colour for place, colour in enumerate(written, 1)}
    return "".join(f"--{name}:{colour};" for name, colour in (plain | named).items())
