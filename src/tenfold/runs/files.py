"""Files that appear under their name only when they are complete."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tenfold.core.errors import TenfoldError

_REASONS = {
    errno.ENOSPC: "the disk is full. Free some space, or choose another folder",
    errno.EDQUOT: "your disk quota is used up. Free some space, or choose another folder",
    errno.EROFS: "the file system is read-only. Choose another folder",
    errno.EACCES: "you may not write there. Choose another folder, or change its permissions",
    errno.EPERM: "you may not write there. Choose another folder, or change its permissions",
    errno.EIO: "the disk reported an error. Choose another disk",
}

_PART = ".part"


def expanded(path: str | Path) -> Path:
    """Return a user's path with `~` as the home folder; an unknown `~somebody` does not change.

    Raises:
        TenfoldError: The path is relative to a home or working folder that does not exist.
    """
    found = Path(path)
    with suppress(RuntimeError):
        found = found.expanduser()
    if found.parts[:1] == ("~",):
        raise TenfoldError(
            f"Expected a path; received {path}, and there is no home folder that ~ stands for. "
            "Write the whole path, or set the environment variable HOME."
        )
    if not found.is_absolute():
        working_folder()
    return found


def working_folder() -> Path:
    """The folder that relative paths start from.

    Raises:
        TenfoldError: The working folder was deleted, or you may not read it.
    """
    try:
        return Path.cwd()
    except OSError as error:
        raise TenfoldError(
            f"Cannot use the working folder: {error.strerror or error}. It may have been deleted; "
            "go to one that exists, such as with `cd /tmp`, and try again."
        ) from error


def cannot_write(path: Path, error: OSError) -> TenfoldError:
    """Say in plain words why `path` could not be written, and what to do."""
    reason = _REASONS.get(error.errno or 0, f"{error.strerror or error}. Choose another folder")
    return TenfoldError(f"Cannot write {path}: {reason}.")


@contextmanager
def written_whole(path: Path, *, in_new_folder: bool = False) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it to `path` when the block succeeds.

    The content is flushed to the disk before the rename, and the folder after it, so that
    a reader sees the old file or the new file, never a part. When the block raises, the
    temporary file is deleted and `path` does not change.

    Args:
        path: The final name.
        in_new_folder: Whether to make the file's folder first, if it does not exist.

    Raises:
        TenfoldError: The file cannot be written, such as on a full or read-only disk.
    """
    part = path.with_name(f".{path.stem}.{os.getpid()}{_PART}{path.suffix}")
    try:
        if in_new_folder:
            make_folder(path.parent)
        if part.is_symlink():  # Nothing is written through a link.
            part.unlink()
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        _remove(part)
        raise cannot_write(path, error) from error
    except BaseException:
        _remove(part)
        raise


@contextmanager
def folder_written_whole(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` for a folder; rename it when the block succeeds.

    A folder that is already there is replaced. When the block raises, nothing changes.

    Args:
        path: The final name.

    Raises:
        TenfoldError: The folder cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}{_PART}")
    try:
        make_folder(path.parent)
        yield part
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        part.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def is_leftover(path: Path) -> bool:
    """Whether `path` is a temporary name that `written_whole` gives."""
    return path.name.startswith(".") and path.stem.endswith(_PART)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal.

    Raises:
        TenfoldError: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TenfoldError(f"Cannot read {path}: {error.strerror or error}.") from error


def _remove(part: Path) -> None:
    with suppress(OSError):  # The cause of the failure may prevent deletion too.
        part.unlink(missing_ok=True)


def make_folder(folder: Path, *, parents: bool = False) -> None:
    """Make `folder` if it does not exist, so that it survives a power cut."""
    if not folder.is_dir():
        folder.mkdir(parents=parents, exist_ok=True)
        flush_folder(folder.parent)


def flush_folder(folder: Path) -> None:
    """Make renames in `folder` survive a power cut (a no-op where folders cannot be opened)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
