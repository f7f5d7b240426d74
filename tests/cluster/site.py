"""What the parts of one cluster have in common: its home, its plan, its certificates."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster.layout import Addresses, Home
from cluster.part import Part
from cluster.pki import Pki
from cluster.plan import Plan


@dataclass(frozen=True)
class Site:
    """Where a cluster's parts are made."""

    home: Home
    plan: Plan

    @property
    def addresses(self) -> Addresses:
        """The addresses of everything."""
        return self.plan.addresses

    @property
    def pki(self) -> Pki:
        """The certificates."""
        return Pki(self.home.state / "pki")

    @property
    def config(self) -> Path:
        """The directory of configuration files."""
        return self.home.state / "config"

    def tool(self, name: str) -> str:
        """The path of one of our binaries."""
        return self.plan.tools[name]

    def part(
        self,
        name: str,
        command: Sequence[str],
        healthy: Callable[[], bool],
        *,
        address: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> Part:
        """A part of this cluster."""
        return Part(
            name=name,
            home=self.home,
            command=command,
            healthy=healthy,
            address=address,
            environment=environment or {},
        )

    def write(self, name: str, content: str | Mapping[str, Any]) -> Path:
        """Write a configuration file (JSON of a mapping, which is YAML, too), unless it says that already.

        kube-proxy ends when its file is written again.
        """
        text = content if isinstance(content, str) else json.dumps(content, indent=1)
        path = self.config / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
        return path


def flags(**values: object) -> list[str]:
    """Command-line flags: `bind_address="::"` is `--bind-address=::`; True and False in Go's spelling."""
    return [f"--{name.replace('_', '-')}={_spell(value)}" for name, value in values.items()]


def _spell(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
