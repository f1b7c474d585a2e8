"""Traces that give the class away are found; clean images have none."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.findings.made import dataset, textures

from tenfold.core.audit import Findings
from tenfold.data.digits import gather_digits
from tenfold.data.folder import gather_folder
from tenfold.findings.leaks import Leaks

N = 240
CLOUDS = textures(N, seed=3)
LABELS = [at % 2 for at in range(N)]
OF_BEES = np.array(LABELS) == 1


def found_in(images: np.ndarray) -> Findings:
    return Leaks().find(dataset(images, CLOUDS[:2], train_labels=LABELS), say=lambda _: None)


def named(findings: Findings) -> list[str]:
    return [each["trace"] for each in findings.facts["traces"] if each["found"]]


def written(folder: Path, **of_class: Any) -> Findings:
    """Findings in files of two classes, saved with these options of the second class's files."""
    for at, image in enumerate(CLOUDS):
        second = at % 2 == 1
        options = of_class if second else {}
        place = folder / ("bee" if second else "ant")
        place.mkdir(exist_ok=True)
        picture = Image.fromarray(image).resize((options.get("side", 32),) * 2)
        name = f"{at}.{options.get('ending', 'jpg')}"
        picture.save(place / name, quality=options.get("quality", 90))
    return Leaks().find(gather_folder(folder), say=lambda _: None)


@pytest.mark.parametrize(
    ("options", "trace"),
    [
        ({"quality": 60}, "jpeg-quality"),
        ({"side": 40}, "original-size"),
        ({"ending": "png"}, "file-format"),
    ],
)
def test_finds_a_trace_in_the_files_of_one_class(tmp_path, options, trace):
    findings = written(tmp_path, **options)
    assert trace in named(findings)
    leak = next(each for each in findings.facts["traces"] if each["trace"] == trace)
    assert (leak["accuracy"], leak["area"], leak["commonest"]) == (1.0, 1.0, 0.5)
    assert "alone gives the class of 100.0 %" in findings.sentences[0]


def test_files_that_are_alike_have_no_trace(tmp_path):
    findings = written(tmp_path)
    assert findings.facts["traces"] == []
    assert findings.facts["n_leaks"] == 0


def framed(images: np.ndarray) -> np.ndarray:
    images[:, [0, -1]] = images[:, :, [0, -1]] = 0
    return images


def barred(images: np.ndarray) -> np.ndarray:
    images[:, -3:] = 255
    return images


def marked(images: np.ndarray) -> np.ndarray:
    images[:, 2:6, 2:6] = np.random.default_rng(0).integers(0, 2, (4, 4, 1), dtype=np.uint8) * 255
    return images


@pytest.mark.parametrize(
    ("change", "trace"), [(framed, "frame"), (barred, "frame"), (marked, "watermark")]
)
def test_finds_a_trace_in_the_pixels_of_one_class(change, trace):
    images = CLOUDS.copy()
    images[OF_BEES] = change(images[OF_BEES])
    assert trace in named(found_in(images))


@pytest.mark.parametrize("change", [framed, marked])
def test_a_trace_in_both_classes_alike_is_not_a_leak(change):
    assert named(found_in(change(CLOUDS.copy()))) == []


def test_brightness_by_class_is_not_a_leak_but_what_images_show():
    images = CLOUDS.copy()
    images[OF_BEES] //= 2
    assert named(found_in(images)) == []


def test_digits_on_black_have_no_frame_and_no_mark():
    assert Leaks().find(gather_digits(), say=lambda _: None).facts["n_leaks"] == 0


def test_names_of_files_are_only_noted():
    made = dataset(CLOUDS, CLOUDS[:2], train_labels=LABELS)
    files = tuple(f"x/{'bee' if label else 'ant'}{at}.png" for at, label in enumerate(LABELS))
    findings = Leaks().find(
        replace(made, train=replace(made.train, files=files)), say=lambda _: None
    )
    assert findings.facts["accuracy_by_file_names"] == 1.0
    assert findings.facts["n_leaks"] == 0
    assert "The network never sees names." in findings.sentences[-1]
