"""The page on sending to a million users: its playbook is sound, its command is one, and its table adds up."""

import re
import shlex
from argparse import ArgumentParser
from pathlib import Path

from opportune.playbook.reading import findings
from opportune.wiring.cli.plan import add_options

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "send-to-a-million-users.md").read_text("utf-8")
ROW = re.compile(r"^  2026-\S+ \d\d:00  email +([\d,-]+) +([\d,-]+) +([\d,]+) ", re.MULTILINE)


def number(text: str) -> int:
    return 0 if text == "-" else int(text.replace(",", ""))


def test_the_playbook_on_the_page_is_one_that_nothing_is_said_of() -> None:
    journey, message, policies = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    files = {
        "opportune.yaml": f"zone: Europe/Berlin\nconsent: {{email: always}}\n{policies}",
        "journeys/spring_sale.yaml": journey,
        "messages/spring_sale.yaml": message,
        "messages/spring_sale.liquid": "subject: Sale\n---\nToday. {{ unsubscribe_url }}\n",
    }
    assert [str(each) for each in findings(files) if each.level != "note"] == []


def test_the_command_on_the_page_is_understood() -> None:
    [line] = re.findall(r"^opportune plan (.*)$", PAGE, re.MULTILINE)
    parser = ArgumentParser()
    add_options(parser)
    assert parser.parse_args(shlex.split(line)).capacity == {"": 1_600}


def test_the_table_on_the_page_adds_up_and_no_hour_is_over_full() -> None:
    rows = [tuple(map(number, found)) for found in ROW.findall(PAGE)]
    assert sum(wanted for wanted, _, _ in rows) == sum(planned for _, planned, _ in rows) == 20_000
    assert all(planned <= capacity == 1_600 for _, planned, capacity in rows)
