"""The few settings of the whole machine that a kubelet changes: remembered before, put back after."""

import json
from contextlib import suppress
from pathlib import Path

from cluster.layout import Home

_ROOT = Path("/proc/sys")
_CHANGED = (
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)


def remember_settings(home: Home) -> None:
    """Write down how they are now."""
    found = {name: (_ROOT / name).read_text() for name in _CHANGED if (_ROOT / name).exists()}
    home.run.mkdir(parents=True, exist_ok=True)
    _file(home).write_text(json.dumps(found))


def restore_settings(home: Home) -> None:
    """Put back what was written down."""
    with suppress(FileNotFoundError):
        for name, value in json.loads(_file(home).read_text()).items():
            if (_ROOT / name).read_text() != value:
                (_ROOT / name).write_text(value)


def _file(home: Home) -> Path:
    return home.run / "kernel-settings"
