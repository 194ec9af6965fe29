import re

from opportune.events.event import Tick
from opportune.policies.decision import Ending
from opportune.wiring.metrics import BOUNDS, FAMILIES, Metrics
from opportune.wiring.shard import Turn
from tests.contracts.made import NOW, attempt, decision, event


class At:
    def now(self) -> int:
        return NOW + 7


def seen() -> Metrics:
    metrics = Metrics(At())
    turn = Turn(
        decisions=[decision("d1", seq=2)],
        endings=[Ending("d1", "ann", "not_sent", 'odd "code"\n', NOW)],
        calls=[attempt()],
    )
    metrics.watch([event(1), Tick(NOW, 2), event(3)], turn)
    return metrics


def test_every_line_is_one_that_prometheus_reads() -> None:
    series = re.compile(r'[a-z_]+(\{([a-z]+="([^"\\\n]|\\.)*",?)+\})? -?[0-9.e+-]+')
    for line in seen().text().splitlines():
        assert line.startswith(("# HELP ", "# TYPE ")) or series.fullmatch(line), line


def test_events_decisions_endings_and_attempts_are_counted() -> None:
    text = seen().text()
    assert 'opportune_events_total{kind="live"} 2' in text
    assert 'opportune_decisions_total{journey="cart",code="no_consent"} 1' in text
    assert 'opportune_endings_total{outcome="not_sent",code="odd \\"code\\"\\n"} 1' in text
    assert 'opportune_attempts_total{channel="email"} 1' in text
    assert "opportune_poison_total 0" in text


def test_a_histogram_counts_each_observation_once_in_its_class_and_all_above() -> None:
    text = seen().text()
    assert 'opportune_durable_milliseconds_bucket{le="5"} 0' in text
    assert 'opportune_durable_milliseconds_bucket{le="10"} 2' in text
    assert 'opportune_durable_milliseconds_bucket{le="+Inf"} 2' in text
    assert "opportune_durable_milliseconds_sum 14" in text
    metrics = Metrics(At())
    for bound in (*BOUNDS, BOUNDS[-1] + 1):
        metrics.observe("opportune_durable_milliseconds", bound)
    assert f"opportune_durable_milliseconds_count {len(BOUNDS) + 1}" in metrics.text()


def test_gauges_are_asked_when_somebody_reads() -> None:
    metrics, users = Metrics(At()), [1]
    metrics.gauges.append(lambda: [("opportune_users", (), users[0])])
    assert "opportune_users 1\n" in metrics.text()
    users[0] = 2
    assert "opportune_users 2\n" in metrics.text()


def test_the_page_of_figures_names_every_figure() -> None:
    from pathlib import Path

    page = Path("docs/reference/metrics.md").read_text()
    for name, family in FAMILIES.items():
        row = next(line for line in page.splitlines() if f"`{name}`" in line)
        assert family.tells in row and family.kind in row
        assert all(f"`{label}`" in row for label in family.labels)
