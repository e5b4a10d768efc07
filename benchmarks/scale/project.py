"""A copy of the project with one made-up review of as many outcomes as wanted, 20 studies each."""

import shutil
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
STUDIES = 20
ANIMALS = 8


def make_project(folder, outcomes):
    """Write the project into a folder; its only review is `scale`."""
    shutil.copy(ROOT / "Snakefile", folder)
    shutil.copy(ROOT / "profiles", folder, follow_symlinks=False)
    shutil.copytree(ROOT / "workflow", folder / "workflow")
    (folder / "config/reviews").mkdir(parents=True)
    (folder / "resources/scale").mkdir(parents=True)
    config = (ROOT / "config/config.yaml").read_text(encoding="utf-8")
    _, _, defaults = config.partition("\nanalysis:\n")
    (folder / "config/config.yaml").write_text(f"reviews: [scale]\nanalysis:\n{defaults}")
    names = [f"o{number:04d}" for number in range(outcomes)]
    (folder / "config/reviews/scale.yaml").write_text(_review(names))
    studies = "".join(f"s{i:02d},Study {i:02d},{2000 + i}\n" for i in range(STUDIES))
    (folder / "resources/scale/studies.csv").write_text("study_id,label,year\n" + studies)
    (folder / "resources/scale/arms.csv").write_text(_arms(names))


def add_study(folder, outcome):
    """Add one study to one outcome, as a reviewer would: a row here, two rows there."""
    with open(folder / "resources/scale/studies.csv", "a") as table:
        table.write("added,Added 2026,2026\n")
    with open(folder / "resources/scale/arms.csv", "a") as table:
        table.write(f"added,{outcome},treatment,{ANIMALS},11.5,2.0\n")
        table.write(f"added,{outcome},control,{ANIMALS},10.0,2.0\n")


def _review(names):
    outcomes = "".join(
        f"  {name}:\n    label: Outcome {name}\n    better: higher\n    rows: {{outcome: {name}}}\n"
        for name in names
    )
    title = "title: Simulated outcomes to measure the cost of a run\nsynthetic: true\n"
    return f"{title}analysis:\n  measure: SMD\n  metaregression: [year]\noutcomes:\n{outcomes}"


def _arms(names):
    rng = np.random.default_rng(20_261)
    lines = ["study_id,outcome,role,n,mean,sd\n"]
    for name in names:
        effects = 10 + rng.normal(1.5, 0.7, STUDIES)
        spreads = rng.uniform(1.5, 2.5, (STUDIES, 2))
        for i in range(STUDIES):
            treated = f"{ANIMALS},{effects[i]:.3f},{spreads[i, 0]:.3f}"
            control = f"{ANIMALS},10.0,{spreads[i, 1]:.3f}"
            lines.append(f"s{i:02d},{name},treatment,{treated}\n")
            lines.append(f"s{i:02d},{name},control,{control}\n")
    return "".join(lines)
