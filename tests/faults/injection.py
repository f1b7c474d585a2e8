"""Make the n-th file operation under a folder fail, or kill the process in the middle of it.

Operations are: opening a file for writing, each write, each flush to the disk, renaming,
deleting, and making a folder. Python's own file functions are replaced; what C libraries do by
themselves is not seen.
"""

import builtins
import errno
import io
import os
import signal
from pathlib import Path
from typing import Any

ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS)


class FileFaults:
    """Count file operations while the block runs; fail at one of them.

    Args:
        folder: Only what happens here counts.
        at: The operation that fails, from 0; None to count only.
        number: The error's number; None to kill the process with SIGKILL. A disk that is full or
            read-only stays so: with these errors, all later operations fail too.

    Attributes:
        seen: What was done, in order, such as `write`.
    """

    def __init__(self, folder: Path, at: int | None = None, number: int | None = None) -> None:
        self.folder, self.at, self.number = str(folder), at, number
        self.seen: list[str] = []
        self._before: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> "FileFaults":
        self._replace(builtins, "open", self._open(builtins.open))
        self._replace(io, "open", self._open(io.open))
        for name in ("rename", "replace", "unlink", "remove", "mkdir"):
            self._replace(os, name, self._path_operation(name, getattr(os, name)))
        self._replace(os, "fsync", self._fsync(os.fsync))
        return self

    def __exit__(self, *_: object) -> None:
        for module, name, original in reversed(self._before):
            setattr(module, name, original)

    def happens(self, what: str) -> bool:
        """Count one operation; True if it is the one to fail, which then dies here if asked to."""
        self.seen.append(what)
        if self.at is not None and self.number in (errno.ENOSPC, errno.EROFS):
            return len(self.seen) > self.at
        return len(self.seen) - 1 == self.at

    def fail(self) -> None:
        """Die, or raise the error."""
        if self.number is None:
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(self.number, os.strerror(self.number or 0))

    def _replace(self, module: Any, name: str, function: Any) -> None:
        self._before.append((module, name, getattr(module, name)))
        setattr(module, name, function)

    def _counts(self, path: Any) -> bool:
        return isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self.folder)

    def _open(self, original: Any) -> Any:
        def opened(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
            if not (self._counts(file) and set(mode) & set("wax+")):
                return original(file, mode, *args, **options)
            if self.happens("open"):
                self.fail()
            return _Watched(original(file, mode, *args, **options), self)

        return opened

    def _path_operation(self, name: str, original: Any) -> Any:
        def operation(path: Any, *args: Any, **options: Any) -> Any:
            if self._counts(path) and self.happens(name):
                self.fail()
            return original(path, *args, **options)

        return operation

    def _fsync(self, original: Any) -> Any:
        def fsync(handle: int) -> None:
            if self._counts(Path(f"/proc/self/fd/{handle}").readlink()) and self.happens("fsync"):
                self.fail()
            original(handle)

        return fsync


class _Watched:
    """A file whose writes count; the one that fails writes half of what it was given."""

    def __init__(self, file: Any, faults: FileFaults) -> None:
        self._file, self._faults = file, faults

    def write(self, content: Any) -> Any:
        if self._faults.happens("write"):
            self._file.write(content[: len(content) // 2])
            self._file.flush()
            self._faults.fail()
        return self._file.write(content)

    def __enter__(self) -> "_Watched":
        self._file.__enter__()
        return self

    def __exit__(self, *error: object) -> Any:
        return self._file.__exit__(*error)

    def __iter__(self) -> Any:
        return iter(self._file)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
