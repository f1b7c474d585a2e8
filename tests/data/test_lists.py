from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError
from tenfold.core.rendering import Rendering
from tenfold.data.lists import gather_list
from tenfold.data.sources import source_for
from tenfold.report.skipped import skipped_sentences

NAMES = [f"{i}.png" for i in range(8)]
LABELS = ["cat", "dog"] * 4
ROWS = [f"{name},{label}" for name, label in zip(NAMES, LABELS, strict=True)]


@pytest.fixture
def pictures(tmp_path):
    """Make grey squares, each of another level, below the folder of the list."""

    def make(names=NAMES, folder=""):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        for level, name in enumerate(names, start=100):
            Image.new("L", (6, 6), level).save(tmp_path / folder / name)

    return make


@pytest.fixture
def gathered(tmp_path):
    """Write a list from its lines, or from a text or bytes, and gather it."""

    def gather(content, name="labels.csv", groups=None):
        if isinstance(content, list):
            content = "\n".join(content)
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return gather_list(path, Rendering(4), groups=groups)

    return gather


def labelled(dataset):
    """The class of each file, whatever set it is in."""
    return {
        file: dataset.classes[label]
        for part in (dataset.train, dataset.test)
        for file, label in zip(part.files, part.labels, strict=True)
    }


def said(dataset):
    return " ".join(dataset.provenance.notes)


def reasons(dataset):
    return dict(dataset.provenance.skipped)


EXPECTED = dict(zip(NAMES, LABELS, strict=True))


def test_a_list_gives_each_file_its_class(pictures, gathered):
    pictures()
    dataset = gathered(["path,label", *ROWS])
    assert labelled(dataset) == EXPECTED
    assert (len(dataset.train), len(dataset.test)) == (6, 2)
    for file, image in zip(dataset.train.files, dataset.train.images[:], strict=True):
        assert np.all(image == 100 + int(Path(file).stem))
    assert dataset.provenance.skipped == ()
    assert "'path' as files and 'label' as classes" in said(dataset)
    assert "folder" not in said(dataset)


def test_the_same_list_gives_the_same_sets(pictures, gathered):
    pictures()
    rows = ["path,label", *ROWS]
    assert gathered(rows).digests() == gathered(["path,label", *reversed(ROWS)]).digests()


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffpath,label\r\n" + "\r\n".join(ROWS) + "\r\n",
        "path;label\n" + "\n".join(ROWS).replace(",", ";"),
        "sep=;\r\npath;label\r\n" + "\r\n".join(ROWS).replace(",", ";"),
        "path\tlabel\n" + "\n".join(ROWS).replace(",", "\t"),
        "path label\n" + "\n".join(ROWS).replace(",", " "),
        '"path","label"\n' + "\n".join(f'"{n}", "{c}"' for n, c in EXPECTED.items()),
        "path,label\n\n" + "\n,\n\n".join(ROWS) + "\n\n",
        "path , label\n" + "\n".join(ROWS).replace(",", " , "),
        "path,label\r" + "\r".join(ROWS),
        ("path,label\n" + "\n".join(ROWS)).encode("utf-16"),
        "label,path\n" + "\n".join(f"{c},.\\{n}" for n, c in EXPECTED.items()),
        "path,label,\n" + ",\n".join(ROWS) + ",",
    ],
    ids=[
        *("mark", "semicolons", "sep", "tabs", "spaces", "quotes", "blank-lines"),
        *("spaces-around", "old-mac", "utf-16", "backslashes", "empty-column"),
    ],
)
def test_a_list_may_be_written_as_spreadsheets_and_scripts_do(pictures, gathered, content):
    pictures()
    dataset = gathered(content)
    assert labelled(dataset) == EXPECTED
    assert dataset.provenance.skipped == ()


def test_a_list_in_the_code_page_of_windows_keeps_its_accents(pictures, gathered):
    pictures()
    text = "\n".join(["path,label", *ROWS]).replace("cat", "bébé")
    assert gathered(text.encode("cp1252")).classes == ("bébé", "dog")


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("file_name,class", "{file},{label}"),
        ("Image ID,target", "{file},{label}"),
        ("image,class", "{file},{label}"),
        ("id,breed", "{file},{label}"),
        ("Image,Id", "{file},{label}"),
        ("filepaths,labels", "{file},{label}"),
        (",filename,class_id,label,class_name", "7,{file},1,x,{label}"),
        ("photo_uri,category", "{file},{label}"),
    ],
)
def test_columns_go_by_their_usual_names(pictures, gathered, header, row):
    pictures()
    rows = [row.format(file=name, label=label) for name, label in EXPECTED.items()]
    assert labelled(gathered([header, *rows])) == EXPECTED


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("a,b", r"first line is 'a' and 'b'\. Or, if that line is no header: there is no file 'a'"),
        ("path,label,class", "'label' and 'class' may each be the column of classes"),
        (
            "path,a,b",
            r"called path, file, filename, image or id, .* category or target\. Use these names",
        ),
    ],
)
def test_refuses_columns_that_are_not_clear(pictures, gathered, header, message):
    pictures()
    with pytest.raises(DataError, match=message):
        gathered([header, *ROWS])


