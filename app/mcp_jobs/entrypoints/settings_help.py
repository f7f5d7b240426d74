"""Help for the commands that the environment configures: their variables, after the options."""

from typing import Any

import typer.core
from rich.console import Console
from rich.table import Table
from rich.text import Text


class _SettingsCommand(typer.core.TyperCommand):
    """A command whose help lists the variables of its settings."""

    settings: tuple[str, ...] = ()

    def format_help(self, ctx: Any, formatter: Any) -> None:
        super().format_help(ctx, formatter)
        from mcp_jobs import settings

        found = Table.grid(padding=(0, 2))
        found.add_column(no_wrap=True)
        found.add_column(ratio=1)
        for name in self.settings:
            for variable, text in variables(getattr(settings, name)):
                found.add_row(Text(f" {variable}", "bold cyan"), text)
        Console(highlight=False).print(Text(" Environment", "bold"), found, "")


class InitCommand(_SettingsCommand):
    """`mcp-jobs init`."""

    settings = ("InitSettings", "KafkaSettings")


class RunnerCommand(_SettingsCommand):
    """`mcp-jobs runner`."""

    settings = ("KafkaSettings", "RunnerSettings", "ServersSettings", "TracingSettings")


class ServersCommand(_SettingsCommand):
    """`mcp-jobs servers`."""

    settings = ("ServersSettings",)


class AdmissionCommand(_SettingsCommand):
    """`mcp-jobs admission`."""

    settings = ("AdmissionSettings", "KafkaSettings", "TracingSettings")


def variables(kind: Any) -> list[tuple[str, Text]]:
    """Each variable of a settings class, with its description and default."""
    prefix = kind.model_config["env_prefix"]
    found = []
    for name, field in kind.model_fields.items():
        text = Text(field.description or name.replace("_", " ").capitalize() + ".")
        if field.is_required():
            text.append(" [required]", "red")
        elif field.default not in (None, ""):
            text.append(f" [default: {field.default}]", "dim")
        found.append((f"{prefix}{name}".upper(), text))
    return found
