"""Wait against cost as an image."""

from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.core.tuning.prediction import Prediction
from mcp_jobs.tuning.report import Report


def draw(report: Report, path: Path) -> None:
    """Write the chart; the file's name says its format. Raises McpJobsError where it can't be written."""
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    _points(axes, report)
    _mark(axes, report, report.today, "today", "tab:orange")
    _mark(axes, report, report.chosen, "recommended", "tab:green")
    axes.set_xlabel("cost (pod-seconds, polls included)")
    axes.set_ylabel("p95 wait (s)")
    axes.set_title(f"{report.workload}: wait against cost, {report.messages:,} messages")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.grid(alpha=0.3, which="both", axis="y")
    axes.legend()
    try:
        # Text stays text, and the same report gives the same file.
        with rc_context({"svg.fonttype": "none", "svg.hashsalt": "mcp-jobs"}):
            figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)
    except OSError as error:
        raise McpJobsError(f"can't write {path}: {error.strerror or error}") from error


def _points(axes: Axes, report: Report) -> None:
    for batch in sorted({p.settings.batch_size for p in report.predictions}):
        some = [p for p in report.predictions if p.settings.batch_size == batch]
        axes.scatter(*_coordinates(report, some), s=12, alpha=0.5, label=f"batchSize {batch}")
    axes.plot(*_coordinates(report, report.front), color="black", linewidth=1, label="worth considering")


def _mark(axes: Axes, report: Report, prediction: Prediction, name: str, color: str) -> None:
    settings = prediction.settings
    label = f"{name}: poll {settings.polling_interval:g} s, max {settings.scaling.max_replica_count}"
    (cost,), (wait,) = _coordinates(report, [prediction])
    spread = prediction.wait(0.95)
    axes.errorbar(
        [cost],
        [wait],
        yerr=[[wait - spread.least], [spread.most - wait]],
        fmt="o",
        markersize=9,
        color=color,
        label=label,
    )


def _coordinates(report: Report, predictions: list[Prediction]) -> tuple[list[float], list[float]]:
    return [p.cost(report.poll_cost) for p in predictions], [p.p95 for p in predictions]
