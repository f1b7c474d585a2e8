"""`tenfold page`: a folder that classifies pictures in a browser."""

import pytest

import tenfold
from tenfold.core.errors import TenfoldError
from tenfold.runs import layout


def quiet(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "run"
    return tenfold.run("quick", data="digits", overrides={"epochs": 1}, out=out, say=quiet)


def test_writes_a_folder_with_the_report_and_replaces_its_own(run):
    lines: list[str] = []
    index = tenfold.page(run, say=lines.append)
    assert index == run.folder / "exports/page/index.html"
    assert any(str(index) in line for line in lines)
    report = (index.parent / "report.html").read_bytes()
    assert report == (run.folder / layout.PAGE).read_bytes()
    (index.parent / "stray").touch()
    n_looks = (run.folder / layout.TEST_LOOKS).read_text().count("\n")
    assert tenfold.page(run, say=quiet) == index
    assert not (index.parent / "stray").exists()
    # The export is there already: the test images are not looked at again.
    assert (run.folder / layout.TEST_LOOKS).read_text().count("\n") == n_looks


def test_overwrites_no_other_folder(run, tmp_path):
    with pytest.raises(TenfoldError, match="never overwrites anything"):
        tenfold.page(run, out=tmp_path)


def test_loads_a_run_by_its_folder_or_as_it_is(run):
    images = list(tenfold.gather("digits", say=quiet).test.images[:3])
    by_folder, as_it_is = (tenfold.load(each, say=quiet) for each in (run.folder.path, run))
    found = [[each.probability for each in it.predict(images)] for it in (by_folder, as_it_is)]
    assert found[0] == found[1]
