"""The report of a backtest as one page that may be mailed: figures, charts, examples, and what was assumed."""

from collections.abc import Sequence

from opportune.console.axes import counted
from opportune.console.markup import Markup, element, joined, text
from opportune.console.page import Column, document, figures, listed, paragraph, table
from opportune.wiring.backtest import takeaways
from opportune.wiring.backtest.differences import Differences
from opportune.wiring.backtest.hints import unnoticed
from opportune.wiring.backtest.html_changes import changes, of_changes
from opportune.wiring.backtest.html_days import day_of, said
from opportune.wiring.backtest.html_estimates import estimates
from opportune.wiring.backtest.html_journeys import collisions, journeys
from opportune.wiring.backtest.html_named import Named, named
from opportune.wiring.backtest.html_silences import caps, examples, silences
from opportune.wiring.backtest.html_users import users
from opportune.wiring.backtest.html_when import channels, when
from opportune.wiring.backtest.report import Report


def page_of(reports: Sequence[Report], differences: Differences | None = None) -> str:
    """The page of these reports, beside each other if there are several; what changes from one to another stands first.

    Raises ValueError if there is neither.
    """
    shown = named(reports)
    sections = [] if differences is None else [("changes", "What changes", changes(differences))]
    if shown:
        sections += _sections(shown)
    if not sections:
        raise ValueError("a page needs at least one report, or differences")
    names = [each.label or each.report.playbook for each in shown]
    if differences is not None and not names:
        names = [differences.old.playbook, differences.new.playbook]
    title = " and ".join(names)
    return document(f"{title}, tried on the past", _head(shown, differences, title), sections, _foot(shown))


def _sections(shown: Sequence[Named]) -> list[tuple[str, str, Markup]]:
    speaks = any(each.report.sent for each in shown)
    volume = [("when", "When", when(shown)), ("channels", "On which channels", channels(shown))] if speaks else []
    amount = [("users", "Who gets how much", users(shown))] if speaks else []
    return [
        *volume,
        ("journeys", "What each journey says", journeys(shown)),
        ("silences", "Why there is silence", silences(shown)),
        ("caps", "How full the caps are", caps(shown)),
        ("collisions", "Which journeys collide", collisions(shown)),
        *amount,
        ("estimates", "What may come of it", estimates(shown)),
        ("examples", "Decisions, one by one", examples(shown)),
    ]


def _head(shown: Sequence[Named], differences: Differences | None, title: str) -> Markup:
    if not shown:
        assert differences is not None
        return joined(_tried(differences, title), element("h1", text(of_changes(differences))))
    parts = [
        _tried(shown[0].report, title),
        element("h1", text(_headline(shown))),
        *(paragraph(warned, look="warning") for warned in _warnings(shown)),
    ]
    return joined(*parts, _figures(shown[0].report) if len(shown) == 1 else _compared(shown))


def _tried(on: Report | Differences, title: str) -> Markup:
    span = f"{said(day_of(on.since), year=True)} to {said(day_of(on.until), year=True)} (UTC)"
    return paragraph(f"Tried on the past: {title}, {span}", look="eyebrow")


def _headline(shown: Sequence[Named]) -> str:
    if len(shown) == 1:
        return f"{shown[0].report.playbook} would have sent {takeaways.of_report(shown[0].report)}."
    first, *others = shown
    rest = [f"{each.label} {takeaways.messages(each.report.sent)}" for each in others]
    return f"{first.label} would have sent {takeaways.messages(first.report.sent)}, {', '.join(rest)}."


def _figures(report: Report) -> Markup:
    return figures([(name, number, note) for name, (number, note) in _numbers(report).items()])


def _compared(shown: Sequence[Named]) -> Markup:
    columns = [Column("Playbook"), *(Column(name, "number") for name in _numbers(shown[0].report))]
    rows = [[text(each.label), *(text(number) for number, _ in _numbers(each.report).values())] for each in shown]
    return table(columns, rows, folds=True)


def _numbers(report: Report) -> dict[str, tuple[str, str]]:
    """The headline figures, each with a word to it."""
    each = f"{report.sent / report.users_reached:.1f}" if report.users_reached else "–"
    silent = takeaways.share(report.silent, report.decisions) if report.decisions else ""
    planned = f"{counted(report.open)} still planned" if report.open else ""
    return {
        "Events": (counted(report.events), ""),
        "Users": (counted(report.users), ""),
        "Users reached": (
            counted(report.users_reached),
            takeaways.share(report.users_reached, report.users) if report.users else "",
        ),
        "Messages sent": (counted(report.sent), planned),
        "Per user reached": (each, ""),
        "Decisions silent": (counted(report.silent), f"{silent} of {counted(report.decisions)}" if silent else ""),
    }


def _warnings(shown: Sequence[Named]) -> list[str]:
    """What makes the figures doubtful; what is wrong with the files is so for all playbooks."""
    refused = max(sum(each.report.refused.values()) for each in shown)
    warned = [f"{counted(refused)} rows of the files say nothing that can be taken."] if refused else []
    for each in shown:
        whose = f"{each.label}: " if each.label else ""
        if each.report.poisoned:
            warned.append(f"{whose}{counted(each.report.poisoned)} inputs could not be taken and were passed over.")
        warned += [f"{whose}{said}" for said in unnoticed(each.report)]
    return warned


def _foot(shown: Sequence[Named]) -> Markup:
    """How it was made, so that one knows what it is worth."""
    if not shown:
        return joined()
    return joined(element("h2", text("What this rests on")), *(_basis(each) for each in shown))


def _basis(each: Named) -> Markup:
    report = each.report
    facts = [*report.assumptions, f"Playbook {report.playbook}, hash {report.hash}."]
    facts += [f"{name} goes round: {counted(count)} were not emitted." for name, count in sorted(report.looped.items())]
    if report.internal:
        facts.append(f"{counted(report.internal)} calls to own systems went out; no user hears of them.")
    if report.late:
        facts.append(f"{counted(report.late)} events came later than lateness allows: they changed features only.")
    facts += [f"{counted(count)} rows were refused: {code}." for code, count in sorted(report.refused.items())]
    facts += [f"Passed over: {reason}" for reason in report.poison]
    speed = f"{counted(report.events)} events in {report.seconds:.1f} s"
    if report.seconds:
        facts.append(f"{speed}, {counted(report.events_per_second)} a second, {counted(report.peak_mb)} MB at most.")
    head = [paragraph(each.label, look="label")] if each.label else []
    return joined(*head, listed(facts))
