"""Who may import whom, and what must stay unloaded."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tenfold

SOURCE = Path(tenfold.__file__).parent
FLOORS = (
    {"core"},
    {"runs"},
    {"recipes", "data", "learn", "measure"},
    {"findings"},
    {"report"},
    {"deploy", "cluster"},
    {"experiment"},
    {"cli"},
)
"""Rooms that are beside each other; a room may import those on the floors before its own."""
ALLOWED = {
    room: {room}.union(*FLOORS[:number]) for number, floor in enumerate(FLOORS) for room in floor
}
DOORS = {"__init__.py", "__main__.py"}
"""Files of no room: the public names, and `python -m tenfold`."""
A_RUN_MAY_ASK = ("runs/run.py", {"learn", "measure"})
"""The one exception: a `Run` loads its model and scores its predictions, inside a method."""

EXPORTS_LOAD_KERAS = ("deploy/onnx_form.py", "deploy/own_runtime.py")
"""Exports that know Keras's layers, and that run in Keras and TensorFlow in their own process."""

FILES = sorted(path for path in SOURCE.rglob("*.py") if path.parent != SOURCE)
HOMES = {
    alias.name: node.module or ""
    for node in ast.parse((SOURCE / "__init__.pyi").read_text(encoding="utf-8")).body
    if isinstance(node, ast.ImportFrom)
    for alias in node.names
}


def named(node: ast.Import | ast.ImportFrom, package: str) -> list[str]:
    """The modules that one import names, in full: `tenfold.core.images`, however it is written.

    >>> named(ast.parse("from ..core import images").body[0], "tenfold.data")
    ['tenfold.core.images']
    """
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = node.module or ""
    if node.level:
        above = package.split(".")[: len(package.split(".")) - node.level + 1]
        base = ".".join([*above, *([base] if base else [])])
    names = [f"{base}.{alias.name}" for alias in node.names]
    public = [name.removeprefix("tenfold.") for name in names]
    return [f"tenfold.{HOMES.get(p, p)}" if base == "tenfold" else n
            for n, p in zip(names, public, strict=True)]  # fmt: skip


def imports(
    tree: ast.AST, package: str, *, typing: bool = True, inside: bool = False
) -> Iterator[tuple[str, bool]]:
    """Every module that a file imports, and whether a function does so.

    Args:
        tree: The file, or a part of it.
        package: The package that it belongs to.
        typing: Whether imports for type checkers alone count.
        inside: Whether the part is a function's.
    """
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((name, inside) for name in named(node, package))
        elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            if typing:
                yield from imports(node, package, inside=inside)
        else:
            function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            yield from imports(node, package, typing=typing, inside=inside or function)


def wrong_imports(source: str, file: str) -> list[str]:
    """What a file of Tenfold must not import."""
    room = file.split("/")[0]
    package = ".".join(["tenfold", *file.split("/")[:-1]])
    wrong = []
    for name, inside in imports(ast.parse(source), package):
        parts = name.split(".")
        if parts[0] == "tenfold" and parts[1:2] and parts[1] not in ALLOWED[room]:
            excepted = file == A_RUN_MAY_ASK[0] and inside and parts[1] in A_RUN_MAY_ASK[1]
            wrong += [] if excepted else [name]
        if name.startswith("keras.src"):
            wrong.append(name)
    loaded = {name.split(".")[0] for name, _ in imports(ast.parse(source), package, typing=False)}
    may_load = room == "learn" or file in EXPORTS_LOAD_KERAS
    return wrong + ([] if may_load else sorted(loaded & {"keras", "tensorflow"}))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_module_imports_only_what_its_room_may(path):
    file = path.relative_to(SOURCE).as_posix()
    assert file.split("/")[0] in ALLOWED, "a room that is not in the table"
    assert wrong_imports(path.read_text(encoding="utf-8"), file) == []


def test_no_module_is_outside_the_rooms():
    assert {path.name for path in SOURCE.glob("*.py")} == DOORS


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("from tenfold import learn", ["tenfold.learn"]),
        ("from tenfold import gather", ["tenfold.experiment.gather"]),
        ("from .. import cli", ["tenfold.cli"]),
        ("from ..learn.fit import fit", ["tenfold.learn.fit.fit"]),
        ("import tenfold.report.text", ["tenfold.report.text"]),
        ("def f():\n    import tensorflow as tf", ["tensorflow"]),
        ("if TYPE_CHECKING:\n    import keras", []),
        ("if TYPE_CHECKING:\n    from tenfold.cli import app", ["tenfold.cli.app"]),
        ("from keras.src import ops", ["keras.src.ops", "keras"]),
        ("from tenfold.core.images import Dataset", []),
        ("from . import split", []),
    ],
)
def test_a_wrong_import_is_seen_however_it_is_written(source, wrong):
    assert wrong_imports(source, "data/made.py") == wrong


def test_a_run_may_ask_only_inside_a_method():
    asking = "from tenfold.measure.evaluate import evaluate"
    assert wrong_imports(f"def f():\n    {asking}", "runs/run.py") == []
    assert wrong_imports(asking, "runs/run.py") == ["tenfold.measure.evaluate.evaluate"]
    assert wrong_imports(f"def f():\n    {asking}", "runs/folder.py") != []


@pytest.mark.parametrize(
    "action", ["import tenfold; dir(tenfold)", "from tenfold.cli import app; app(['--help'])"]
)
def test_start_up_loads_nothing_heavy(action):
    check = (
        f"import sys\ntry:\n    {action}\nexcept SystemExit:\n    pass\n"
        "heavy = {'keras', 'tensorflow', 'sklearn', 'matplotlib', 'scipy', 'PIL'}\n"
        "sys.exit(repr(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_public_names_are_those_of_the_stub_and_can_be_imported():
    assert sorted(tenfold.__all__) == sorted(HOMES) == sorted(dir(tenfold))  # type: ignore[attr-defined]
    for name, home in HOMES.items():
        assert getattr(tenfold, name) is getattr(sys.modules[f"tenfold.{home}"], name)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nothing"):
        tenfold.nothing  # type: ignore[attr-defined]  # noqa: B018
