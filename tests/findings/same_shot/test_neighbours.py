"""The neighbours of an image are those with the largest products."""

import numpy as np
import pytest
from tests.findings.made import textures

from tenfold.findings.same_shot import neighbours as neighbours_module
from tenfold.findings.same_shot.blocks import in_blocks
from tenfold.findings.same_shot.grids import luminance
from tenfold.findings.same_shot.neighbours import Neighbours, glances, mirrored


def seen(images: np.ndarray) -> np.ndarray:
    return glances(np.rint(luminance(images)).astype(np.uint8))


def rows_of(neighbours: Neighbours, asked: np.ndarray) -> np.ndarray:
    found = in_blocks(lambda rows: neighbours.of(asked[rows]), len(asked), neighbours.rows)
    return np.concatenate(list(found))


@pytest.mark.parametrize("n", [3, 17, 200])
def test_finds_the_largest_products(n):
    rng = np.random.default_rng(n)
    vectors = rng.normal(size=(n, 5)).astype(np.float32)
    found = rows_of(Neighbours(vectors, k=6), vectors)
    k = min(6, n - 1) + 1
    expected = np.argsort(-(vectors @ vectors.T), axis=1)[:, :k]
    assert np.array_equal(np.sort(found, axis=1), np.sort(expected, axis=1))


def test_the_glance_of_a_mirror_image_is_that_of_the_mirrored_image():
    images = textures(4)
    assert np.allclose(mirrored(seen(images)), seen(images[:, :, ::-1]), atol=2e-3)


def test_a_glance_does_not_change_with_brightness():
    images = textures(4)
    assert np.allclose(seen(images), seen(images // 4 + 150), atol=0.1)


def test_the_glance_of_a_blank_image_is_like_no_other():
    blank = np.full((1, 32, 32, 3), 9, dtype=np.uint8)
    assert np.array_equal(seen(blank) @ seen(textures(2)).T, np.zeros((1, 2)))


def test_a_shifted_copy_is_nearer_than_all_other_images():
    images = textures(60)
    copy = np.roll(images[:1], (3, -3), axis=(1, 2))
    products = seen(images) @ seen(copy)[0]
    assert products.argmax() == 0


def directions(n: int) -> np.ndarray:
    """Random vectors of length 1, each unlike the others: float32 (n, 81)."""
    vectors = np.random.default_rng(0).normal(size=(n, 81)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def indexed(monkeypatch):
    """More than 100 images are found with the index."""
    pytest.importorskip("faiss")
    monkeypatch.setattr(neighbours_module, "EXACT_UP_TO", 100)


@pytest.mark.usefixtures("indexed")
def test_an_index_finds_what_products_find():
    vectors = seen(textures(300))
    found = rows_of(Neighbours(vectors, k=5), vectors)
    expected = np.argsort(-(vectors @ vectors.T), axis=1)[:, :6]
    shared = [len(set(a) & set(b)) for a, b in zip(found.tolist(), expected.tolist(), strict=True)]
    assert np.mean(shared) > 5.9


@pytest.mark.usefixtures("indexed")
def test_an_index_finds_copies_although_it_looks_into_few_lists(monkeypatch):
    monkeypatch.setattr(neighbours_module, "_LISTS_ASKED", 8)  # Of 63.
    vectors = directions(4_000)
    copies = vectors + 0.02 * directions(4_001)[1:]
    found = rows_of(Neighbours(vectors), copies)
    with_copy = (found == np.arange(4_000)[:, None]).any(axis=1)
    assert with_copy.mean() > 0.99
    nearest = (copies @ vectors.T).argsort(axis=1)[:, -2]  # After the original.
    assert (found == nearest[:, None]).any(axis=1).mean() < 0.9  # It does look into few.


@pytest.mark.usefixtures("indexed")
def test_an_index_answers_the_same_when_it_is_made_again():
    vectors = directions(2_000)
    first, second = (rows_of(Neighbours(vectors), vectors) for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.usefixtures("indexed")
def test_an_index_answers_for_blank_images_too():
    vectors = np.concatenate([np.zeros((150, 81), dtype=np.float32), directions(50)])
    found = rows_of(Neighbours(vectors), vectors)
    assert 0 <= found.min() <= found.max() < 200


def test_all_products_are_taken_where_there_is_no_faiss(monkeypatch):
    vectors = directions(150)
    monkeypatch.setattr(neighbours_module, "EXACT_UP_TO", 100)
    monkeypatch.setattr(neighbours_module, "find_spec", lambda _: None)
    monkeypatch.setattr(neighbours_module, "_index_of", None)
    found = rows_of(Neighbours(vectors, k=3), vectors)
    expected = np.argsort(-(vectors @ vectors.T), axis=1)[:, :4]
    assert np.array_equal(np.sort(found, axis=1), np.sort(expected, axis=1))


def test_work_in_blocks_has_one_thread_in_each():
    pytest.importorskip("faiss")  # It computes with OpenMP.
    import faiss  # noqa: F401
    from threadpoolctl import threadpool_info

    found = list(in_blocks(lambda _: [each["num_threads"] for each in threadpool_info()], 4, 1))
    assert {n for counts in found for n in counts} == {1}
