import pytest

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError
from tenfold.core.images import Provenance
from tenfold.core.rendering import Rendering
from tenfold.data.sources import SOURCES, source_for, source_named


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_every_source_is_found_by_the_name_in_a_runs_provenance(source):
    assert source_named(source.name) is source


def test_a_source_is_recognised_by_its_name_or_its_path(tmp_path):
    names = ["cifar10", "cifar100", "mnist", "fashion-mnist", "digits"]
    asked = [*names, str(tmp_path)]
    assert [source_for(DataRequest(data)).name for data in asked] == [*names, "folder"]


def test_refuses_what_no_source_knows():
    with pytest.raises(
        DataError, match="no images called 'nowhere'.*IDX files, .* or a folder of images"
    ):
        source_for(DataRequest("nowhere"))


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            DataRequest("digits", archive="a.tar.gz"),
            "`archive` is for cifar10, cifar100, mnist or fashion-mnist; received `data=",
        ),
        (
            DataRequest("cifar10", coarse=True),
            "`coarse` is for cifar100; received `data=",
        ),
        (DataRequest("cifar10", side_px=16), "`side_px` is for .* or a folder of images; received"),
    ],
)
def test_refuses_what_a_source_has_no_use_for(wanted, message):
    with pytest.raises(DataError, match=message):
        source_for(wanted)


def test_a_request_holds_in_another_working_folder_too(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    for asked, field in ((DataRequest("mine"), "data"), (DataRequest(archive="a.gz"), "archive")):
        held = source_for(asked).from_anywhere(asked)
        assert getattr(held, field) == str(tmp_path / getattr(asked, field))


def test_a_folder_is_gathered_again_from_its_place_at_its_size(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "tenfold.data.folder.gather_folder",
        lambda *given, **how: asked.append((*given, how)),
    )
    source_named("folder").gather_again(
        Provenance("folder", str(tmp_path), rendering=Rendering(12)), say=print
    )
    how = {"label_from": "folder", "follow_links": False, "say": print}
    assert asked == [(tmp_path, Rendering(12), how)]


def test_what_may_be_digits_is_not_mirrored():
    forbidding = [source.name for source in SOURCES if not source.mirroring.allowed]
    assert forbidding == ["arrays", "mnist", "digits", "npz", "idx"]
    for name in ("npz", "idx"):
        assert "Set flip to true where left and right" in source_named(name).mirroring.note


def test_a_source_of_another_version_is_a_clear_error():
    with pytest.raises(DataError, match="received 'tape'. The run may be of another version"):
        source_named("tape")


def test_a_misspelt_name_is_answered_with_the_nearest_one():
    with pytest.raises(DataError, match=r"called 'cifar'. Did you mean 'cifar10'\?"):
        source_for(DataRequest("cifar"))
