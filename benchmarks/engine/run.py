"""Time evpool against its peers, side by side, and write docs/engine.md.

    python benchmarks/engine/run.py --peers build/peers/bin/python

The packages take short turns at each task, so that a busy moment hits all of them; the ratios are
taken turn by turn. Without --peers or Rscript those packages are left out.
"""

import argparse
import csv
import tempfile
from pathlib import Path

from page import fill_page
from tasks import TASKS
from tools import peak_memory, start_tools

from evpool.stats import effects

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SECONDS = 0.2  # a turn at a quick task


def write_data(path):
    """Write yi, vi and year of the 21 studies at the first measurement."""
    sci = ROOT / "resources" / "sci"
    with open(sci / "studies.csv", newline="", encoding="utf-8") as file:
        years = {row["study_id"]: row["year"] for row in csv.DictReader(file)}
    arms = {}
    with open(sci / "arms.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["timepoint"] == "first":
                values = tuple(float(row[name]) for name in ("mean", "sd", "n"))
                arms.setdefault(row["study_id"], {})[row["role"]] = values
    with open(path, "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("yi", "vi", "year"))
        for study, roles in arms.items():
            yi, vi = effects.mean_difference(*roles["treatment"], *roles["control"])
            table.writerow((repr(float(yi)), repr(float(vi)), years[study]))


def measure_task(tools, task, rounds, whole):
    """Let the tools take turns at one task.

    Returns
    -------
    dict of (str, str) to list of (float, float)
        Seconds, scaled to the whole task, and value of each round, by task and tool.
    """
    found = {}
    for _ in range(rounds):
        for name, tool in tools.items():
            amount = task.whole if whole else task.part.get(name, task.whole)
            answer = tool.measure(task.name, amount, SECONDS)
            if answer is not None:
                scaled = (answer[0] * task.whole / amount, answer[1])
                found.setdefault((task.name, name), []).append(scaled)
    return found


def main(options):
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data.csv"
        write_data(data)
        tools, samples = start_tools(data, options.peers), {}
        for task in TASKS:
            print(task.label, flush=True)
            samples |= measure_task(tools, task, min(task.rounds, options.rounds), options.whole)
        memory = {what: peak_memory(data, what) for what in ("imports", "DL", "REML")}
    for tool in tools.values():
        tool.close()
    template = (HERE / "page.md").read_text(encoding="utf-8")
    page = fill_page(template, samples, memory, [tool.versions for tool in tools.values()])
    options.page.write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", help="the Python of the peers' environment")
    parser.add_argument("--rounds", type=int, default=99, help="at most so many rounds")
    parser.add_argument("--whole", action="store_true", help="scale nothing; takes hours")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "engine.md")
    main(parser.parse_args())
