"""The colours keep apart for all eyes, measured and not only said.

Eyes that see fewer colours are simulated after Machado, Oliveira and Fernandes (2009), for severity 1; distances are
Ottosson's (2020) in Oklab, times 100; contrast is that of WCAG 2.
"""

from itertools import combinations, pairwise

import pytest

from opportune.console import colours
from opportune.console.colours import kind, shade, sheet

EYES = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "without red": (
        (0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)
    ),
    "without green": (
        (0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)
    ),
    "without blue": (
        (1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)
    ),
}  # fmt: skip
TO_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
PALETTES = {
    "light": (colours.LIGHT, colours.REST_LIGHT, colours.PAPER_LIGHT),
    "dark": (colours.DARK, colours.REST_DARK, colours.PAPER_DARK),
}


def linear(colour: str) -> list[float]:
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]


def times(matrix: tuple[tuple[float, ...], ...], vector: list[float]) -> list[float]:
    return [sum(one * other for one, other in zip(row, vector, strict=True)) for row in matrix]


def distance(one: str, other: str, eyes: str) -> float:
    seen = [[max(0.0, each) for each in times(EYES[eyes], linear(colour))] for colour in (one, other)]
    labs = [times(TO_LAB, [each ** (1 / 3) for each in times(TO_CONES, each)]) for each in seen]
    return 100 * sum((a - b) ** 2 for a, b in zip(*labs, strict=True)) ** 0.5


def contrast(one: str, other: str) -> float:
    lights = [times(((0.2126, 0.7152, 0.0722),), linear(colour))[0] for colour in (one, other)]
    return (max(lights) + 0.05) / (min(lights) + 0.05)


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("palette", PALETTES)
def test_any_two_kinds_keep_apart(palette: str, eyes: str) -> None:
    kinds, rest, _ = PALETTES[palette]
    assert min(distance(one, other, eyes) for one, other in combinations([*kinds, rest], 2)) > 9


@pytest.mark.parametrize("palette", PALETTES)
def test_every_kind_stands_out_from_the_paper(palette: str) -> None:
    kinds, rest, paper = PALETTES[palette]
    assert min(contrast(each, paper) for each in [*kinds, rest]) > 2.2


@pytest.mark.parametrize("ink", ["INK", "QUIET"])
@pytest.mark.parametrize("palette", ["LIGHT", "DARK"])
def test_words_are_read_with_ease(palette: str, ink: str) -> None:
    assert contrast(getattr(colours, f"{ink}_{palette}"), getattr(colours, f"PAPER_{palette}")) > 4.5


@pytest.mark.parametrize("palette", ["LIGHT", "DARK"])
def test_numbers_are_read_on_every_shade(palette: str) -> None:
    shades, written = getattr(colours, f"SHADES_{palette}"), getattr(colours, f"_ON_{palette}")
    assert min(contrast(one, other) for one, other in zip(shades, written, strict=True)) > 4.5


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("palette", ["LIGHT", "DARK"])
def test_each_shade_is_told_from_the_next(palette: str, eyes: str) -> None:
    shades = getattr(colours, f"SHADES_{palette}")
    assert min(distance(one, other, eyes) for one, other in pairwise(shades)) > 4.5


def test_shades_go_from_nothing_to_the_most() -> None:
    assert [shade(value, 60) for value in (0, 1, 10, 11, 50, 51, 60)] == [0, 1, 1, 2, 5, 6, 6]
    assert shade(3, 0) == 0


def test_what_has_no_colour_of_its_own_is_grey() -> None:
    assert [kind(place) for place in (0, 5, 6, None)] == ["s0", "s5", "rest", "rest"]


def test_the_sheet_follows_the_reader_and_prints_on_white() -> None:
    assert "@media screen and (prefers-color-scheme:dark)" in sheet()
    assert sheet().count("--paper:") == 2
