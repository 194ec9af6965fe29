"""Learn from what users did; what is learned goes into the playbook's folder, and in force with the playbook.

send-time learns when users look: from an engine's file or from files of events. 'opportune train send-time --help'
says more.
"""

from argparse import ArgumentParser, Namespace
from importlib import import_module
from types import ModuleType

WAYS = {"send-time": "learn when users look: in general, by kinds of users, and how soon they open what is sent"}
"""What may be learned; each has a module with ``add_options`` and ``run``."""


def add_options(parser: ArgumentParser) -> None:
    """What to learn, with its own options."""
    import argparse

    ways = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    for name, text in WAYS.items():
        module = _module(name)
        way = ways.add_parser(
            name, help=text, description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        module.add_options(way)


def run(options: Namespace) -> int:
    """Learns it."""
    code: int = _module(options.what).run(options)
    return code


def _module(name: str) -> ModuleType:
    return import_module(f"opportune.wiring.cli.train_{name.replace('-', '_')}")
