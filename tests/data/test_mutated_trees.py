"""No image is lost without a word, whatever a tree of folders looks like."""

import io
import os
import random
from functools import cache
from pathlib import Path
from unicodedata import normalize

import pytest
from PIL import Image

from tenfold.core.data_request import LabelFrom
from tenfold.core.errors import DataError
from tenfold.core.rendering import Rendering
from tenfold.data import reading
from tenfold.data.folder import gather_folder

FOLDERS = (
    *("train", "Train", "TRAINING", "val", "Valid", "dev", "test", "Testing", "EVAL", "pets"),
    *("cat", "dog", "Cat", "cat ", "10", "café", normalize("NFD", "café"), "كلب", "🐈", "a\nb"),
    os.fsdecode(b"caf\xe9"),
)
FILES = (
    *("new.png", "cat.7.png", "dog (3).JPG", "n01440764_10026.JPEG", "0001.png", "cat_3", "1"),
    *("train.png", "é.5.webp", normalize("NFD", "é.6.png"), "two\nlines.1.png", ".png.png"),
    os.fsdecode(b"caf\xe9.1.png"),
)
OTHERS = ("notes.txt", "labels.csv", "trainLabels.tsv", "page.html", "LICENSE")
LEFTOVERS = ("__MACOSX", "@eaDir", ".git", "Thumbs.db", ".DS_Store", "._0.png", "desktop.ini")
ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
FIT_REASONS = ("lies ", "a link to outside the folder", "no class in its name")
RULES: tuple[LabelFrom, ...] = ("folder", "path", "name")
PARTS = (
    *(("",), ("train",), ("pets/v1",), ("train", "test"), ("train", "val"), ("Training", "EVAL")),
    *(("train", "val", "test"), ("pets/train", "pets/test"), ("test", "val"), ("", "pets/test")),
)


@pytest.fixture(autouse=True)
def _without_cache(monkeypatch):
    """Thousands of small roots would make the cache look through all of them each time."""
    monkeypatch.setattr(reading, "_cache", lambda *_: None)


@cache
def picture(level):
    """The bytes of a small picture; a cache spares encoding it for each file."""
    buffer = io.BytesIO()
    Image.new("L", (6, 6), 50 + level).save(buffer, "PNG")
    return buffer.getvalue()


def is_leftover(path):
    return any(
        part.startswith(".") or part in {"__MACOSX", "@eaDir", "Thumbs.db", "desktop.ini"}
        for part in path.parts
    )


def spelt(path):
    return path.as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


