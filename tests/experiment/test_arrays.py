from dataclasses import replace

import numpy as np
import pytest

import tenfold
from tenfold.core.images import Dataset, Provenance
from tenfold.experiment.gather import adapt, gather
from tenfold.recipes import find_recipe
from tenfold.runs.folder import RunFolder


def quiet(_: str) -> None:
    """Say nothing."""


@pytest.fixture
def arrays(dataset):
    parts = (dataset.train, dataset.test)
    return tuple(array for part in parts for array in (part.images, part.labels))


def train(path, data):
    return tenfold.train(
        "classic-plain", data=data, out=path, overrides={"epochs": 1}, seed=1, say=quiet
    )


def test_a_run_of_arrays_is_resumed_with_the_same_arrays_only(arrays, tmp_path, monkeypatch):
    def die(*_, **__):
        raise KeyboardInterrupt

    whole = train(tmp_path / "whole", arrays)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("tenfold.experiment.run.build_and_fit", die)
        train(tmp_path / "cut", arrays)
    assert RunFolder.reopen(tmp_path / "cut").read_request().images.data == "arrays"

    with pytest.raises(tenfold.DataError, match=r"Arrays are not kept .*as `data`"):
        tenfold.resume(tmp_path / "cut", say=quiet)
    others = (arrays[0], 1 - arrays[1], *arrays[2:])
    with pytest.raises(
        tenfold.DataError, match="have changed since its fit, or these are different images"
    ):
        tenfold.resume(tmp_path / "cut", data=others, say=quiet)
    done = tenfold.resume(tmp_path / "cut", data=arrays, say=quiet)
    for one, other in zip(done.model.get_weights(), whole.model.get_weights(), strict=True):
        assert np.array_equal(one, other)


def test_what_is_gathered_of_arrays_says_so(arrays):
    told: list[str] = []
    found = gather(arrays, say=told.append)
    assert found.provenance.request.data == "arrays"
    assert told[0] == "Gathered arrays from arrays in Python"


def test_refuses_options_that_arrays_have_no_use_for(arrays):
    with pytest.raises(tenfold.DataError, match="`side_px` is for .*`data='arrays'`"):
        gather(arrays, side_px=8, say=quiet)


@pytest.mark.parametrize(("source", "known"), [("digits", "digits"), ("mine", "arrays")])
def test_a_dataset_keeps_what_is_known_of_its_source(dataset, source, known):
    given = replace(dataset, provenance=Provenance(source, "made by hand"))
    found = gather(given, say=quiet)
    assert isinstance(found, Dataset)
    assert found.provenance.source == known
    assert found.provenance.request.data == "arrays"
    assert np.array_equal(found.train.labels, dataset.train.labels)
    assert not adapt(find_recipe("standard"), found, say=quiet).flip
