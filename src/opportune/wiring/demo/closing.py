"""The report at the end of a play: books that balance, what came back, and what to try next."""

from collections.abc import Iterator
from shlex import quote

from opportune.wiring.demo.books import Report
from opportune.wiring.plain_words import channel_of, reason_of

RETURNS = (
    *("opens by humans", "opens by machines", "opens, unsure by whom", "clicks", "clicks by machines"),
    *("pushes opened", "in-app shown", "in-app clicked", "in-app never seen"),
    *("unsubscribes", "preferences changed", "bounces", "complaints"),
)
"""In this order; whatever else there is follows."""


def closing(report: Report) -> Iterator[str]:
    """The report, line by line."""
    figures = report.figures
    held = sum(figures.held.values())
    channels = ", ".join(f"{channel_of(name)} {count:,}" for name, count in sorted(report.by_channel.items()))
    yield ""
    yield f"{figures.users:,} users, {figures.events:,} events over {report.days} simulated days"
    yield ""
    yield f"decisions      {figures.decisions:7,}"
    yield f"= sent         {figures.sent:7,}   {channels}"
    yield f"+ held back    {held:7,}"
    for code, count in sorted(figures.held.items(), key=lambda each: (-each[1], each[0])):
        yield f"    {code:14}{count:5,}   because {reason_of(code)}"
    yield f"+ unknown      {report.unknown:7,}"
    yield f"+ pending      {report.pending:7,}"
    yield from _journeys(report)
    yield from _returns(report)
    yield ""
    yield f"mails received {figures.mails_received:7,}   sent by email: {report.by_channel.get('email', 0):,}"
    if report.pushes is not None:
        yield f"pushes taken   {report.pushes:7,}   sent by push: {report.by_channel.get('push', 0):,}"
    yield f"p99 to decide  {figures.decide_p99_ms:7.2f}   milliseconds of engine time for one decision"
    yield f"seconds        {figures.seconds:7.1f}   for all of it"
    yield ""
    problems = report.problems()
    yield from (f"PROBLEM: {problem}" for problem in problems)
    if not problems:
        yield "The books balance, and the log decided again gives the same decisions."


def next_steps(report: Report, store: str | None) -> Iterator[str]:
    """What to try next, as commands that work as they are printed; ``store`` is the file that was kept."""
    yield ""
    yield "Try next:"
    if store is None:
        yield from _step("opportune demo --store demo.db", "the same, and keep the engine's file to ask it questions")
    else:
        file = quote(store)
        for user, about in report.examples.items():
            yield from _step(f"opportune why {user} --store {file}", about)
        yield from _step(f"opportune replay --store {file}", "decide the whole log again, and compare")
    yield from _step("opportune demo --playbook-out town", "write out what was played, to look at and to change")
    yield from _step("opportune check town", "say what is wrong with it, with file and line")
    yield from _step("opportune run town --write-key try-me --mail-folder mails", "and run it for your own events")


def _step(command: str, about: str) -> Iterator[str]:
    yield f"  {command}"
    yield f"      {about}"


def _journeys(report: Report) -> Iterator[str]:
    if not report.by_journey:
        return
    yield ""
    channels = sorted({channel for each in report.by_journey.values() for channel in each.sent})
    heads = [channel_of(each).removesuffix(" message") for each in channels]
    yield f"{'journey':12}" + "".join(f"{each:>9}" for each in (*heads, "silent", "unknown", "pending", "goals"))
    for journey, account in report.by_journey.items():
        counts = [account.sent.get(each, 0) for each in channels]
        rest = (account.held, account.unknown, account.pending, account.goals)
        yield f"{journey:12}" + "".join(f"{each:9,}" for each in (*counts, *rest))


def _returns(report: Report) -> Iterator[str]:
    named = [each for each in RETURNS if each in report.returns]
    named += [each for each in report.returns if each not in RETURNS]
    if named:
        yield ""
        yield "what came back"
        yield from (f"    {name:36}{report.returns[name]:6,}" for name in named)
