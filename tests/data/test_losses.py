"""What a dataset lost is counted, and refused where the request is strict."""

from dataclasses import astuple

import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from tenfold.core.errors import DataError
from tenfold.data.losses import LeftOut, losses_of
from tenfold.experiment.gather import gather

NOT_AN_IMAGE = b"not an image"


@pytest.fixture
def lay(tmp_path):
    """Write this many small pictures, and this many broken ones, into each folder."""

    def write(folders):
        root, level = tmp_path / "root", 20
        for folder, (n, n_broken) in folders.items():
            (root / folder).mkdir(parents=True, exist_ok=True)
            for i in range(n):
                level += 1
                Image.new("L", (6, 6), level).save(root / folder / f"{i}.png")
            for i in range(n_broken):
                (root / folder / f"broken{i}.png").write_bytes(NOT_AN_IMAGE)
        return root

    return write


def gathered(data, **options):
    return gather(str(data), say=lambda _: None, **options)


def numbers(losses):
    return losses.n_lost, losses.n_files, losses.classes, losses.many, losses.great


def test_a_folder_without_losses_lost_nothing(lay):
    losses = losses_of(gathered(lay({"cat": (5, 0), "dog": (5, 0)})))
    assert numbers(losses) == (0, 10, (), False, False)
    assert losses.entries == ()


@pytest.mark.parametrize(("n_broken", "many"), [(2, False), (3, True)])
def test_more_than_a_tenth_is_many(lay, n_broken, many):
    root = lay({"cat": (10, n_broken), "dog": (8, 0)})  # 2 of 20 are a tenth, 3 of 21 are more.
    losses = losses_of(gathered(root))
    assert numbers(losses) == (n_broken, 18 + n_broken, (), many, many)
    if many:
        with pytest.raises(DataError, match=r"3 of 21 files \(14\.3 %\) cannot be used\. Repair"):
            gathered(root, strict=True)
    else:
        assert len(gathered(root, strict=True).provenance.skipped) == 2


def test_a_class_that_is_lost_is_a_great_loss_however_few_its_files_are(lay):
    root = lay({"cat": (15, 0), "dog": (15, 0), "owl": (0, 1)})
    losses = losses_of(gathered(root))
    assert numbers(losses) == (1, 31, ("owl",), False, True)
    with pytest.raises(DataError, match="In .*root nothing in owl can be used.* leave `strict`"):
        gathered(root, strict=True)


def test_an_empty_class_folder_is_not_a_loss(lay):
    root = lay({"cat": (5, 0), "dog": (5, 0), "owl": (0, 0)})
    assert gathered(root, strict=True).classes == ("cat", "dog")


def test_a_class_that_one_set_lost_is_named_with_the_folder_of_the_set(lay):
    sets = {"train/cat": (9, 0), "train/dog": (9, 0), "test/cat": (9, 0), "test/dog": (0, 1)}
    root = lay(sets)
    assert losses_of(gathered(root)).classes == ("test/dog",)
    with pytest.raises(DataError, match="nothing in test/dog can be used"):
        gathered(root, strict=True)


def test_files_beside_the_classes_are_lost_only_where_they_are_named_as_images(lay):
    root = lay({"cat": (9, 0), "dog": (9, 0)})
    for name in ("notes.txt", "stray.png"):
        (root / name).write_bytes(NOT_AN_IMAGE)
    losses = losses_of(gathered(root))
    assert numbers(losses)[:2] == (1, 19)
    reason = "lies outside the class folders"
    assert losses.entries == tuple(
        LeftOut("", name, reason, in_class=False) for name in ("notes.txt", "stray.png")
    )


def test_what_is_left_out_of_a_class_is_named_below_its_folder(lay):
    root = lay({"train/cat/old": (5, 1), "train/dog": (5, 0)})
    (entry,) = losses_of(gathered(root)).entries
    assert astuple(entry)[:2] == ("train/cat", "old/broken0.png")
    assert entry.in_class


@pytest.mark.parametrize("rule", ["folder", "path"])
def test_links_to_what_is_read_already_and_empty_folders_are_not_losses(lay, rule):
    root = lay({"cat": (5, 0), "dog": (5, 0), "dog/empty": (0, 0), "cat/empty": (0, 0)})
    for link, to in (("all", root), ("cat/up", root), ("dog/cat", root / "cat")):
        (root / link).symlink_to(to)
    dataset = gathered(root, strict=True, label_from=rule)
    assert len(dataset.provenance.skipped) == 5
    assert numbers(losses_of(dataset)) == (0, 10, (), False, False)


