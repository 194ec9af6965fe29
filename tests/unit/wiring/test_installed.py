"""A package that offers a policy is all that is needed: every command knows it."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from opportune.errors import Unavailable
from opportune.policies.shipped import SHIPPED
from opportune.wiring.installed import installed
from opportune.wiring.sample import write_sample
from tests.toy_policy import no_fridays
from tests.unit.wiring.cli.commands import COMMAND, shell


def offered(folder: Path, line: str) -> Path:
    """A folder that stands for a package with this entry point, beside the module it names."""
    folder.mkdir()
    (folder / "no_fridays.py").write_text(Path(no_fridays.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    about = folder / "toy_policies-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-policies\nVersion: 1\n")
    (about / "entry_points.txt").write_text(f"[opportune.policies]\n{line}\n")
    return folder


def test_without_any_package_there_are_those_that_come_along() -> None:
    assert installed() == SHIPPED


def test_every_command_knows_the_policy_of_a_package(tmp_path: Path) -> None:
    path = str(offered(tmp_path / "site", "no_fridays = no_fridays:NoFridays"))
    write_sample(tmp_path / "shop")
    main = tmp_path / "shop" / "opportune.yaml"
    main.write_text(main.read_text().replace("  - holdout", "  - no_fridays: {channels: [email]}\n  - holdout"))
    assert shell("check", "shop", folder=tmp_path, PYTHONPATH=path).returncode == 0
    command = [COMMAND, "run", "shop", "--port", "0", "--mail-folder", "mails"]
    with subprocess.Popen(command, cwd=tmp_path, env={"PYTHONPATH": path}, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        listens, _, url = engine.stdout.readline().partition("   ")
        assert listens == "listens on"
        with urlopen(f"{url.strip().removesuffix('/v1/batch')}/v1/why?user=ann", timeout=30) as answer:
            assert json.loads(answer.read())["waiting"]
        engine.send_signal(signal.SIGINT)
        engine.communicate(timeout=30)
    assert engine.returncode == 0
    assert shell("replay", folder=tmp_path, PYTHONPATH=path).returncode == 0
    assert json.loads(shell("why", "ann", "--json", folder=tmp_path, PYTHONPATH=path).stdout)["waiting"]
    without = shell("replay", folder=tmp_path)
    assert (without.returncode, "there is no policy 'no_fridays'" in without.stderr) == (1, True)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("no_fridays = nowhere:NoFridays", "No module named 'nowhere'; mend the package, or uninstall it"),
        ("no_fridays = no_fridays:Fridays", "has no attribute 'Fridays'"),
        ("no_fridays = no_fridays:FRIDAY", "is no policy; name a class"),
        ("fridays = no_fridays:NoFridays", "its tag is 'no_fridays'"),
        ("holdout = opportune.policies.hours:Hours", "its tag is 'hours'"),
    ],
)
def test_one_that_cannot_be_used_is_told_with_its_package(
    line: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "no_fridays", raising=False)
    monkeypatch.syspath_prepend(offered(tmp_path / "site", line))
    with pytest.raises(Unavailable) as refusal:
        installed()
    assert str(refusal.value).startswith(f"policy {line} of toy-policies: ")
    assert said in str(refusal.value)


def test_a_name_that_is_taken_is_given_to_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = offered(tmp_path / "site", "holdout = no_fridays:NoFridays")
    module = site / "no_fridays.py"
    module.write_text(module.read_text().replace('tag="no_fridays"', 'tag="holdout"'))
    monkeypatch.delitem(sys.modules, "no_fridays", raising=False)
    monkeypatch.syspath_prepend(site)
    with pytest.raises(Unavailable, match="there is another policy 'holdout'"):
        installed()
