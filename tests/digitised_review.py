"""A review whose arms are drawn as figures with known truth and digitised by simulated people."""

import csv
import json
from types import SimpleNamespace

from tests.formats.make_wpd_examples import Figure, Hand, digitise, draw, png

HEIGHT = 400.0  # pixels of the value axis
COLUMNS = ("file", "dataset", "label", "study_id", "outcome", "role", "n", "error_type", "unit")
COLUMNS += ("digitiser", "tips")


def write_figures(
    folder,
    arms,
    *,
    digitisers=("",),
    jitter=0.5,
    axes="bar",
    tips="upper",
    limits=(0.0, 20.0),
    log=False,
    images=False,
    seed=1,
    unit="points",
):
    """Draw one figure a study, let each digitiser click it, and write figures.csv and studies.csv.

    `arms` are dicts of study_id, role, mean, error, error_type and n; returns the table's path.
    """  # fmt: skip
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    studies = {}
    for arm in arms:
        studies.setdefault(arm["study_id"], []).append(arm)
    options = SimpleNamespace(
        version="4.2", tips=tips, error="groups", no_rotation=False, unnamed_groups=False,
        strip_values=False, no_calibration=False,
    )  # fmt: skip
    rows = []
    for number, (study, own) in enumerate(studies.items()):
        drawn = [
            {"dataset": "", "label": arm["role"], "x": k + 1.0}
            | {name: arm[name] for name in ("mean", "error", "error_type", "n")}
            for k, arm in enumerate(own)
        ]
        figure = Figure((600, 500), axes, limits, (0.0, len(own) + 1.0), log, 0.0)
        figure.top, figure.bottom = 30.0, 30.0 + HEIGHT
        for place, who in enumerate(digitisers):
            hand = Hand([seed, number, place], jitter, jitter, 0)
            name = f"{study}{f'_{who}' if who else ''}"
            project, _ = digitise(figure, drawn, hand, options)
            (folder / "figures" / f"{name}.json").write_text(json.dumps(project))
            if images:
                (folder / "figures" / f"{name}.png").write_bytes(png(draw(figure, drawn)))
            rows += [_row(name, who, arm, k + 1, axes, unit) for k, arm in enumerate(own)]
    _write(folder / "figures.csv", COLUMNS, rows)
    listed = [{"study_id": study, "label": study} for study in studies]
    _write(folder / "studies.csv", ("study_id", "label"), listed)
    return folder / "figures.csv"


def _row(name, who, arm, x, axes, unit):
    label = f"x={x}" if axes == "xy" else arm["role"]
    row = {"file": f"{name}.json", "dataset": "", "label": label, "tips": "", "outcome": "o"}
    row |= {name: arm[name] for name in ("study_id", "role", "n", "error_type")}
    return row | {"unit": unit, "digitiser": who}


def _write(path, columns, rows):
    with path.open("w", newline="") as stream:
        table = csv.DictWriter(stream, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def pair(study, treatment, control, *, error=1.5, n=8, error_type="sem"):
    """Two arms of a study."""
    return [
        {"study_id": study, "role": role, "mean": mean, "error": error, "error_type": error_type}
        | {"n": n}
        for role, mean in (("treatment", treatment), ("control", control))
    ]
