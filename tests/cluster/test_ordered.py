"""Parts of the work of an audit, on two nodes."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.made_folders import dark_and_light

import tenfold
from tenfold.cluster import ordered
from tenfold.cluster.connect import connected
from tenfold.cluster.ordered import decode_on, each_on
from tenfold.core.errors import DataError, TenfoldError
from tenfold.data.decoding import Decoding, Outcome, Part, decode_files

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def ray(two_nodes):
    with connected(two_nodes):
        yield


def test_an_audit_on_two_nodes_has_the_same_answer(two_nodes, tmp_path, monkeypatch):
    dark_and_light(tmp_path / "images", ("dark", "light"))
    found = []
    for name, cluster in (("here", None), ("there", two_nodes)):
        monkeypatch.setenv("TENFOLD_CACHE", str(tmp_path / name))
        found.append(
            tenfold.audit(
                tmp_path / "images",
                only=("near-duplicates", "images"),
                cluster=cluster,
                out=tmp_path / f"{name}-audit",
                say=lambda _: None,
            )
        )
    here, there = found
    assert here["data"] == there["data"]
    for kind, answer in here["findings"].items():
        assert {**answer, "seconds": 0} == {**there["findings"][kind], "seconds": 0}


def killed_first(path: Path) -> str:
    """End the process the first time that it is called with a path."""
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return path.name


def refused(part: int) -> int:
    raise DataError(f"Expected another part than {part}.")


def killed(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_answers_come_in_order_also_after_a_kill(ray, tmp_path):
    parts = [tmp_path / f"{number}" for number in range(6)]
    for each in (0, 1, 2, 4, 5):
        parts[each].touch()
    assert list(each_on(2)(killed_first, parts)) == ["0", "1", "2", "3", "4", "5"]


def test_an_error_is_raised_here_and_so_are_kills_without_end(ray):
    with pytest.raises(DataError, match="another part than 3"):
        list(each_on(2)(refused, [3]))
    with pytest.raises(TenfoldError, match="ended its worker's process 4 times"):
        list(each_on(2)(killed, [3]))


def test_files_are_decoded_as_here(ray, tmp_path):
    paths = [str(tmp_path / f"{number}.png") for number in range(300)]
    for number, path in enumerate(paths[:-1]):
        Image.fromarray(np.full((4, 4), number % 256, np.uint8)).save(path)
    Path(paths[7]).write_text("not an image")
    how = Decoding(4)
    here, there = (dict(decode(paths, 0, how)) for decode in (decode_files, decode_on(2)))
    assert list(here) == list(there) == [0, 200]
    for at, part in here.items():
        assert part.outcomes == there[at].outcomes
        np.testing.assert_array_equal(part.pixels, there[at].pixels)
    assert "No such file" in here[200].outcomes[-1].reason


def test_refuses_workers_with_another_disk(tmp_path):
    gone = Outcome("damaged or unreadable: No such file or directory")
    part = Part.of([gone], Decoding(4))
    (tmp_path / "a.png").write_bytes(b"here")
    ordered._refuse_another_disk([str(tmp_path / "none.png")], part)
    with pytest.raises(DataError, match="on a disk that all machines of the cluster see"):
        ordered._refuse_another_disk([str(tmp_path / "a.png")], part)
