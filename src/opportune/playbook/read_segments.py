"""Segments: conditions with a name, in the file ``segments.yaml``. They are features that are true or not."""

from collections.abc import Mapping

from opportune.features.feature import Feature
from opportune.features.kinds import named
from opportune.playbook.section import Section

EXAMPLE = "logins_7d < 2 AND plan = 'pro'"


def segment_texts(section: Section, features: Mapping[str, str], places: dict[str, str]) -> dict[str, str]:
    """The text of each segment by name; ``places`` learns where they stand, ``features`` are names already taken."""
    texts: dict[str, str] = {}
    for name in section.names():
        if name in features:
            taken = places[f"features.{name}"]
            section.wrong(name, f"segment {name!r} has the name of the feature in {taken}; use another name")
            continue
        places[f"features.{name}"] = str(section.at(name))
        texts[name] = section.text(name, example=EXAMPLE)
    return texts


def check_segments(section: Section, segments: Mapping[str, str], features: Mapping[str, Feature]) -> None:
    """A segment that is no condition is a problem."""
    for name in segments:
        each = features[name]
        if each.aggregate is not None:
            said = "count in a feature, and compare it here"
            section.wrong(name, f"segment {name!r} must be a condition such as {EXAMPLE}, not an aggregate: {said}")
        elif each.kind != "boolean":
            remedy = f"; write {each.text} = TRUE" if each.kind == "unknown" else ""
            said = f"segment {name!r} must be a condition such as {EXAMPLE}, not {named(each.kind)}{remedy}"
            section.wrong(name, said)
