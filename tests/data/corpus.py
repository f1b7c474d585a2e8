"""Folders and files as people bring them: how each is made, and the right result.

Each case is a function that makes its input below a folder, and says what to ask for and what is
right. `tests/data/test_corpus.py` runs them all.
"""

import gzip
import io
import struct
import tarfile
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

TWO = ("cat", "dog")


@dataclass(frozen=True)
class Right:
    """The right result of gathering.

    Attributes:
        data: What is asked for.
        classes: The names of the classes; empty where it is refused.
        n: Images for training, among them those given for validation, and for test.
        says: Words that the story has.
        error: Words that the error has, where it is refused.
        skipped: How many files are left out by name.
        given: How many images the data holds out for validation.
        options: What is asked for beside `data`.
    """

    data: Path
    classes: tuple[str, ...] = ()
    n: tuple[int, int] = (0, 0)
    says: tuple[str, ...] = ()
    error: tuple[str, ...] = ()
    skipped: int = 0
    given: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


Case = Callable[[Path], Right]
CASES: dict[str, Case] = {}


def case(make: Case) -> Case:
    """Add a case to the corpus."""
    CASES[make.__name__] = make
    return make


def paint(path: Path, level: int = 100, **options: Any) -> Path:
    """Write one small picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (6, 6), level).save(path, **options)
    return path


def lay(root: Path, folders: Mapping[str, int], suffix: str = ".png") -> Path:
    """Write this many pictures into each folder, each with a different brightness."""
    root.mkdir(parents=True, exist_ok=True)
    level = 60
    for folder, n in folders.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        for i in range(n):
            level = 60 + (level - 59) % 190
            paint(root / folder / f"{i}{suffix}", level)
    return root


def sets(*parts: str, classes: tuple[str, ...] = TWO, n: int = 3) -> dict[str, int]:
    """So many pictures for each class in each part."""
    return {f"{part}/{name}": n for part in parts for name in classes}


# Layouts


@case
def one_folder_a_class(at: Path) -> Right:
    return Right(lay(at / "pets", {"cat": 10, "dog": 10}), TWO, (16, 4), ("fixed 20 %",))


@case
def train_and_test(at: Path) -> Right:
    return Right(lay(at, sets("train", "test")), TWO, (6, 6))


@case
def ants_and_bees(at: Path) -> Right:
    root = lay(at, sets("train", "val", classes=("ants", "bees")))
    return Right(root, ("ants", "bees"), (6, 6), ("val is the test set",))


@case
def three_sets(at: Path) -> Right:
    root = lay(at, sets("Training", "valid", "Testing"))
    return Right(root, TWO, (12, 6), ("validation set of this run",), given=6)


@case
def only_a_train_folder(at: Path) -> Right:
    return Right(lay(at, sets("train", n=5)), TWO, (8, 2), ("only the folder train",))


@case
def test_without_train(at: Path) -> Right:
    return Right(lay(at, sets("test", "val")), error=("no folder called train",))


@case
def two_folders_for_one_set(at: Path) -> Right:
    return Right(lay(at, sets("train", "val", "valid")), error=("val and valid", "the same"))


@case
def a_folder_around_everything(at: Path) -> Right:
    return Right(
        lay(at / "up", {"pets/cat": 5, "pets/dog": 5}), TWO, (8, 2), ("contains everything else",)
    )


@case
def sets_inside_a_folder_around_everything(at: Path) -> Right:
    return Right(
        lay(at, sets("archive/v1/train", "archive/v1/test")), TWO, (6, 6), ("everything else",)
    )


@case
def a_level_too_high(at: Path) -> Right:
    root = lay(at, {**sets("pets/train", "pets/test"), **sets("cars/train", "cars/test")})
    return Right(root, error=("a level too high", str(root / "cars")))


@case
def a_level_too_deep(at: Path) -> Right:
    root = lay(at, {"cat": 3, "dog": 3})
    return Right(root / "cat", error=("has no class folders", f"give {root}"))


@case
def sets_inside_the_classes(at: Path) -> Right:
    root = lay(at, {f"{c}/{part}": 2 for c in TWO for part in ("train", "test")})
    return Right(root, error=("other way round",))


@case
def nested_folders_by_the_first_level(at: Path) -> Right:
    root = lay(at, {"animals/cats": 5, "animals/dogs": 5, "cars/old": 5, "cars/new": 5})
    return Right(root, ("animals", "cars"), (16, 4), ("folders of the first level",))


@case
def one_class_only(at: Path) -> Right:
    return Right(lay(at, {"cat": 5}), error=("at least two classes",))


@case
def images_without_classes(at: Path) -> Right:
    return Right(lay(at, {".": 5}), error=("has no class folders",))


@case
def an_empty_folder(at: Path) -> Right:
    at.mkdir(exist_ok=True)
    return Right(at, error=("holds no files",))


@case
def a_folder_that_is_not_there(at: Path) -> Right:
    return Right(at / "missing", error=("missing", "no images called"))


@case
def an_empty_class_folder(at: Path) -> Right:
    root = lay(at, {"cat": 5, "dog": 5, "owl": 0})
    return Right(root, TWO, (8, 2), ("owl holds no files",))


@case
def a_class_that_the_test_set_lacks(at: Path) -> Right:
    root = lay(at, {**sets("train", "test"), "train/owl": 3})
    return Right(root, ("cat", "dog", "owl"), (9, 6), ("The test set has no image of owl",))


@case
def a_class_that_the_train_set_lacks(at: Path) -> Right:
    root = lay(at, {**sets("train", "test"), "test/owl": 3})
    return Right(root, error=("The class 'owl' of ",))


@case
def leftovers_of_systems(at: Path) -> Right:
    root = lay(at, {"cat": 5, "dog": 5, "__MACOSX/cat": 2, "@eaDir": 2, ".ipynb_checkpoints": 1})
    for name in ("Thumbs.db", "desktop.ini", "._0.png", ".DS_Store"):
        (root / "cat" / name).write_bytes(b"leftover")
    return Right(root, TWO, (8, 2))


@case
def files_beside_the_class_folders(at: Path) -> Right:
    root = lay(at, {"cat": 5, "dog": 5})
    (root / "README.md").write_text("Pets.")
    return Right(root, TWO, (8, 2), ("README.md", "outside the class folders"), skipped=1)


@case
def names_in_two_spellings_of_unicode(at: Path) -> Right:
    spelt = [unicodedata.normalize(form, "café") for form in ("NFC", "NFD")]
    root = lay(at, {f"train/{spelt[0]}": 3, "train/bar": 3, f"test/{spelt[1]}": 3, "test/bar": 3})
    return Right(root, ("bar", spelt[0]), (6, 6))


@case
def names_that_differ_in_capitals(at: Path) -> Right:
    root = lay(at, {"Apple": 5, "apple": 5, "pear": 5})
    return Right(root, ("Apple", "apple", "pear"), (12, 3), ("differ only in capitals",))


@case
def numbers_as_names(at: Path) -> Right:
    return Right(lay(at, {"10": 5, "2": 5, "1": 5}), ("1", "2", "10"), (12, 3))


@case
def names_in_emoji_and_from_right_to_left(at: Path) -> Right:
    root = lay(at, {"🐈": 5, "كلب": 5, 'a,b"c$d': 5})
    return Right(root, ('a,b"c$d', "كلب", "🐈"), (12, 3))


@case
def links_that_loop(at: Path) -> Right:
    root = lay(at, {"cat": 5, "dog": 5})
    (root / "cat" / "up").symlink_to(root)
    return Right(root, TWO, (8, 2), skipped=1)


@case
def a_broken_link(at: Path) -> Right:
    root = lay(at, {"cat": 5, "dog": 5})
    (root / "cat" / "gone.png").symlink_to(root / "cat" / "nothing.png")
    return Right(root, TWO, (8, 2), skipped=1)


# Links, rules for labels, and what is lost


def named(root: Path, *folders: str) -> Path:
    """Five pictures of each class in each folder, which their names carry."""
    for folder in folders:
        for label in TWO:
            for i in range(5):
                paint(root / folder / f"{label}.{i}.png", 60 + i)
    return root


@case
def links_to_class_folders(at: Path) -> Right:
    lay(at / "elsewhere", {"cat": 5, "dog": 5})
    root = at / "root"
    root.mkdir()
    for name in TWO:
        (root / name).symlink_to(at / "elsewhere" / name)
    return Right(root, error=("2 are links to outside the folder", "`follow_links`"))


@case
def links_to_class_folders_that_are_followed(at: Path) -> Right:
    root = links_to_class_folders(at).data
    return Right(root, TWO, (8, 2), options={"follow_links": True})


@case
def links_to_files(at: Path) -> Right:
    root, owl = lay(at / "root", {"cat": 5, "dog": 5}), paint(at / "elsewhere" / "owl.png")
    (root / "cat" / "owl.png").symlink_to(owl)
    return Right(root, TWO, (8, 2), ("only with --follow-links",), skipped=1)


@case
def a_link_to_the_training_images(at: Path) -> Right:
    lay(at / "elsewhere", {"cat": 3, "dog": 3})
    root = lay(at / "root", sets("test"))
    (root / "train").symlink_to(at / "elsewhere")
    return Right(root, error=("train is a link to outside the folder", "`follow_links`"))


@case
def nested_folders_by_their_paths(at: Path) -> Right:
    root = lay(at, {"animals/cats": 5, "animals/dogs": 5, "cars": 5})
    classes = ("animals/cats", "animals/dogs", "cars")
    return Right(root, classes, (12, 3), ("'animals/cats'",), options={"label_from": "path"})


@case
def sets_of_nested_folders_by_their_paths(at: Path) -> Right:
    root = lay(at, sets("train", "test", classes=("a/cat", "a/dog")))
    return Right(root, ("a/cat", "a/dog"), (6, 6), options={"label_from": "path"})


@case
def names_that_carry_the_classes(at: Path) -> Right:
    return Right(named(at, "."), error=("(cat and dog)", "`label_from='name'`"))


@case
def names_that_are_read_as_classes(at: Path) -> Right:
    root = named(at, ".")
    paint(root / "0001.png")
    says = ("without the number at their end", "Skipped 0001.png: no class in its name")
    return Right(root, TWO, (8, 2), says, skipped=1, options={"label_from": "name"})


@case
def sets_whose_names_are_read_as_classes(at: Path) -> Right:
    root = named(at, "train", "test")
    return Right(root, TWO, (10, 10), options={"label_from": "name"})


@case
def names_without_classes(at: Path) -> Right:
    root = lay(at, {".": 5})
    return Right(root, error=("no class in its name",), options={"label_from": "name"})


@case
def a_tenth_that_is_lost(at: Path) -> Right:
    root = lay(at, {"cat": 9, "dog": 9})
    for i in range(2):
        (root / "cat" / f"bad{i}.png").write_bytes(b"bad")
    return Right(root, TWO, (14, 4), skipped=2, options={"strict": True})


@case
def more_than_a_tenth_that_is_lost(at: Path) -> Right:
    root = a_tenth_that_is_lost(at).data
    (root / "dog" / "bad.png").write_bytes(b"bad")
    return Right(root, error=("3 of 21 files", "`strict`"), options={"strict": True})


@case
def a_class_that_is_lost(at: Path) -> Right:
    root = lay(at, {"cat": 9, "dog": 9, "owl": 0})
    (root / "owl" / "bad.png").write_bytes(b"bad")
    return Right(root, error=("nothing in owl can be used",), options={"strict": True})


@case
def images_beside_a_list(at: Path) -> Right:
    path = listed(at, "path,label\n" + rows("pictures/{i}.png,{label}"))
    return Right(at / "pictures", error=(f"`data='{path}'`",))


# Small, rare and damaged


@case
def three_images_a_class(at: Path) -> Right:
    return Right(lay(at, {"cat": 3, "dog": 3}), TWO, (4, 2))


@case
def a_class_of_one_image(at: Path) -> Right:
    root = lay(at, {"cat": 10, "dog": 10, "owl": 1})
    return Right(root, ("cat", "dog", "owl"), (17, 4), ("The test set has no image of owl",))


@case
def two_images_a_class(at: Path) -> Right:
    return Right(lay(at, {"cat": 2, "dog": 2}), error=("No class has 3 images",))


@case
def a_flood_of_unreadable_files(at: Path) -> Right:
    root = lay(at, {"cat": 10, "dog": 10})
    for i in range(300):
        (root / "cat" / f"{i}.webp").write_bytes(b"not an image")
    return Right(root, TWO, (16, 4), ("300 of 310 files in cat", "Look at these"), skipped=300)


@case
def a_class_without_a_readable_image(at: Path) -> Right:
    root = lay(at, {"cat": 5, "dog": 5, "owl": 0})
    (root / "owl" / "1.png").write_bytes(b"")
    return Right(root, TWO, (8, 2), ("No image in owl can be read",), skipped=1)


@case
def a_file_that_is_cut_short(at: Path) -> Right:
    root = lay(at, {"cat": 5, "dog": 5})
    content = paint(root / "cat" / "cut.png").read_bytes()
    (root / "cat" / "cut.png").write_bytes(content[: len(content) // 2])
    return Right(root, TWO, (8, 2), ("cut.png",), skipped=1)


@case
def a_web_page_called_jpg(at: Path) -> Right:
    root = lay(at, {"cat": 5, "dog": 5})
    (root / "cat" / "page.jpg").write_text("<!doctype html><title>404</title>")
    return Right(root, TWO, (8, 2), ("page.jpg",), skipped=1)


# Kinds of images


@case
def many_formats(at: Path) -> Right:
    formats = ("png", "jpg", "webp", "bmp", "gif", "tiff", "ppm", "pgm", "avif")
    for name in formats:
        for i in range(3):
            paint(at / name / f"{i}.{name}", 100 + i)
    return Right(at, tuple(sorted(formats)), (18, 9))


@case
def a_wrong_suffix(at: Path) -> Right:
    root = lay(at, {"cat": 4, "dog": 5})
    paint(root / "cat" / "4.png", format="JPEG")
    return Right(root, TWO, (8, 2))


@case
def every_mode_of_png(at: Path) -> Right:
    for i, mode in enumerate(("1", "L", "LA", "P", "RGB", "RGBA", "I;16")):
        for name in TWO:
            path = at / name / f"{i}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new(mode, (6, 6), 1).save(path)
    return Right(at, TWO, (12, 2))


@case
def twelve_bits_in_sixteen(at: Path) -> Right:
    for name in TWO:
        (at / name).mkdir(parents=True)
        for i in range(5):
            grey = np.full((6, 6), 4095 - i, np.uint16)
            Image.fromarray(grey).save(at / name / f"{i}.png")
    return Right(at, TWO, (8, 2), ("4,095 as white",))


@case
def masks_of_0_and_1(at: Path) -> Right:
    for name in TWO:
        (at / name).mkdir(parents=True)
        for i in range(5):
            mask = np.eye(6, k=i, dtype=np.uint8)
            Image.fromarray(mask).save(at / name / f"{i}.png")
    return Right(at, TWO, (8, 2), ("1 is white",))


@case
def floating_point_tiff(at: Path) -> Right:
    for name in TWO:
        (at / name).mkdir(parents=True)
        for i in range(5):
            Image.fromarray(np.full((6, 6), i / 4, np.float32)).save(at / name / f"{i}.tif")
    return Right(at, TWO, (8, 2), ("Floating-point images",))


@case
def broken_exif(at: Path) -> Right:
    root = lay(at, {"cat": 4, "dog": 5})
    block = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\xff\xff\xff\xff\x00"
    paint(root / "cat" / "4.jpg", exif=block)
    return Right(root, TWO, (8, 2))


@case
def padded_to_a_square(at: Path) -> Right:
    root = lay(at, {"cat": 5, "dog": 5})
    return Right(root, TWO, (8, 2), ("on white",), options={"fit": "pad", "side_px": 8})


# Files of arrays


def arrays(n: int = 6) -> dict[str, Any]:
    """Made images and labels of two classes, for training and test."""
    images = (np.arange(n * 48, dtype=np.int64) % 251).astype(np.uint8).reshape(n, 4, 4, 3)
    labels = np.arange(n) % 2
    return {"x_train": images, "y_train": labels, "x_test": images[:4], "y_test": labels[:4]}


@case
def an_npz_file(at: Path) -> Right:
    np.savez(at / "set.npz", **arrays())
    return Right(at / "set.npz", ("0", "1"), (6, 4))


@case
def an_npz_file_of_images_and_labels(at: Path) -> Right:
    made = arrays(20)
    np.savez(at / "set.npz", images=made["x_train"], labels=made["y_train"])
    return Right(at / "set.npz", ("0", "1"), (16, 4), ("no test part",))


@case
def an_npz_file_of_medmnist(at: Path) -> Right:
    made = arrays()
    parts = {"train": "train", "val": "test", "test": "test"}
    named: dict[str, Any] = {
        f"{part}_{what}": made[f"{letter}_{of}"]
        for part, of in parts.items()
        for what, letter in (("images", "x"), ("labels", "y"))
    }
    np.savez(at / "set.npz", **named)
    return Right(at / "set.npz", ("0", "1"), (10, 4), given=4)


@case
def an_npz_file_with_a_pickle(at: Path) -> Right:
    np.savez(at / "set.npz", images=np.array([{}, {}], dtype=object), labels=np.arange(2))
    return Right(at / "set.npz", error=("does not unpickle",))


@case
def an_npz_file_that_is_a_web_page(at: Path) -> Right:
    (at / "set.npz").write_text("<html>not found</html>")
    return Right(at / "set.npz", error=("a web page",))


def idx(images: np.ndarray) -> bytes:
    """The bytes of an IDX file."""
    kind = struct.pack(">HBB", 0, 8, images.ndim)
    return kind + struct.pack(f">{images.ndim}I", *images.shape) + images.tobytes()


def write_idx(at: Path, pack: Callable[[bytes], bytes], suffix: str) -> Path:
    for part, n in (("train", 6), ("t10k", 4)):
        images = np.arange(n * 16, dtype=np.uint8).reshape(n, 4, 4)
        labels = (np.arange(n) % 2).astype(np.uint8)
        (at / f"{part}-images-idx3-ubyte{suffix}").write_bytes(pack(idx(images)))
        (at / f"{part}-labels-idx1-ubyte{suffix}").write_bytes(pack(idx(labels)))
    return at


@case
def idx_files(at: Path) -> Right:
    return Right(write_idx(at, bytes, ""), ("0", "1"), (6, 4))


@case
def idx_files_in_gzip(at: Path) -> Right:
    return Right(write_idx(at, lambda raw: gzip.compress(raw, mtime=0), ".gz"), ("0", "1"), (6, 4))


@case
def idx_files_without_labels(at: Path) -> Right:
    write_idx(at, bytes, "")
    (at / "train-labels-idx1-ubyte").unlink()
    return Right(at, error=("train-labels",))


# Lists


def listed(at: Path, text: str | bytes, name: str = "labels.csv") -> Path:
    """Ten pictures in a folder, and a list next to it."""
    lay(at, {"pictures": 10})
    content = text.encode() if isinstance(text, str) else text
    (at / name).write_bytes(content)
    return at / name


def rows(pattern: str, n: int = 10) -> str:
    """A row for each picture, of one class and the other in turns."""
    return "".join(pattern.format(i=i, label=TWO[i % 2]) + "\n" for i in range(n))


@case
def a_list_of_paths_and_labels(at: Path) -> Right:
    return Right(listed(at, "path,label\n" + rows("pictures/{i}.png,{label}")), TWO, (8, 2))


@case
def a_list_with_sets(at: Path) -> Right:
    text = "path,label,split\n" + rows("pictures/{i}.png,{label},train", 6)
    for i, part in enumerate(("val", "val", "test", "test"), 6):
        text += f"pictures/{i}.png,{TWO[i % 2]},{part}\n"
    return Right(listed(at, text), TWO, (8, 2), given=2)


@case
def a_list_of_ids_as_kaggle_has_it(at: Path) -> Right:
    lay(at, {"train": 10})
    (at / "trainLabels.csv").write_text("id,label\n" + rows("{i},{label}"))
    return Right(at / "trainLabels.csv", TWO, (8, 2), ("train",))


@case
def a_list_of_a_spreadsheet(at: Path) -> Right:
    text = "path;label\n" + rows('"pictures/{i}.png";"{label}"')
    return Right(listed(at, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()), TWO, (8, 2))


@case
def a_list_in_tabs(at: Path) -> Right:
    text = "filename\tclass\n" + rows("pictures/{i}.png\t{label}")
    return Right(listed(at, text, "labels.tsv"), TWO, (8, 2))


@case
def a_list_with_missing_files_and_labels(at: Path) -> Right:
    text = "path,label\n" + rows("pictures/{i}.png,{label}", 8)
    text += "pictures/8.png,\npictures/gone.png,cat\n"
    return Right(listed(at, text), TWO, (6, 2), skipped=2)


@case
def a_list_without_a_column_of_labels(at: Path) -> Right:
    return Right(listed(at, "path,size,width\npictures/0.png,6,6\n"), error=("size",))


@case
def a_list_with_groups(at: Path) -> Right:
    text = "path,label,person\n"
    text += "".join(f"pictures/{i}.png,{TWO[i % 2]},p{i // 2}\n" for i in range(10))
    return Right(listed(at, text), TWO, (8, 2), options={"groups": "person"})


@case
def a_column_of_groups_that_is_not_there(at: Path) -> Right:
    text = "path,label\n" + rows("pictures/{i}.png,{label}")
    return Right(listed(at, text), error=("person",), options={"groups": "person"})


@case
def an_option_that_a_source_has_no_use_for(at: Path) -> Right:
    root = lay(at, {"cat": 5, "dog": 5})
    return Right(root, error=("`groups` is for",), options={"groups": "person"})


# Other files that people name


@case
def a_parquet_file(at: Path) -> Right:
    import pyarrow as pa
    from pyarrow import parquet

    pictures = [paint(at / f"{i}.png", 60 + i).read_bytes() for i in range(10)]
    table = pa.table({"image": pictures, "label": [TWO[i % 2] for i in range(10)]})
    (at / "hub").mkdir()
    parquet.write_table(table, at / "hub" / "train-00000-of-00001.parquet")
    return Right(at / "hub", TWO, (8, 2))


@case
def a_web_page_called_parquet(at: Path) -> Right:
    (at / "set.parquet").write_text("<html>not found</html>")
    return Right(at / "set.parquet", error=("a web page",))


def png(level: int) -> bytes:
    """A small picture."""
    content = io.BytesIO()
    Image.new("L", (6, 6), level).save(content, "PNG")
    return content.getvalue()


def zipped(path: Path, folders: Mapping[str, int], more: Mapping[str, bytes]) -> Path:
    """Write a zip file with this many pictures in each folder, and with more files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder, n in folders.items():
            for i in range(n):
                archive.writestr(f"{folder}/{i}.png", png(60 + i))
        for name, content in more.items():
            archive.writestr(name, content)
    return path