@pytest.mark.parametrize("mark", [",", " ", "\t", ";"])
def test_a_list_without_a_header_is_read_if_its_first_file_is_there(pictures, gathered, mark):
    pictures()
    dataset = gathered("\n".join(ROWS).replace(",", mark), "labels.txt")
    assert labelled(dataset) == EXPECTED
    assert "labels.txt has no header: its first column is read as files" in said(dataset)


def test_a_class_that_is_called_like_a_column_makes_no_header(pictures, gathered):
    pictures()
    dataset = gathered([row.replace("cat", "target") for row in ROWS])
    assert len(labelled(dataset)) == 8


def test_a_list_without_a_header_may_have_sets(pictures, gathered):
    pictures()
    dataset = gathered([f"{row},{'test' if i < 4 else 'train'}" for i, row in enumerate(ROWS)])
    assert set(dataset.test.files) == set(NAMES[:4])


@pytest.mark.parametrize("ending", ["", ".png"])
def test_kaggles_labels_lie_beside_the_folder_of_training_images(pictures, gathered, ending):
    pictures(folder="train")
    pictures(["0.png", "9.png"], "test")
    rows = [f"{Path(name).stem}{ending},{label}" for name, label in EXPECTED.items()]
    dataset = gathered(["id,label", *rows, f"9{ending},cat"], "trainLabels.csv")
    assert labelled(dataset) == {f"train/{name}": label for name, label in EXPECTED.items()}
    assert reasons(dataset) == {f"train/9{ending}": "listed, but not there"}
    assert f"lie in {Path(dataset.provenance.location).parent / 'train'}" in said(dataset)


@pytest.mark.parametrize("folder", ["images", "the only one", ".."])
def test_files_are_found_in_a_folder_beside_or_around_the_list(pictures, tmp_path, folder):
    place = tmp_path / "data"
    place.mkdir()
    pictures(folder=f"data/{folder}")
    (place / "labels.csv").write_text("\n".join(["path,label", *ROWS]))
    dataset = gather_list(place / "labels.csv", Rendering(4))
    assert len(labelled(dataset)) == 8


def test_paths_that_are_whole_or_lead_out_of_the_folder_are_read(pictures, tmp_path):
    pictures(NAMES[:4], "one")
    pictures(NAMES[4:], "two")
    (tmp_path / "lists").mkdir()
    rows = [f"../one/{row}" for row in ROWS[:4]] + [f"{tmp_path}/two/{row}" for row in ROWS[4:]]
    (tmp_path / "lists/labels.csv").write_text("\n".join(["path,label", *rows]))
    found = labelled(gather_list(tmp_path / "lists/labels.csv", Rendering(4)))
    assert set(found) == {
        *(f"../one/{name}" for name in NAMES[:4]),
        *(f"{tmp_path}/two/{name}" for name in NAMES[4:]),
    }


def test_accents_may_be_composed_in_the_list_and_decomposed_on_the_disk(pictures, gathered):
    pictures(["e\u0301.png", *NAMES])
    assert len(labelled(gathered(["path,label", *ROWS, "\u00e9.png,cafe\u0301", "0.png,cat"]))) == 9


def test_every_row_that_cannot_be_used_is_counted_with_its_reason(pictures, gathered, tmp_path):
    pictures([*NAMES, "both.png", "both.jpg", "twice.png", "again.png"])
    (tmp_path / "text.png").write_text("no image")
    dataset = gathered(
        [
            "path,label",
            *ROWS,
            "gone.png,cat",
            "unlabelled.png,",
            "short.png",
            "long.png,cat,what",
            ",cat",
            "https://example.org/a.png,cat",
            "both,cat",
            "twice.png,cat",
            "./twice.png,dog",
            "again.png,dog",
            "again.png,dog",
            "text.png,dog",
        ]
    )
    assert labelled(dataset) == {**EXPECTED, "again.png": "dog"}
    found = reasons(dataset)
    assert "listed" not in found.pop("text.png")
    assert found == {
        "gone.png": "listed, but not there",
        "unlabelled.png": "listed, but without a label",
        "short.png": "listed, but without a label",
        "long.png": "listed, but with more fields than columns: 3 of 2",
        "line 14": "listed, but without a file",
        "https://example.org/a.png": "listed, but by a web address, which is not fetched",
        "both": "listed, but without its ending, and both.jpg and both.png fit",
        "twice.png": "listed, but with different labels: cat and dog",
    }
    assert "such as again.png, is listed more than once in the same way, and read once" in said(
        dataset
    )
    assert "2 images in the folders of these files, such as both.jpg, are not in the list" in said(
        dataset
    )


