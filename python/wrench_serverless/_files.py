"""Files that are written whole or not at all: what is there stays until everything new has been written."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a path to write to; when the block ends well, what is there takes the place of `path`.

    What is no regular file, such as a pipe, is written to as it is. The ending of the name is the same.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        yield target
        return
    draft = _draft_of(target)
    try:
        _create(draft, target, path)
        yield draft
        _sync(draft)
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)


def write_together(folder: Path, writers: Mapping[str, Callable[[Path], object]]) -> None:
    """Write files of these names, each by its function, which gets the path to write to.

    They take their places together, once all have been written. An interrupt does not come in between; if the process
    is killed there, some are new and some are old: who reads them has to see that.
    """
    folder = Path(os.path.realpath(folder))
    moves: list[tuple[Path, Path]] = []
    try:
        for name, write in writers.items():
            target = folder / name
            draft = _draft_of(target)
            moves.append((draft, target))
            _create(draft, target, target)
            write(draft)
            _sync(draft)
        _replace_all(moves)
    finally:
        for draft, _ in moves:
            draft.unlink(missing_ok=True)


def _replace_all(moves: list[tuple[Path, Path]]) -> None:
    for _, target in moves:  # what can't be replaced is found out before anything is
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(target))
    try:
        for draft, target in moves:
            os.replace(draft, target)
    except BaseException:  # KeyboardInterrupt, as a rule: all is written, so the rest needs no room
        for draft, target in moves:
            if draft.exists():
                with contextlib.suppress(OSError):
                    os.replace(draft, target)
        raise


def _draft_of(target: Path) -> Path:
    """The name of a new file beside the target."""
    return target.with_name(f".{secrets.token_hex(8)}{target.suffix}")


def _create(draft: Path, target: Path, given: str | os.PathLike[str]) -> None:
    """An empty file, as whoever may read the target may read it. OSError names the path that was given."""
    try:
        draft.open("xb").close()
        if target.exists():
            shutil.copymode(target, draft)
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(given)) from None


def _sync(path: Path) -> None:
    """Not all file systems say at once that they are full."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
