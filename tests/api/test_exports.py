"""What ``import opportune`` offers, and that offering it costs nothing until it is used."""

import subprocess
import sys

import pytest

import opportune
from opportune import testing


@pytest.mark.parametrize("name", opportune.__all__)
def test_an_exported_name_is_there(name: str) -> None:
    assert getattr(opportune, name) is not None


def test_a_name_that_is_not_exported_is_refused_with_those_that_are() -> None:
    with pytest.raises(AttributeError, match="it has OpportuneError"):
        opportune.Campaign  # noqa: B018


def test_importing_the_package_imports_no_other_module_of_it() -> None:
    text = "import sys, opportune; print(*[m for m in sys.modules if m.startswith(('opportune.', 'msgspec'))])"
    told = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


@pytest.mark.parametrize("name", testing.__all__)
def test_what_the_test_kit_offers_is_there(name: str) -> None:
    assert getattr(testing, name).__name__ == name


def test_a_name_that_the_test_kit_does_not_offer_is_refused_with_those_that_it_does() -> None:
    with pytest.raises(AttributeError, match=r"'opportune\.testing' has no attribute 'Mock'; it has World, User"):
        testing.Mock  # noqa: B018


def test_importing_the_test_kit_imports_nothing_but_its_own_first_module() -> None:
    text = "import sys, opportune.testing; print(*[m for m in sys.modules if m.startswith(('opportune.', 'msgspec'))])"
    told = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["opportune.testing"]
