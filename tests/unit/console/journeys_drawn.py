"""Journeys to be drawn: one of every kind of step, and some that say what would do harm."""

from hypothesis import strategies as st

from opportune.journeys.diagram import Diagram, Edge, State, diagram_of
from tests.stories.shop import shop
from tests.unit.journeys.test_diagram import STEPS

HOSTILE = [
    '"', "'", "\\", "<b>", "</text><script>", "&amp;", "#59;", "#quot;", ";", ":", ":::", "%%", "%date()", "--", "-->",
    "[*]", "[[fork]]", "<<choice>>", "direction TB", "Direction  LR", "style a:#fff;", "classDef", "{", "}", "@enduml",
    "!include x", "$name", "__", "//", "**", "~", "<U+0041>", "end note", "note", "`", "|", "\n", "\r", "\t", "=> x",
    "/'", "\u202e", "\x00", "é", "日本語", "😀", " ", "", "a" * 90, "=", "==", "..", "''", "_", "*", "-",
    "x < 3 AND y >= 4",
]  # fmt: skip
texts = st.one_of(
    st.sampled_from(HOSTILE), st.text(max_size=30), st.lists(st.sampled_from(HOSTILE), max_size=5).map(" ".join)
)


def every_step() -> Diagram:
    messages = {"reminder": "", "tell_shop": "kind: internal\nchannels: [webhook]"}
    steps = STEPS.replace(
        "\nsteps:", "\nexit: [Order Completed, {when: vip}]\nmoves: {old: first}\nkey: cart_id\nsteps:", 1
    )
    [found] = shop(journeys=f"journey: cart\n{steps}", messages=messages).journeys.values()
    return diagram_of(found)


@st.composite
def diagrams(draw: st.DrawFn) -> Diagram:
    """Whatever authors may write, anywhere."""
    count = draw(st.integers(0, 6))
    kinds = st.sampled_from(["wait", "send", "make", "choice"])
    several = st.lists(texts, max_size=2).map(tuple)
    steps = [
        State(f"step{number}", draw(kinds), draw(texts.filter(str.strip)), draw(several), number, draw(texts))
        for number in range(1, count + 1)
    ]
    inner = [each.id for each in steps]
    label = st.tuples(texts, texts, texts)
    begin = Edge("start", inner[0] if inner else "ended", "entry", *draw(label))
    some = st.builds(
        lambda source, target, said: Edge(source, target, "over", *said),
        st.sampled_from([*inner, "run"]), st.sampled_from([*inner, "ended", "exited"]), label,
    )  # fmt: skip
    edges = [
        begin,
        *(each for each in draw(st.lists(some, max_size=10)) if each.source != "run" or each.target == "exited"),
    ]
    ends = [State(name, name, name) for name in ("ended", "exited") if any(each.target == name for each in edges)]  # type: ignore[arg-type]
    states = [State("start", "start", "start"), State("run", "run", "journey x"), *steps, *ends]
    return Diagram(draw(texts.filter(str.strip)), tuple(states), tuple(edges), draw(several))
