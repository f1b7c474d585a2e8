"""A lock for one process at a time, which the operating system releases when that process ends."""

import errno
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from tenfold.core.errors import RunFolderError, argument
from tenfold.runs.files import cannot_write


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Own the lock file `path` while the block runs; its folder must exist.

    The lock belongs to the open file, not to its name or content. The operating system releases it
    when the process ends, for whatever reason. A lock file that no process holds is reused.

    Raises:
        RunFolderError: Another process holds the lock, or the file system does not support locks.
    """
    try:
        file = _opened(path)
    except OSError as error:
        raise cannot_write(path, error) from error
    with file:
        try:
            _take(file)
        except OSError as error:
            raise _refused(path, error) from error
        with suppress(OSError):  # The lock works without its text, such as on a full disk.
            file.truncate(0)
            os.write(file.fileno(), f"process {os.getpid()} on {socket.gethostname()}\n".encode())
        yield


def is_locked(path: Path) -> bool:
    """Whether a living process holds the lock file `path`."""
    try:
        file = path.open("rb+" if sys.platform == "win32" else "rb")
    except OSError:  # The file does not exist, or may not be opened.
        return False
    with file:
        try:
            _take(file)
        except OSError:
            return True
    return False


def _opened(path: Path) -> BinaryIO:
    """Open the file, or make it if it does not exist; opening does not empty it."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "rb+")


def _take(file: BinaryIO) -> None:
    """Lock without waiting."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(0x7FFF0000)  # Far after the text, which other processes can then read.
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _refused(path: Path, error: OSError) -> RunFolderError:
    if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
        owner = path.read_text(encoding="utf-8", errors="replace").strip() or "another process"
        return RunFolderError(
            f"{path.parent} is in use by {owner}. Wait until it ends, or choose another folder."
        )
    return RunFolderError(
        f"Cannot lock {path}: {error.strerror or error}. A run's folder must be on a file system "
        f"that supports locks; choose another folder with {argument('out')}."
    )
