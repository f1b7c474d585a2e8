"""Read CIFAR's pickled batches without running anything that a stranger wrote.

A pickle is a small program. Three names may occur in it, numpy's ndarray, dtype and
`_reconstruct`, and even these are only recognised: what they build here is inert, and the
array is made from its bytes afterwards.

Source: "Restricting Globals", docs.python.org/3/library/pickle.html.
"""

import io
import math
import pickle
import pickletools
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

_MAX_REMEMBERED = 100_000
"""An official batch remembers a name for each of 10,000 or 50,000 images; more only eats memory."""

_OPERATIONS = frozenset(
    """PROTO FRAME STOP MARK NONE NEWTRUE NEWFALSE BININT BININT1 BININT2
    BINSTRING SHORT_BINSTRING BINBYTES SHORT_BINBYTES BINUNICODE SHORT_BINUNICODE
    EMPTY_DICT SETITEM SETITEMS EMPTY_LIST APPEND APPENDS
    EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3
    BINPUT LONG_BINPUT MEMOIZE BINGET LONG_BINGET GLOBAL STACK_GLOBAL REDUCE BUILD""".split()  # noqa: SIM905 - read as a table
)


def read_pickle(pickled: bytes) -> dict[str, Any]:
    """Return the dict of str, int, list and uint8 arrays that `pickled` holds.

    Args:
        pickled: A pickle of protocol 2 to 4. Strings of Python 2 are read as Latin-1.

    Raises:
        ValueError: It names something else to build or call, is damaged, or is not a dict.
    """
    _check_operations(pickled)
    try:
        content = _Unpickler(io.BytesIO(pickled), encoding="latin-1").load()
    except (ValueError, MemoryError):
        raise
    except Exception as error:  # The standard library promises no narrower list.
        raise ValueError(f"a pickle is damaged ({type(error).__name__}: {error})") from error
    if type(content) is not dict:
        raise ValueError(f"a pickle holds a {type(content).__name__} instead of a dict")
    return {k: v.to_numpy() if isinstance(v, _Array) else v for k, v in content.items()}


def _check_operations(pickled: bytes) -> None:
    """Refuse operations that would make the real unpickler use unlimited memory or time."""
    before, places, tuples = "", set[int](), set[int]()
    for name, value in _operations(pickled):
        if name not in _OPERATIONS:
            raise _unsafe(f"it uses the operation {name}, which image batches do not need")
        if name in {"BINPUT", "LONG_BINPUT", "MEMOIZE"}:
            place = len(places) if value is None else value
            if place >= _MAX_REMEMBERED:
                raise _unsafe(f"it remembers an object as number {place:,}")
            places.add(place)
            if before.startswith("TUPLE"):
                tuples.add(place)
        # Tuples of the same tuples, level upon level, would take for ever to hash.
        if name in {"BINGET", "LONG_BINGET"} and value in tuples:
            raise _unsafe("it uses a tuple twice")
        before = name


def _operations(pickled: bytes) -> Iterator[tuple[str, Any]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Of odd escapes in operations that are refused.
            for operation, value, _ in pickletools.genops(pickled):
                yield operation.name, value
    except ValueError as error:
        raise _unsafe(str(error)) from error


def _unsafe(reason: str) -> ValueError:
    return ValueError(f"a pickle is damaged or unsafe ({reason})")


class _Dtype:
    """Stands in for numpy.dtype: keeps the name it is made with."""

    def __init__(self, name: str, *_: object) -> None:
        self.name = name

    def __setstate__(self, state: object) -> None:
        pass  # Byte order does not matter for uint8.


class _Array:
    """Stands in for numpy.ndarray: keeps the state it is given."""

    state: Any = None

    def __setstate__(self, state: object) -> None:
        self.state = state

    def to_numpy(self) -> np.ndarray:
        """The uint8 array of the shape and bytes in the state."""
        try:
            _, shape, dtype, fortran, raw = self.state
            raw = raw.encode("latin-1") if isinstance(raw, str) else raw
            sizes_fit = all(type(n) is int and n >= 0 for n in shape) and math.prod(shape) == len(
                raw
            )
            if not sizes_fit or dtype.name not in {"u1", "|u1"}:
                raise ValueError(f"{dtype.name} {shape} from {len(raw)} bytes")
            array = np.frombuffer(raw, np.uint8)
        except (TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"a pickled array is not whole and of type uint8 ({error})") from error
        return array.reshape(shape, order="F" if fortran else "C")


def _reconstruct(*_: object) -> _Array:
    return _Array()


_KNOWN = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Dtype,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
}


class _Unpickler(pickle.Unpickler):  # Every name it may build is listed above.
    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - as in the base class
        try:
            return _KNOWN[module, name]
        except KeyError:
            raise ValueError(
                f"a pickle asks for {module}.{name}; only numpy's ndarray, dtype and "
                "_reconstruct are allowed, so it may be an attempt to run code"
            ) from None
