"""Alignment finds where the second image is, and how large."""

import numpy as np
import pytest
from tests.findings.made import textures

from tenfold.findings.same_shot.alignment import Placement, align
from tenfold.findings.same_shot.grids import luminance
from tenfold.findings.same_shot.scoring import score
from tenfold.findings.same_shot.shifts import fine_detail, likeness


def placed(stretch: tuple[float, float], shift: tuple[float, float]) -> Placement:
    return Placement(np.array([stretch], np.float32), np.array([shift], np.float32))


def test_a_placement_that_changes_nothing_leaves_the_image_as_it_is():
    image = luminance(textures(1))
    taken, inside = placed((0, 0), (0, 0)).apply(image)
    assert np.allclose(taken, image)
    assert inside.all()


def test_a_placement_shifts_by_whole_pixels_and_knows_what_is_outside():
    image = luminance(textures(1))
    taken, inside = placed((0, 0), (2, -1)).apply(image)
    assert np.allclose(taken[0, :30, 1:], image[0, 2:, :31])
    assert not inside[0, 30:].any()
    assert not inside[0, :, :1].any()
    assert inside[0, :30, 1:].all()


@pytest.mark.parametrize(
    ("stretch", "shift"),
    [((0, 0), (1.5, -2.25)), ((0.1, 0.1), (0, 0)), ((-0.1, 0.05), (1, 2))],
)
def test_finds_the_place_and_size_that_were_made(stretch, shift):
    first = luminance(textures(1))
    second, _ = placed(stretch, shift).apply(first)  # What was at x is now where x comes from.
    found = align(first, second * 0.5 + 40, likeness(fine_detail(first), fine_detail(second))[1])
    back = [1 / (1 + s) - 1 for s in stretch]
    assert found.stretch[0] == pytest.approx(back, abs=0.01)
    assert found.shift[0] == pytest.approx(
        [-s / (1 + t) for s, t in zip(shift, stretch, strict=True)], abs=0.15
    )


def test_the_first_look_finds_a_shift_of_whole_pixels():
    image = luminance(textures(1))
    moved = np.roll(image, (3, -2), axis=(1, 2))
    alike, shift = likeness(fine_detail(image), fine_detail(moved))
    assert shift.tolist() == [[3, -2]]
    assert alike[0] > 0.7


def test_an_image_scores_high_with_itself_and_low_with_another():
    images = luminance(textures(2))
    inside = np.ones_like(images)
    assert score(images, images, inside).min() > 0.85
    assert score(images, images[::-1], inside).max() < 0.4


def test_gain_and_offset_hardly_change_a_score():
    images = luminance(textures(2))
    inside = np.ones_like(images)
    same = score(images, images, inside)
    assert score(images, images * 0.5 + 60, inside) == pytest.approx(same, abs=0.08)


def test_a_horizon_alone_is_no_evidence():
    scene = np.full((1, 32, 32), 200, dtype=np.float32)
    scene[:, 16:] = 60
    assert score(scene, scene, np.ones_like(scene))[0] < 0.1