def test_sets_of_a_list_are_kept(pictures, gathered):
    pictures()
    sets = ["Training", "train", "val", "VALID", "test", "testing", "train", "train"]
    rows = [f"{row},{each}" for row, each in zip(ROWS, sets, strict=True)]
    dataset = gathered(["path,label,split", *rows])
    assert set(dataset.test.files) == {"4.png", "5.png"}
    assert {dataset.train.files[i] for i in dataset.given_validation} == {"2.png", "3.png"}
    assert "The 2 images of the validation rows of labels.csv are the validation set" in said(
        dataset
    )


def test_validation_rows_are_the_test_set_where_there_is_no_other(pictures, gathered):
    pictures()
    rows = [f"{row},{'val' if i < 2 else 'train'}" for i, row in enumerate(ROWS)]
    dataset = gathered(["path,label,set", *rows])
    assert set(dataset.test.files) == {"0.png", "1.png"}
    assert dataset.given_validation is None


def test_files_of_a_set_are_looked_for_in_its_folder(pictures, gathered):
    pictures(folder="train")
    pictures(NAMES[:2], folder="test")
    rows = [f"{row},train" for row in ROWS] + [f"{row},test" for row in ROWS[:2]]
    dataset = gathered(["path,label,split", *rows])
    assert set(dataset.test.files) == {"test/0.png", "test/1.png"}


def test_refuses_names_of_sets_that_mean_none(pictures, gathered):
    pictures()
    with pytest.raises(
        DataError, match=r"'split' of .* holds 'B' and 'C', .*Expected train, train"
    ):
        gathered(
            [
                "path,label,split",
                *(f"{row},{'train' if i else 'B'}" for i, row in enumerate(ROWS)),
                "x,cat,C",
            ]
        )


def test_a_column_of_numbers_does_not_name_sets(pictures, gathered):
    pictures()
    dataset = gathered(["path,label,fold", *(f"{row},{i}" for i, row in enumerate(ROWS))])
    assert len(labelled(dataset)) == 8
    assert "'fold' holds numbers and not the names of sets" in said(dataset)


def test_a_file_in_two_sets_is_left_out(pictures, gathered):
    pictures()
    rows = [f"{row},train" for row in ROWS[:7]]
    dataset = gathered(["path,label,split", *rows, f"{ROWS[7]},test", "0.png,cat,test"])
    assert set(dataset.train.files) == set(NAMES[1:7])
    assert dataset.test.files == ("7.png",)
    assert reasons(dataset) == {"0.png": "listed, but with different sets: test and train"}


def test_what_a_list_lacks_is_summed_up_by_folder_and_reason(pictures, gathered):
    pictures(folder="a")
    rows = [f"a/{row}" for row in ROWS]
    lost = [f"{folder}/gone-{i}.png,cat" for folder in "ab" for i in range(4)]
    lines = skipped_sentences(gathered(["path,label", *rows, *lost, "lost,dog", ",dog"]))
    assert lines == (
        "Skipped line 19: listed, but without a file",
        "Skipped 4 of 12 files in a (such as gone-0.png, gone-1.png and gone-2.png): listed, but "
        "not there",
        "Skipped 4 of 4 files in b (such as gone-0.png, gone-1.png and gone-2.png): listed, but "
        "not there",
        "Skipped lost: listed, but not there",
        "Look at these files before you continue: 10 of 18 files (55.6 %) cannot be used.",
    )


def test_the_first_file_of_a_list_that_cannot_be_read_is_no_folder(pictures, gathered, tmp_path):
    pictures()
    (tmp_path / "text.png").write_text("no image")
    lines = skipped_sentences(gathered(["path,label", *ROWS, "text.png,cat"]))
    assert len(lines) == 2
    assert lines[0].startswith("Skipped text.png: ")
    assert "1 of 9 files (11.1 %) cannot be used." in lines[1]


