"""What ``pip install opportune`` brings stays small: at most 20 packages, under 100 MB."""

from collections.abc import Iterator
from importlib.metadata import Distribution, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

MOST_PACKAGES = 20
MOST_BYTES = 100_000_000


def needs_of(installed: Distribution, extras: frozenset[str]) -> Iterator[Requirement]:
    """What the package needs on this machine, with these of its extras."""
    for text in installed.requires or []:
        requirement = Requirement(text)
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": e}) for e in extras | {""}):
            yield requirement


def closure(name: str) -> dict[str, Distribution]:
    """The package and all it needs, without its own extras, by canonical name."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [(canonicalize_name(name), frozenset[str]())]
    while waiting:
        wanted = waiting.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        found[wanted[0]] = distribution(wanted[0])
        waiting += [
            (canonicalize_name(need.name), frozenset(need.extras)) for need in needs_of(found[wanted[0]], wanted[1])
        ]
    return found


def size_of(installed: Distribution) -> int:
    """Bytes of its files on disk, without compiled caches."""
    files = [file.locate() for file in installed.files or [] if file.suffix != ".pyc"]
    return sum(path.stat().st_size for path in files if path.is_file())


def test_the_core_is_at_most_twenty_packages() -> None:
    others = sorted(set(closure("opportune")) - {"opportune"})
    assert len(others) <= MOST_PACKAGES, others


def test_the_core_is_under_a_hundred_megabytes() -> None:
    sizes = {name: size_of(installed) for name, installed in closure("opportune").items()}
    assert sum(sizes.values()) < MOST_BYTES, sorted(sizes.items(), key=lambda pair: -pair[1])


def test_every_core_package_is_really_measured() -> None:
    unmeasured = [
        name for name, installed in closure("opportune").items() if name != "opportune" and not size_of(installed)
    ]
    assert unmeasured == []
