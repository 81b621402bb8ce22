"""The headline for people: a table, and a picture of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from labs.bench.ct import Report
from labs.bench.stage import Arm

ROWS: Final = (
    ("idle", "XGS-PON, idle"),
    ("xgs_intents", "XGS-PON at peak, with intents"),
    ("xgs_none", "XGS-PON at peak, without"),
    ("ge_intents", "GE three-tier at peak, with intents"),
    ("ge_none", "GE three-tier at peak, without"),
)


def table(report: Report) -> str:
    """Both directions, a line an arm; then what was to be reached."""
    lines: list[str] = []
    for prefix, title in (
        ("", "1,000 CT images from PACS to the diagnosis room"),
        ("up_", "1,000 CT images from the CT room to PACS"),
    ):
        if lines:
            lines.append("")
        lines.append(f"{title:<49}{'time':>8}{'x idle':>8}{'first image':>13}   telemetry beside it")
        idle = report.arms.get(prefix + "idle")
        for name, label in ROWS:
            arm = report.arms.get(prefix + name)
            if arm is not None:
                lines.append(_line(label, arm, idle))
    lines += ["", *_targets(report)]
    lines.append(
        f"k = {report.scale}: rates and image sizes are both divided by {report.scale}, so the times are those of full "
        f"size.\nMedians of {min(len(a.seconds) for a in report.arms.values())} to "
        f"{max(len(a.seconds) for a in report.arms.values())} runs; 80 greedy flows at peak."
    )
    for arm_name, why in report.faults.items():
        lines.append(f"{arm_name}: this figure means nothing: {'; '.join(why)}")
    return "\n".join(lines)


def _line(label: str, arm: Arm, idle: Arm | None) -> str:
    ratio = f"{arm.median_s / idle.median_s:.1f}" if idle is not None else ""
    first = f"{arm.first_image_ms:.0f} ms" if arm.first_image_ms is not None else "-"
    loss, p99 = arm.telemetry.get("loss_percent"), arm.telemetry.get("p99_ms")
    beside = f"{loss} % lost, 99 % within {p99} ms" if p99 is not None else f"{loss} % lost"
    if arm.bound_s is not None:
        beside += f"; proven: at most {arm.bound_s:.2f} s, slowest run {max(arm.seconds):.2f} s"
    return f"  {label:<47}{arm.median_s:>6.2f} s{ratio:>8}{first:>13}   {beside}"


def _targets(report: Report) -> list[str]:
    lines = []
    for target, value, reached in report.targets():
        least, most = target.least, target.most
        if least is not None and most is not None:
            wanted = f"{least:g} to {most:g}"
        else:
            wanted = f"at least {least:g}" if least is not None else f"at most {most:g}"
        lines.append(f"  {'reached' if reached else 'MISSED ':<8} {target.figure:<18} {value:g} ({wanted})")
    return lines


def plot(report: Report, folder: Path) -> Path:
    """Write ct.png into a folder: bars on a logarithmic axis, both directions. Returns its path."""
    import matplotlib as mpl  # noqa: PLC0415 - slow to import, and only needed here

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after the choice of what draws

    directions = [
        (prefix, title)
        for prefix, title in (("", "fetch: PACS to diagnosis room"), ("up_", "store: CT room to PACS"))
        if any(prefix + name in report.arms for name, _ in ROWS)
    ]
    figure, panels = plt.subplots(1, len(directions), figsize=(6.2 * len(directions), 3.4), squeeze=False)
    for axes, (prefix, title) in zip(panels[0], directions, strict=True):
        rows = [(label, report.arms[prefix + name]) for name, label in ROWS if prefix + name in report.arms]
        labels = [label for label, _ in rows]
        values = [arm.median_s for _, arm in rows]
        colours = [
            "#2a7f62" if "with intents" in label else "#9aa5b1" if "idle" in label else "#c44536" for label in labels
        ]
        bars = axes.barh(labels, values, color=colours, height=0.62)
        axes.bar_label(bars, [f"{v:.2f} s" if v < 10 else f"{v:.1f} s" for v in values], padding=4, fontsize=9)
        axes.set_xscale("log")
        axes.set_xlim(0.2, max(values) * 3)
        axes.set_xticks([0.5, 1, 5, 10, 30], ["0.5", "1", "5", "10", "30"])
        axes.minorticks_off()
        axes.invert_yaxis()
        axes.set_title(title, fontsize=10, loc="left")
        axes.set_xlabel("seconds for 1,000 CT images (logarithmic)", fontsize=9)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=9)
        if axes is not panels[0][0]:
            axes.set_yticklabels([])
    figure.tight_layout()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "ct.png"
    figure.savefig(path, dpi=150)
    plt.close(figure)
    return path
