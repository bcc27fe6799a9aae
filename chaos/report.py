"""The table and the plot of faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from chaos.matrix import Outcome

COLUMNS = 4
HIDDEN = ("differences", "curve", "what")


def row_of(outcome: Outcome) -> Mapping[str, object]:
    """An outcome as a row of the table; empty where there is no figure."""
    shown = {name: value for name, value in asdict(outcome).items() if name not in HIDDEN}
    if outcome.goal_s is not None:
        shown["goal_s"] = f"{outcome.goal_s:.0f} {'kept' if outcome.in_time else 'MISSED'}"
    return {name: "" if value is None else value for name, value in shown.items()}


def plot(outcomes: Sequence[Outcome], file: Path) -> None:
    """How far Redis was behind the feed, fault by fault; red is the time of the fault."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    columns = min(COLUMNS, len(outcomes))
    rows = -(-len(outcomes) // columns)
    size = (4 * columns, 2.4 * rows + 0.6)
    figure, axes = pyplot.subplots(rows, columns, figsize=size, squeeze=False, sharey=True)
    for axis, outcome in zip(axes.flat, outcomes, strict=False):
        moments = [at for at, _ in outcome.curve]
        axis.plot(moments, [lag for _, lag in outcome.curve], color="#1f6f54", linewidth=1.2)
        axis.axvspan(outcome.broken_s, max(outcome.healed_s, outcome.broken_s + 0.3),
                     color="#c0392b", alpha=0.35, linewidth=0)  # fmt: skip
        axis.set_title(outcome.fault, fontsize=9)
        axis.set_yscale("symlog", linthresh=1.0)
        axis.set_ylim(0, 120)
        axis.set_yticks([0, 1, 10, 60], ["0", "1", "10", "60"])
        axis.tick_params(labelsize=7)
        axis.grid(alpha=0.3)
    for axis in list(axes.flat)[len(outcomes) :]:
        axis.axis("off")
    figure.supxlabel("seconds", fontsize=9)
    figure.supylabel("lag of Redis, seconds", fontsize=9)
    figure.tight_layout()
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file)
    pyplot.close(figure)
