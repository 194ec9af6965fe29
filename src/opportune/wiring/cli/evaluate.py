"""Say what choosing the moment is worth: on what users did before, or in what was sent.

send-time tries models of when users are active on the later part of any past; gain compares what was sent at the
chosen moment with what was sent to users who are kept at the baseline. Nothing is sent.
'opportune evaluate send-time --help' says more.
"""

from argparse import ArgumentParser, Namespace
from importlib import import_module
from types import ModuleType

WAYS = {
    "send-time": "try models of the hour in which users are active on the later part of files of events",
    "gain": "compare users who got messages at their own moment with users kept at the baseline",
}
"""What may be evaluated; each has a module with ``add_options`` and ``run``."""


def add_options(parser: ArgumentParser) -> None:
    """What to evaluate, with its own options."""
    import argparse

    ways = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    for name, text in WAYS.items():
        module = _module(name)
        way = ways.add_parser(
            name, help=text, description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        module.add_options(way)


def run(options: Namespace) -> int:
    """Evaluates it."""
    code: int = _module(options.what).run(options)
    return code


def _module(name: str) -> ModuleType:
    return import_module(f"opportune.wiring.cli.evaluate_{name.replace('-', '_')}")