class Tree:
    """A tree of folders that changes at random; the readable pictures in it are kept in mind."""

    def __init__(self, at, seed):
        self.draw = random.Random(seed)
        self.root, self.outside = at / f"{seed}", at / f"{seed}-outside"
        self.root.mkdir()
        for part in self.draw.choice(PARTS):
            for label in ("cat", "dog"):
                for i in range(3):
                    self.paint(self.root / part / label / f"{label}.{i}.png")
        for label in ("cat", "owl"):
            self.paint(self.outside / label / f"{label}.0.png")
        changes = (
            *(self.add_folder, self.add_file, self.add_other, self.add_leftover, self.add_empty),
            *(self.break_file, self.link_in, self.link_out, self.link_file, self.link_to_nothing),
            *(self.nest, self.rename, self.link_in),
        )
        for _ in range(self.draw.randrange(6)):
            self.draw.choice(changes)()

    def paint(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_dir() and not path.is_symlink():
            path.write_bytes(picture(self.draw.randrange(100)))

    def folders(self):
        return sorted(Path(where) for where, _, _ in os.walk(self.root))

    def files(self):
        return sorted(
            Path(where) / name for where, _, names in os.walk(self.root) for name in names
        )

    def free(self, names):
        """An unused path in some folder."""
        path = self.draw.choice(self.folders()) / self.draw.choice(names)
        while path.exists() or path.is_symlink():
            path = path.with_name(f"{path.name}_")
        return path

    def add_folder(self):
        folder = self.free(FOLDERS)
        for name in self.draw.sample(FILES, 2):
            self.paint(folder / name)

    def add_file(self):
        self.paint(self.draw.choice(self.folders()) / self.draw.choice(FILES))

    def add_other(self):
        self.free(OTHERS).write_text("path,label\n")

    def add_leftover(self):
        at = self.free(LEFTOVERS)
        self.paint(self.draw.choice([at, at / "left.png", at / "cat" / "left.png"]))

    def add_empty(self):
        self.free(FOLDERS).mkdir()

    def break_file(self):
        content = self.draw.choice([b"", b"<html>", picture(0)[:40]])
        self.free(FILES).write_bytes(content)

    def link_in(self):
        self.free(FOLDERS).symlink_to(self.draw.choice(self.folders()))

    def link_out(self):
        inside = [self.outside, self.outside / "cat", self.outside / "owl", self.root.parent / "x"]
        self.free(FOLDERS).symlink_to(self.draw.choice(inside))

    def link_file(self):
        files = [*self.files(), self.outside / "cat" / "cat.0.png"]
        self.free(FILES).symlink_to(self.draw.choice(files))

    def link_to_nothing(self):
        at = self.free(FILES)
        at.symlink_to(self.draw.choice([at, at.with_name("nothing")]))

    def nest(self):
        folder = self.draw.choice(self.folders())
        inside = sorted(folder.iterdir())
        inner = self.free_in(folder)
        inner.mkdir()
        for each in inside:
            each.rename(inner / each.name)

    def rename(self):
        if folders := self.folders()[1:]:
            folder = self.draw.choice(folders)
            folder.rename(self.free_in(folder.parent))

    def free_in(self, folder):
        path = folder / self.draw.choice(FOLDERS)
        while path.exists() or path.is_symlink():
            path = path.with_name(f"{path.name}_")
        return path

    def reached(self, *, follow):
        """Every file that can be reached, and links that are not followed: paths below the root."""
        waiting, seen, found = [self.root], set(), []
        inside = os.path.realpath(self.root)
        while waiting:
            folder = waiting.pop()
            real = os.path.realpath(folder)
            if real in seen:
                continue
            seen.add(real)
            for path in folder.iterdir():
                below = path.relative_to(self.root)
                if is_leftover(below):
                    continue
                leaves = not f"{os.path.realpath(path)}/".startswith(f"{inside}/")
                if path.is_dir() and (follow or not path.is_symlink() or not leaves):
                    waiting.append(path)
                else:
                    found.append(below)
        return found


def check(at, seed):
    """Gather a tree; return whether it was read, after holding what must be true of it."""
    tree = Tree(at, seed)
    rule, follow = tree.draw.choice(RULES), tree.draw.random() < 0.5
    try:
        dataset = gather_folder(tree.root, Rendering(4), label_from=rule, follow_links=follow)
    except DataError:
        return False
    where = (seed, rule, follow)
    every = {spelt(path): path for path in every_path(tree.root)}
    read = {*dataset.train.files, *dataset.test.files}
    skipped = dict(dataset.provenance.skipped)
    assert not read & set(skipped), where
    covered = {os.path.realpath(tree.root / every[name]) for name in read}
    for name in skipped:  # A link inside that is passed over says nothing of where it leads to.
        path, real = tree.root / every[name], os.path.realpath(tree.root / every[name])
        if not path.is_symlink() or not f"{real}/".startswith(f"{os.path.realpath(tree.root)}/"):
            covered.add(real)
    for below in tree.reached(follow=follow):
        real = Path(os.path.realpath(tree.root / below))
        named = {spelt(each) for each in (below, *below.parents)} & {*read, *skipped}
        assert named or covered & {str(each) for each in (real, *real.parents)}, (*where, below)
    homes: dict[str, Path] = {}
    for name in read:
        home = (tree.root / every[name]).parent
        assert homes.setdefault(os.path.realpath(home), home) == home, (*where, home)
    for name, reason in skipped.items():
        path = tree.root / every[name]
        if path.is_file() and path.read_bytes() in PICTURES:
            assert reason.startswith(FIT_REASONS), (*where, name, reason)
            assert "not named" not in reason or not name.lower().endswith(ENDINGS), (
                *where,
                name,
            )
    for part in (dataset.train, dataset.test):
        for name, label in zip(part.files, part.labels, strict=True):
            *folders, last = normalize("NFC", name).split("/")
            carried = {
                "folder": dataset.classes[label] in folders,
                "path": "/".join(folders).endswith(dataset.classes[label]),
                "name": last.startswith(dataset.classes[label]),
            }
            assert carried[rule], (*where, name, dataset.classes[label])
    return True


def every_path(root):
    """Every path below a folder, links to folders gone through up to a depth of eight."""
    waiting = [(root, 0)]
    while waiting:
        folder, depth = waiting.pop()
        for path in folder.iterdir():
            yield path.relative_to(root)
            if path.is_dir() and depth < 8:
                waiting.append((path, depth + 1))


PICTURES = {picture(level) for level in range(100)}


def test_no_image_of_a_mutated_tree_is_lost_without_a_word(tmp_path):
    """Every file of 150 trees is read, or named, or its tree is refused."""
    assert sum(check(tmp_path, seed) for seed in range(150)) > 50


@pytest.mark.torture
def test_no_image_of_many_mutated_trees_is_lost_without_a_word(tmp_path):
    assert sum(check(tmp_path, seed) for seed in range(150, 2_150)) > 600
