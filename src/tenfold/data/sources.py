"""Every source of images, in the order in which they are asked."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError, argument, nearest
from tenfold.data.arrays import Arrays
from tenfold.data.cifar10 import Cifar10
from tenfold.data.cifar100 import Cifar100
from tenfold.data.digits import Digits
from tenfold.data.fashion_mnist import FashionMnist
from tenfold.data.folder import ImageFolder
from tenfold.data.idx import IdxFiles
from tenfold.data.lists import ImageList
from tenfold.data.mnist import Mnist
from tenfold.data.npz import NumpyFile
from tenfold.data.packed import PackedFolder
from tenfold.data.parquet import ParquetFiles
from tenfold.data.source import PathSource, Source

SOURCES: tuple[Source, ...] = (
    Arrays(),
    Cifar10(),
    Cifar100(),
    Mnist(),
    FashionMnist(),
    Digits(),
    NumpyFile(),
    IdxFiles(),
    ImageList(),
    ParquetFiles(),
    PackedFolder(),
    ImageFolder(),
)


def source_for(request: DataRequest) -> Source:
    """The source that a request asks for.

    Raises:
        DataError: There is none, or it has no use for something in the request.
    """
    source = _built_in(request.data) or next(
        (each for each in SOURCES if each.recognises(request.data)), None
    )
    if source is None:
        alike = nearest(request.data, _built_in_names(), cutoff=0.6)
        raise DataError(
            f"There are no images called '{request.data}'.{alike} Expected {argument('data')} to "
            f"be {_any_of(SOURCES)}."
        )
    for option, value in asdict(request).items():
        if option != "data" and value is not None and option not in source.options:
            users = [each for each in SOURCES if option in each.options]
            raise DataError(
                f"{argument(option)} is for {_any_of(users)}; received "
                f"{argument('data', request.data)}, which has no use for it. Leave one of them out."
            )
    return source


def _any_of(sources: Sequence[Source]) -> str:
    *most, last = (each.wanted for each in sources if each.wanted)
    return f"{', '.join(most)} or {last}" if most else last


def moved(request: DataRequest, data: str) -> DataRequest:
    """The same request for images that are now at `data`: a path, or an archive's new path.

    Raises:
        DataError: No source knows `data`, or it has no use for something in the request.
    """
    source = _built_in(request.data)
    if source and "archive" in source.options and _built_in(data) is None:
        request = replace(request, archive=data)
    else:
        request = replace(request, data=data)
    return source_for(request).from_anywhere(request)


def _built_in(name: str) -> Source | None:
    return next((each for each in _all_built_in() if each.name == name), None)


def _built_in_names() -> tuple[str, ...]:
    return tuple(each.name for each in _all_built_in() if each.wanted)


def _all_built_in() -> Iterator[Source]:
    return (each for each in SOURCES if not isinstance(each, PathSource))


def source_named(name: str) -> Source:
    """The source that a run's provenance names.

    Raises:
        DataError: This version of Tenfold has none of that name.
    """
    for source in SOURCES:
        if source.name == name:
            return source
    raise DataError(
        f"Expected images from one of {', '.join(each.name for each in SOURCES)}; received "
        f"'{name}'. The run may be of another version of Tenfold: use that one, or start a new run."
    )