def test_a_linked_class_folder_that_is_not_followed_is_a_lost_class(lay):
    root = lay({"cat": (15, 0), "dog": (15, 0), "../elsewhere/owl": (3, 0)})
    (root / "owl").symlink_to(root.parent / "elsewhere" / "owl")
    with pytest.raises(DataError, match="nothing in owl can be used"):
        gathered(root, strict=True)
    assert gathered(root, strict=True, follow_links=True).classes == ("cat", "dog", "owl")


def test_a_lost_class_among_whole_paths_is_named_by_its_path(lay):
    root = lay({"a/cat": (15, 0), "a/dog": (15, 0), "b/owl": (0, 1)})
    with pytest.raises(DataError, match="nothing in b/owl can be used"):
        gathered(root, strict=True, label_from="path")


@pytest.mark.parametrize(("n_broken", "lost"), [(1, False), (4, True)])
def test_paths_of_classes_count_each_lost_file_once(lay, n_broken, lost):
    root = lay({"a/cat": (10, n_broken), "a/dog": (10, 0), "b": (10, 0)})
    losses = losses_of(gathered(root, label_from="path"))
    assert numbers(losses) == (n_broken, 30 + n_broken, (), lost, lost)


def test_a_lost_class_among_names_is_named(lay):
    root = lay({"all": (0, 0)})
    for label, n in (("cat", 15), ("dog", 15)):
        for i in range(n):
            Image.new("L", (6, 6), 50 + i).save(root / "all" / f"{label}.{i}.png")
    (root / "all" / "owl.0.png").write_bytes(NOT_AN_IMAGE)
    losses = losses_of(gathered(root, label_from="name"))
    assert numbers(losses) == (1, 31, ("owl",), False, True)
    with pytest.raises(DataError, match="nothing in owl can be used"):
        gathered(root, strict=True, label_from="name")


def test_names_without_a_class_are_lost_files(lay):
    root = lay({".": (4, 0)})
    for label in ("cat", "dog"):
        for i in range(5):
            Image.new("L", (6, 6), 50 + i).save(root / f"{label}.{i}.png")
    with pytest.raises(DataError, match=r"4 of 14 files \(28\.6 %\) cannot be used"):
        gathered(root, strict=True, label_from="name")


def listed(root, n_missing):
    rows = [f"{name}/{i}.png,{name}" for name in ("cat", "dog") for i in range(10)]
    rows += [f"cat/gone{i}.png,cat" for i in range(n_missing)]
    path = root / "labels.csv"
    path.write_text("\n".join(["path,label", *rows]))
    return path


def test_a_strict_list_may_lack_few_files_but_not_many(lay):
    root = lay({"cat": (10, 0), "dog": (10, 0)})
    assert len(gathered(listed(root, 2), strict=True).provenance.skipped) == 2
    path = listed(root, 3)
    assert numbers(losses_of(gathered(path))) == (3, 23, (), True, True)
    with pytest.raises(DataError, match=r"labels\.csv 3 of 23 files \(13\.0 %\) cannot be used"):
        gathered(path, strict=True)


def test_a_strict_list_may_not_lose_a_class(lay):
    root = lay({"cat": (10, 0), "dog": (10, 0)})
    path = listed(root, 0)
    path.write_text(f"{path.read_text()}\nowl/0.png,owl\n")
    with pytest.raises(DataError, match="nothing in owl can be used"):
        gathered(path, strict=True)


@pytest.mark.parametrize(("n_broken", "lost"), [(2, False), (3, True)])
def test_a_strict_table_of_images_may_lose_few_but_not_many(lay, n_broken, lost):
    root = lay({"cat": (9, 0), "dog": (9, 0)})
    images = [path.read_bytes() for path in sorted(root.rglob("*.png"))] + n_broken * [b"broken"]
    labels = [*(9 * ["cat"]), *(9 * ["dog"]), *(n_broken * ["cat"])]
    path = root / "train.parquet"
    parquet.write_table(pa.table({"image": images, "label": labels}), path)
    losses = losses_of(gathered(path))
    assert (losses.n_lost, losses.n_files, losses.what) == (n_broken, 18 + n_broken, "images")
    if lost:
        with pytest.raises(DataError, match=r"3 of 21 images \(14\.3 %\) cannot be used"):
            gathered(path, strict=True)
    else:
        assert gathered(path, strict=True).classes == ("cat", "dog")


def test_a_source_that_leaves_nothing_out_has_no_use_for_strict():
    with pytest.raises(DataError, match="`strict` is for"):
        gathered("digits", strict=True)
