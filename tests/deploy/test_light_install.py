"""A light server in an environment of its own; it asks the package index, so CI runs it apart."""

import io
import subprocess
import sys
import venv
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from tests.made_exports import write_export

ROOT = Path(__file__).parents[2]
MOST_MB = 230
pytestmark = pytest.mark.light


def run(*command, cwd):
    """Run a command; what it prints."""
    done = subprocess.run([str(each) for each in command], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """The Python of an environment that has the light list and the wheel, and nothing else."""
    folder = tmp_path_factory.mktemp("light")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    [wheel] = folder.glob("*.whl")
    venv.create(folder / "venv")
    into = folder / "venv" / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    pip = [sys.executable, "-m", "pip", "--python", folder / "venv" / "bin" / "python", "install"]
    run(*pip, "-q", "--require-hashes", "-r", ROOT / "requirements-serve.txt", cwd=folder)
    run(*pip, "-q", "--no-deps", wheel, cwd=folder)
    assert into.is_dir()
    return folder / "venv" / "bin" / "python"


def test_it_takes_less_than_230_mb_and_has_no_tensorflow(python):
    files = [path for path in python.parents[1].rglob("*") if path.is_file()]
    size_mb = sum(path.stat().st_size for path in files if not path.is_symlink()) / 1e6
    sys.stdout.write(f"The light environment takes {size_mb:.0f} MB.\n")
    assert size_mb < MOST_MB
    for name in ("tensorflow", "keras", "sklearn", "scipy", "matplotlib", "onnx"):
        assert subprocess.run([python, "-c", f"import {name}"], capture_output=True).returncode


def test_it_loads_an_export(python, tmp_path):
    export = write_export(tmp_path / "model.onnx")
    program = (
        "import numpy, tenfold\n"
        f"[answer] = tenfold.load({str(export)!r}).predict(numpy.full((5, 5, 3), 9, 'uint8'))\n"
        "print(answer.probability)"
    )
    assert float(run(python, "-I", "-c", program, cwd=tmp_path)) == pytest.approx(1 / 3)


def test_it_serves_an_export(python, tmp_path):
    export = write_export(tmp_path / "model.onnx")
    command = [python.with_name("tenfold"), "serve", export, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split("/ is the page")[0]
            stream = io.BytesIO()
            Image.fromarray(np.full((9, 9, 3), (0, 0, 9), np.uint8)).save(stream, "PNG")
            headers = {"Content-Type": "image/png"}
            found = httpx.post(f"{address}/v1/predict", content=stream.getvalue(), headers=headers)
        finally:
            server.terminate()
    assert found.json()["predictions"][0]["label"] == "blue"


def test_it_says_what_a_run_without_an_export_needs(python, tmp_path):
    (tmp_path / "recipe.yaml").write_text("")
    program = f"import tenfold; tenfold.load({str(tmp_path)!r})"
    done = subprocess.run([python, "-I", "-c", program], capture_output=True, text=True)
    assert "needs TensorFlow, which is not installed here" in done.stderr
