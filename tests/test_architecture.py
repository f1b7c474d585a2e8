"""Who may import whom, and what must stay unloaded."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import tenfold

SOURCE = Path(tenfold.__file__).parent
STEPS = {"recipes", "data", "learn", "measure"}
ALLOWED = {
    "core": {"core"},
    **{step: {"core", step} for step in STEPS},
    "report": {"core", "measure", "report"},
}
FILES = sorted(SOURCE.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Every module that a file imports, at the top or inside a function."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_imports_only_what_its_folder_may(path):
    room = path.relative_to(SOURCE).parts[0]
    ours = {name.split(".")[1] for name in imported(path) if name.startswith("tenfold.")}
    if room in ALLOWED:
        assert ours <= ALLOWED[room]
    foreign = {name.split(".")[0] for name in imported(path)}
    if room != "learn" and path.name not in {"results.py", "experiment.py"}:
        assert not foreign & {"keras", "tensorflow"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_uses_only_the_public_api_of_keras(path):
    assert not {name for name in imported(path) if name.startswith("keras.src")}


@pytest.mark.parametrize(
    "action", ["import tenfold", "from tenfold.cli import app; app(['--help'])"]
)
def test_start_up_loads_nothing_heavy(action):
    check = (
        f"import sys\ntry:\n    {action}\nexcept SystemExit:\n    pass\n"
        "heavy = {'keras', 'tensorflow', 'sklearn', 'matplotlib', 'scipy', 'PIL'}\n"
        "sys.exit(repr(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_public_name_can_be_imported():
    assert all(getattr(tenfold, name) for name in tenfold.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        tenfold.nothing  # noqa: B018
