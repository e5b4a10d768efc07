"""Another workflow includes this one with Snakemake's `module:`."""

import shutil
import textwrap

from tests.conftest import Project

SNAKEFILE = """
configfile: "config/host.yaml"

module evpool:
    snakefile: "{snakefile}"
    config: config["evpool"]
    replace_prefix: {{"results/": "results/pooled/", "logs/": "logs/pooled/"}}

use rule * from evpool as evpool_*

rule all:
    default_target: True
    input: "studies.txt", rules.evpool_all.input

rule list_studies:
    input: "results/pooled/sci/bbb_first/effects.parquet"
    output: "studies.txt"
    run:
        import pyarrow.parquet as pq
        names = pq.read_table(input[0], columns=["study_id"])["study_id"].to_pylist()
        open(output[0], "w").write("\\n".join(names))
"""


def test_another_workflow_gets_the_same_results_under_its_own_folder(finished, tmp_path):
    for name in ("config", "resources"):
        shutil.copytree(finished / name, tmp_path / name)
    own = (tmp_path / "config/config.yaml").read_text()
    host = "samples: [a, b]\nevpool:\n" + textwrap.indent(own, "  ")
    (tmp_path / "config/host.yaml").write_text(host)
    (tmp_path / "config/config.yaml").unlink()
    (tmp_path / "Snakefile").write_text(SNAKEFILE.format(snakefile=finished / "workflow/Snakefile"))
    other = object.__new__(Project)
    other.folder = tmp_path
    other.run("--executor", "warm", "--scheduler", "greedy")
    assert len((tmp_path / "studies.txt").read_text().split()) == 21
    kinds = (".parquet", ".json", ".svg", ".png", ".html", ".R")
    made = {name.removeprefix("pooled/"): bytes_ for name, bytes_ in other.files(*kinds).items()}
    assert made == finished.files(*kinds)
    assert not other.planned()
