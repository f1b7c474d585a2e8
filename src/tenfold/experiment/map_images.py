"""Map images in two dimensions: by their pixels, and by what a network makes of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from tenfold.core.image_map import ImageMap
from tenfold.core.images import Dataset, ImageSet
from tenfold.core.text import Say, counted
from tenfold.experiment.starting import show_start
from tenfold.findings.neighbours import shrunk
from tenfold.measure.projection import has_umap, principal_map, umap_map
from tenfold.runs import layout
from tenfold.runs.run import Run
from tenfold.runs.tables import write_table

if TYPE_CHECKING:
    import keras

MOST_IMAGES = 2_000
"""More dots would lie on top of each other."""
SIDE_PX = 32
"""Larger images are shrunk to this side before their pixels are compared."""
DRAWN_PX = 64
"""Larger images are shrunk to this side before they are drawn."""

TABLE, PLOTS = "map.csv", "plots"
PIXELS, FEATURES = "their pixels", "the network's features"


def map_images(
    dataset: Dataset, folder: Path, *, run: Run | None = None, say: Say = print
) -> tuple[ImageMap, ...]:
    """Map up to 2,000 images, evenly chosen, so that like ones are near each other.

    The maps are the first two principal components of the pixels and, if there is a run, of its
    network's features; and the same with UMAP, if umap-learn is installed. Training images are
    mapped; those that the run was validated on, if there are any, as their features are not learnt
    by heart.

    Args:
        dataset: The images; those of the run, if there is one.
        folder: Where map.csv and the pictures, under plots/, go.
        run: A fitted run.
        say: Called with each line of output.
    """
    validation = () if run is None else run.splits.validation
    name, among = "training", np.arange(len(dataset.train))
    if len(validation):
        name, among = "validation", np.asarray(validation)
    chosen = _Chosen.of(dataset.train, among, name)
    maps = tuple(_maps(chosen.images, run, say))
    for each in maps:
        chosen.draw(each, folder / PLOTS / f"map-{each.name}.png")
    chosen.write(maps, folder / TABLE)
    say(f"Mapped {chosen.words}, by {' and '.join(each.of for each in maps)}.")
    return maps


def map_test(run: Run, test: ImageSet, model: "keras.Model") -> None:
    """Map up to 2,000 test images by a network's features, into the run's folder.

    Args:
        run: The run.
        test: Its test images.
        model: Its network. Without layers before its last one, there is no map.
    """
    from tenfold.learn.features import features

    run.folder.remove(layout.MAP, layout.MAP_PLOT)
    chosen = _Chosen.of(test, np.arange(len(test)), "test")
    rows = features(model, chosen.images)
    if rows is not None:
        found = principal_map(rows, name="features", of=FEATURES)
        chosen.draw(found, run.folder / layout.MAP_PLOT)
        chosen.write((found,), run.folder / layout.MAP)


@dataclass(frozen=True)
class _Chosen:
    """Up to 2,000 images of a set, evenly chosen.

    Attributes:
        images: These images.
        positions: int64 (n,), where they are in the set.
        words: What they are, such as `2,000 of 10,000 test images`.
    """

    images: ImageSet
    positions: np.ndarray
    words: str

    @classmethod
    def of(cls, images: ImageSet, among: np.ndarray, name: str) -> Self:
        """Choose from the images at the positions `among`, int64 (m,)."""
        n = min(len(among), MOST_IMAGES)
        positions = among[np.linspace(0, len(among) - 1, n).astype(np.int64)]
        some = f"{n:,} of " if n < len(among) else ""
        words = some + counted(len(among), f"{name} image")
        return cls(images.take(positions), positions, words)

    def draw(self, found: ImageMap, path: Path) -> None:
        """Draw a map of them to a file."""
        from tenfold.report.display import save_figure
        from tenfold.report.image_map import draw_map

        images, title = self.images, f"{self.words}, by {found.of}"
        save_figure(draw_map(found, self._small(), images.labels, images.classes, title), path)

    def _small(self) -> np.ndarray:
        """The images as they are drawn: uint8; large ones are shrunk, a few at a time."""
        if max(self.images.shape[:2]) <= DRAWN_PX:
            return self.images.images[:]
        small: np.ndarray = np.rint(shrunk(self.images, DRAWN_PX)).astype(np.uint8)
        return small

    def write(self, maps: tuple[ImageMap, ...], path: Path) -> None:
        """Write a row for each image: which it is, and its place on each map."""
        images = self.images
        header = ["position", "file", "class"]
        header += [f"{each.name}_{axis}" for each in maps for axis in (1, 2)]
        places = np.concatenate([each.places for each in maps], axis=1)
        rows = (
            [
                position,
                images.files[at] if images.files else "",
                images.classes[images.labels[at]],
                *(f"{value:.6g}" for value in places[at]),
            ]
            for at, position in enumerate(self.positions.tolist())
        )
        write_table(header, rows, path)


def _maps(images: ImageSet, run: Run | None, say: Say) -> Iterator[ImageMap]:
    pixels = shrunk(images, SIDE_PX).reshape(len(images), -1)
    yield principal_map(pixels, name="pixels", of=PIXELS)
    features = None
    if run is not None:
        show_start(say)
        from tenfold.learn.features import features as features_of

        features = features_of(run.model, images)
        if features is None:
            say("The network has no layer whose features could be mapped.")
        else:
            yield principal_map(features, name="features", of=FEATURES)
    if has_umap():
        for name, of, rows in (("pixels", PIXELS, pixels), ("features", FEATURES, features)):
            found = None if rows is None else umap_map(rows, name=f"{name}-umap", of=f"{of} (UMAP)")
            if found is not None:
                yield found