def test_a_test_set_that_is_all_lost_is_not_replaced(pictures, gathered):
    pictures()
    rows = [f"{row},train" for row in ROWS]
    with pytest.raises(DataError, match="No image in the test rows of labels.csv can be read. Put"):
        gathered(["path,label,split", *rows, "gone.png,cat,test"])


def test_numbers_sort_as_numbers_and_names_are_trimmed(pictures, gathered):
    pictures()
    classes = ["10", " 2 "] * 4
    rows = [f"{name},{label}" for name, label in zip(NAMES, classes, strict=True)]
    assert gathered(["path,label", *rows]).classes == ("2", "10")


def test_classes_without_a_file_or_an_image_are_named(pictures, gathered, tmp_path):
    pictures()
    (tmp_path / "text.png").write_text("no image")
    dataset = gathered(["path,label", *ROWS, "gone.png,cow", "text.png,hen"])
    assert dataset.classes == ("cat", "dog")
    assert "cow holds no files, so it is not a class." in said(dataset)
    assert "No image in hen can be read, so it is not a class." in said(dataset)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "has no rows"),
        ("path,label\n", "a header but no rows"),
        (b"PK\3\4rest", "it is a zip file. Expected rows of text"),
        (b"path,label\n\0\0\0", "it is not a text"),
        ('path,label\n0.png,cat\n"1.png,dog\n2.png,cat', r"from line 3 on: .* must end it"),
        ("path,label\ngone.png,cat", r"No file that .* \(gone.png: listed, but not there\)"),
        ("path,label\n0.png,cat\n2.png,cat", "received one, 'cat', in labels.csv. Add rows"),
        ("path,label,split\n0.png,cat,test", "gives no image for training. Expected rows"),
        ("0.png\n1.png", "Its rows have one column, such as '0.png'"),
    ],
)
def test_refuses_what_is_not_a_list_of_images(pictures, gathered, content, message):
    pictures()
    with pytest.raises(DataError, match=message):
        gathered(content)


def test_a_list_is_known_by_its_ending_there_or_not(tmp_path):
    for name in ("labels.csv", "LABELS.TSV", "list.txt"):
        assert source_for(DataRequest(str(tmp_path / name))).name == "list"
    with pytest.raises(DataError, match="There is no file .*gone.csv"):
        gather_list(tmp_path / "gone.csv")


PEOPLE = [f"{row},{'anna' if i < 2 else 'ben' if i < 4 else f'p{i}'}" for i, row in enumerate(ROWS)]


def test_groups_of_a_list_are_numbered_and_kept_whole(pictures, gathered):
    pictures()
    dataset = gathered(["path,label,person", *PEOPLE], groups="Person")
    of_group: dict[int, set[str]] = {}
    for file, group in zip(dataset.train.files, dataset.groups, strict=True):
        of_group.setdefault(group, set()).add(file)
    together = [{"0.png", "1.png"}, {"2.png", "3.png"}]
    for pair in together:
        assert pair in of_group.values() or pair <= set(dataset.test.files)
    assert len(dataset.test) > 0
    assert "6 groups of images. No group is divided" in said(dataset)


def test_a_row_without_a_group_stands_for_itself(pictures, gathered):
    pictures()
    rows = [f"{row},{'anna' if i < 2 else ''}" for i, row in enumerate(ROWS)]
    dataset = gathered(["path,label,person", *rows], groups="person")
    assert "1 group of images; 6 images without one stand alone." in said(dataset)
    in_train = {"0.png", "1.png"} <= set(dataset.train.files)
    assert len(set(dataset.groups.tolist())) == len(dataset.train) - in_train


@pytest.mark.parametrize(
    ("header", "groups", "message"),
    [
        ("path,label,person", "patient", "'person'; received 'patient'"),
        (None, "person", "has no header, so that no column is called 'person'"),
    ],
)
def test_refuses_a_column_of_groups_that_is_not_there(pictures, gathered, header, groups, message):
    pictures()
    with pytest.raises(DataError, match=message):
        gathered([*([header] if header else []), *PEOPLE], groups=groups)


def test_refuses_sets_that_divide_a_group(pictures, gathered):
    pictures()
    rows = [f"{row},{'test' if i in (0, 7) else 'train'}" for i, row in enumerate(PEOPLE)]
    with pytest.raises(
        DataError, match=r"divide 1 of 6 groups, such as 'anna' \(1 image in train, 1"
    ):
        gathered(["path,label,person,split", *rows], groups="person")
