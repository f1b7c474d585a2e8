import numpy as np
import pytest
from PIL import Image

from tenfold.core.errors import DataError
from tenfold.data.cache import cache_folder
from tenfold.data.folder import gather_folder
from tenfold.data.kept import clear, kept


@pytest.fixture
def root(tmp_path):
    for name in ("a/1.png", "a/2.png", "a/3.png", "b/1.png", "b/2.png", "b/3.png"):
        (tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.zeros((4, 4), np.uint8)).save(tmp_path / "root" / name)
    return tmp_path / "root"


def test_lists_what_is_kept_and_clears_it(root):
    gather_folder(root)
    (cache_folder() / "cifar10").mkdir()
    (cache_folder() / "cifar10" / "a.npy").write_bytes(bytes(100))
    images, arrays = kept()
    assert (images.what, images.says) == (str(root), "6 files as 32 x 32 pixels")
    assert images.n_bytes > 6 * 32 * 32 * 3
    assert (arrays.what, arrays.n_bytes) == ("cifar10", 100)
    clear(kept(str(root)))
    assert kept() == [arrays]
    clear(kept())
    assert kept() == []


def test_what_is_not_kept_cannot_be_named():
    with pytest.raises(DataError, match="is called 'mine'. The cache holds: nothing"):
        kept("mine")
