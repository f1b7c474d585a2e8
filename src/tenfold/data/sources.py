"""Every source of images, in the order in which they are asked."""

from dataclasses import asdict

from tenfold.core.errors import DataError, argument
from tenfold.core.images import DataRequest
from tenfold.data.cifar10 import Cifar10
from tenfold.data.digits import Digits
from tenfold.data.folder import ImageFolder
from tenfold.data.idx import IdxFiles
from tenfold.data.npz import NumpyFile
from tenfold.data.parquet import ParquetFiles
from tenfold.data.source import Source

SOURCES: tuple[Source, ...] = (
    Cifar10(),
    Digits(),
    NumpyFile(),
    IdxFiles(),
    ParquetFiles(),
    ImageFolder(),
)


def source_for(request: DataRequest) -> Source:
    """The source that a request asks for.

    Raises:
        DataError: There is none, or it has no use for something in the request.
    """
    source = next((each for each in SOURCES if each.recognises(request.data)), None)
    if source is None:
        wanted = [each.wanted for each in SOURCES]
        raise DataError(
            f"Expected {argument('data')} to be {', '.join(wanted[:-1])} or {wanted[-1]}; received "
            f"'{request.data}', which is none of these here."
        )
    for option, value in asdict(request).items():
        if option != "data" and value is not None and option not in source.options:
            users = " or ".join(each.wanted for each in SOURCES if option in each.options)
            raise DataError(
                f"{argument(option)} is for {users}; received {argument('data', request.data)}, "
                "which has no use for it. Leave one of them out."
            )
    return source


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