@case
def a_zip_of_a_folder(at: Path) -> Right:
    return Right(zipped(at / "pets.zip", {"cat": 5, "dog": 5}, {}), TWO, (8, 2), ("pets.zip",))


@case
def a_zip_around_one_folder_from_a_mac(at: Path) -> Right:
    more = {"__MACOSX/pets/cat/._0.png": b"x", "pets/.DS_Store": b"x"}
    path = zipped(at / "pets.zip", {"pets/cat": 5, "pets/dog": 5}, more)
    return Right(path, TWO, (8, 2), ("contains everything else",))


@case
def a_tar_gz_of_sets(at: Path) -> Right:
    root = lay(at / "folder", sets("train", "val", "test"))
    with tarfile.open(at / "pets.tar.gz", "w:gz") as archive:
        archive.add(root, ".")
    return Right(at / "pets.tar.gz", TWO, (12, 6), ("validation set of this run",), given=6)


@case
def a_zip_with_names_that_lead_out_of_it(at: Path) -> Right:
    more = {"../cat/7.png": png(9), "/dog/8.png": png(9)}
    path = zipped(at / "pets.zip", {"cat": 5, "dog": 5}, more)
    return Right(path, TWO, (8, 2), ("leads out of the archive",), skipped=2)


@case
def a_zip_with_a_bomb(at: Path) -> Right:
    path = zipped(at / "pets.zip", {"cat": 5, "dog": 5}, {"cat/bomb.png": bytes(20_000_000)})
    return Right(path, TWO, (8, 2), ("more than 1,000 times",), skipped=1)


@case
def a_tar_gz_that_is_cut_short(at: Path) -> Right:
    path = a_tar_gz_of_sets(at).data
    path.write_bytes(path.read_bytes()[:-9])
    return Right(path, error=("it is cut short", "Download it again"))


@case
def a_web_page_called_zip(at: Path) -> Right:
    (at / "pets.zip").write_text("<html>sign in</html>")
    return Right(at / "pets.zip", error=("a web page",))


@case
def one_picture(at: Path) -> Right:
    return Right(paint(at / "cat.png"), error=("cat.png",))
