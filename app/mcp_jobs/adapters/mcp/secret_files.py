"""Files of mounted Secrets, which a message may name but never show."""

import os
import stat
from pathlib import Path

from mcp_jobs.adapters.mcp.fault import refused
from mcp_jobs.adapters.mcp.text import named

FILE_BYTES = 256 * 1024  #: the longest file that is read


def secret_text(field: str, name: str, root: Path) -> str:
    """The text of the file `name` under `root`; `field` is what of the entry names it.

    Raises:
        Fault: the file is out of bounds or can't be read.
    """
    try:
        return _contents(_locate(field, name, root), field, name).decode("utf-8-sig")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name, or not UTF-8
        # Its own words could quote the content, which is secret: only the system's reason is given.
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a UTF-8 text file"
        raise refused(f"names {field} {named(name)}, which can't be read under {root}: {reason}") from None


def _locate(field: str, name: str, root: Path) -> Path:
    """The file meant by `name`, links followed: Kubernetes mounts Secrets as links within the root."""
    wish = Path(name)
    top = os.path.realpath(root, strict=True)  # pathlib's own way raises RuntimeError at a loop of links
    if ".." in wish.parts:
        raise refused(f"names {field} {named(name)}: '..' is not allowed there")
    if wish.is_absolute():
        raise refused(
            f"names {field} {named(name)}: write it as <secret>/<key>, not from the root of the disk"
        )
    found = Path(os.path.realpath(root / wish, strict=True))
    if not found.is_relative_to(top):
        raise refused(f"names {field} {named(name)}, which leads out of {root}")
    return found


def _contents(path: Path, field: str, name: str) -> bytes:
    # O_NONBLOCK: opening a named pipe would otherwise wait for its writer.
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise refused(f"names {field} {named(name)}, which is not a regular file")
        data = file.read(FILE_BYTES + 1)
    if len(data) > FILE_BYTES:
        raise refused(f"names {field} {named(name)}, which is longer than {FILE_BYTES} bytes")
    return data
