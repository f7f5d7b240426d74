"""What a person sees of a tuning run: a table, a plot, the lines to paste and why."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mcp_jobs.core.tuning.prediction import Prediction
from mcp_jobs.core.tuning.spread import percentile
from mcp_jobs.tuning.plot import plot
from mcp_jobs.tuning.report import SHARES, Report

#: rows besides today's and the recommended one
_MOST_ROWS = 8
_COLUMNS = (
    "",
    "polling\nInterval",
    "maxReplica\nCount",
    "batch\nSize",
    "wait\np50",
    "\np95 (range)",
    "\np99",
    "peak\nJobs",
    "pod-\nseconds",
    "surplus\nruns",
)


def show(report: Report, console: Console) -> None:
    """Print all of it."""
    console.print(_table(report))
    if report.recording:
        console.print(_comparison(report), style="dim", markup=False)
    console.print()
    console.print(Text.from_ansi(plot(report, width=min(console.width, 90), color=console.is_terminal)))
    console.print()
    console.print(report.lines, markup=False, soft_wrap=True, style="bold")
    console.print()
    for reason in report.reasons:
        console.print(f"- {reason}", markup=False)
    for warning in report.warnings:
        console.print(f"! {warning}", markup=False, style="yellow")


def _table(report: Report) -> Table:
    table = Table(
        box=None,
        pad_edge=False,
        header_style="dim",
        title_justify="left",
        title_style="",
        title=_title(report),
    )
    for column in _COLUMNS:
        table.add_column(column, justify="right" if column else "left", no_wrap=True)
    for prediction in _rows(report):
        recommended, today = prediction is report.chosen, prediction is report.today
        name = " ".join(["today"] * today + ["recommended"] * recommended)
        table.add_row(name, *_cells(prediction), style="bold green" if recommended else "")
    return table


def _title(report: Report) -> str:
    courses = len(report.today.runs)
    return (
        f"Workload {report.workload}, {report.messages:,} messages, {len(report.predictions)} settings,"
        f" {courses} courses each. Waits in seconds, from the message's timestamp to the start of its work.\n"
    )


def _rows(report: Report) -> list[Prediction]:
    """Today's, the recommended one, and the front, thinned out."""
    shown = report.front
    step = max(1, -(-len(shown) // _MOST_ROWS))
    kept = {id(p): p for p in (report.today, report.chosen, *shown[::step])}
    return sorted(kept.values(), key=lambda p: (p is not report.today, p.cost(report.poll_cost)))


def _cells(prediction: Prediction) -> tuple[str, ...]:
    settings = prediction.settings
    p50, p95, p99 = (prediction.wait(share) for share in SHARES.values())
    return (
        f"{settings.polling_interval:g}",
        str(settings.scaling.max_replica_count),
        str(settings.batch_size),
        f"{p50.mean:.1f}",
        f"{p95.mean:.1f} ({p95.least:.0f} to {p95.most:.0f})",
        f"{p99.mean:.1f}",
        f"{prediction.peak_jobs.mean:.0f}",
        f"{prediction.pod_seconds.mean:,.0f}",
        f"{prediction.surplus.mean:.1f}",
    )


def _comparison(report: Report) -> str:
    """Today's prediction beside what was measured: how far the model is to be trusted here."""
    waits = report.recording.waits if report.recording else ()
    pairs = (
        f"{name} {report.today.wait(share).mean:.1f} s predicted, {percentile(waits, share):.1f} s measured"
        for name, share in SHARES.items()
    )
    return (
        f"\nWith today's values: {'; '.join(pairs)}.\n"
        f"Simulated with a start-up of {report.cluster.startup.mean:.1f} s on average, and"
        f" {report.cluster.start_rate:.2g} starts a second."
    )
