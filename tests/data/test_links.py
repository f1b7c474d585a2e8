import pytest
from PIL import Image

from tenfold.core.errors import DataError
from tenfold.experiment.gather import gather

OUTSIDE = "a link to outside the folder"
AGAIN = "the same folder as one that is read already"


@pytest.fixture
def lay(tmp_path):
    """Write three small pictures into each folder below `tmp_path/<root>`; return that."""

    def write(root, *folders):
        for level, folder in enumerate(folders):
            (tmp_path / root / folder).mkdir(parents=True)
            for i in range(3):
                picture = Image.new("L", (6, 6), 50 + 3 * level + i)
                picture.save(tmp_path / root / folder / f"{i}.png")
        return tmp_path / root

    return write


def gathered(root, *, follow, **options):
    told: list[str] = []
    dataset = gather(str(root), follow_links=follow, say=told.append, **options)
    return dataset, " ".join(told)


def files(dataset):
    return sorted([*dataset.train.files, *dataset.test.files])


def three(folder):
    return [f"{folder}/{i}.png" for i in range(3)]


def test_linked_files_are_read_only_when_they_are_followed(lay):
    root, elsewhere = lay("root", "cat", "dog"), lay("elsewhere", "cat")
    (root / "cat" / "linked.png").symlink_to(elsewhere / "cat" / "0.png")
    dataset, story = gathered(root, follow=False)
    assert files(dataset) == [*three("cat"), *three("dog")]
    assert dataset.provenance.skipped == (("cat/linked.png", OUTSIDE),)
    assert "Links to outside the folder are followed only with --follow-links" in story
    dataset, story = gathered(root, follow=True)
    assert files(dataset) == [*three("cat"), "cat/linked.png", *three("dog")]
    assert dataset.provenance.skipped == ()
    assert "--follow-links" not in story


def test_a_link_to_a_file_inside_the_folder_is_read(lay):
    root = lay("root", "cat", "dog")
    (root / "cat" / "linked.png").symlink_to(root / "dog" / "0.png")
    dataset, _ = gathered(root, follow=False)
    assert "cat/linked.png" in files(dataset)
    assert dataset.provenance.skipped == ()


def test_linked_class_folders_are_classes_only_when_they_are_followed(lay):
    root, elsewhere = lay("root", "cat", "dog"), lay("elsewhere", "owl")
    (root / "owl").symlink_to(elsewhere / "owl")
    dataset, _ = gathered(root, follow=False)
    assert dataset.classes == ("cat", "dog")
    assert dataset.provenance.skipped == (("owl", OUTSIDE),)
    dataset, _ = gathered(root, follow=True)
    assert dataset.classes == ("cat", "dog", "owl")
    assert files(dataset) == [*three("cat"), *three("dog"), *three("owl")]


@pytest.mark.parametrize("within", ["", "train"])
def test_a_folder_of_links_only_names_the_option_that_reads_it(lay, tmp_path, within):
    elsewhere, root = lay("elsewhere", "cat", "dog"), tmp_path / "root" / within
    root.mkdir(parents=True)
    for name in ("cat", "dog"):
        (root / name).symlink_to(elsewhere / name)
    with pytest.raises(DataError, match="2 are links to outside the folder; with `follow_links`"):
        gathered(tmp_path / "root", follow=False)
    dataset, _ = gathered(tmp_path / "root", follow=True)
    assert dataset.classes == ("cat", "dog")
    assert len(files(dataset)) == 6


def test_class_folders_of_linked_files_only_name_the_option_that_reads_them(lay, tmp_path):
    elsewhere, root = lay("elsewhere", "cat", "dog"), tmp_path / "root"
    for path in three("cat") + three("dog"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).symlink_to(elsewhere / path)
    with pytest.raises(DataError, match="6 are links to outside the folder; with `follow_links`"):
        gathered(root, follow=False)
    assert files(gathered(root, follow=True)[0]) == [*three("cat"), *three("dog")]


@pytest.mark.parametrize("rule", ["folder", "name"])
def test_a_linked_train_folder_beside_a_test_folder_names_the_option_that_reads_it(lay, rule):
    root, elsewhere = lay("root", "test/cat", "test/dog"), lay("elsewhere", "cat", "dog")
    (root / "train").symlink_to(elsewhere)
    for place in (root / "test", elsewhere):
        for path in list(place.rglob("*.png")):
            path.rename(path.with_name(f"{path.parent.name}.{path.name}"))
    with pytest.raises(DataError, match="train is a link to outside .*With `follow_links` it is"):
        gathered(root, follow=False, label_from=rule)
    dataset, _ = gathered(root, follow=True, label_from=rule)
    assert (len(dataset.train), len(dataset.test)) == (6, 6)
    assert dataset.classes == ("cat", "dog")


@pytest.mark.parametrize("rule", ["folder", "path"])
def test_loops_through_folders_outside_end(lay, rule):
    root, elsewhere = lay("root", "cat", "dog"), lay("elsewhere", "owl")
    (root / "owl").symlink_to(elsewhere / "owl")
    (elsewhere / "owl" / "back").symlink_to(root)
    (elsewhere / "owl" / "self").symlink_to(elsewhere / "owl")
    dataset, _ = gathered(root, follow=True, label_from=rule)
    assert dataset.classes == ("cat", "dog", "owl")
    assert len(files(dataset)) == 9
    assert dict(dataset.provenance.skipped) == dict.fromkeys(["owl/back", "owl/self"], AGAIN)


@pytest.mark.parametrize("rule", ["folder", "path"])
def test_each_real_folder_is_read_once(lay, rule):
    root, elsewhere = lay("root", "cat", "dog"), lay("elsewhere", "owl")
    (root / "another-cat").symlink_to(root / "cat")
    (root / "bird").symlink_to(elsewhere / "owl")
    (root / "owl").symlink_to(elsewhere / "owl")
    dataset, _ = gathered(root, follow=True, label_from=rule)
    assert files(dataset) == [*three("bird"), *three("cat"), *three("dog")]
    assert dict(dataset.provenance.skipped) == {"another-cat": AGAIN, "owl": AGAIN}
