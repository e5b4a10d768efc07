"""The scripts without Snakemake: importing has no effect, and each `main` hands on to the next."""

import importlib
import inspect
import json
import re
import sys

import pytest

from tests.conftest import ROOT, SCRIPTS
from tests.steps.samples import BIAS, METHOD

NAMES = sorted(path.stem for path in SCRIPTS.glob("*.py"))
RULES = "\n".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))


@pytest.fixture
def script(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(SCRIPTS), *sys.path])
    return lambda name: importlib.import_module(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_script_takes_every_file_that_its_rule_names(script, name):
    body = re.search(rf"^rule {name}:\n(.*?)^    log:", RULES, re.MULTILINE | re.DOTALL)[1]
    files = set(re.findall(r"^        (\w+)=", body, re.MULTILINE))
    parameters = inspect.signature(script(name).main).parameters
    open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    assert files
    assert open_ended or files <= set(parameters)


def test_from_typed_rows_to_a_verdict(script, typed, tmp_path):
    arms, studies = typed()
    files = ("arms", "harmonised", "ledger", "effects", "pooled", "weights", "refit", "account")
    at = {name: tmp_path / name for name in files}
    wanted = {"outcome": "bbb", "timepoint": "first"}
    choices = {"wanted": wanted, "kind": "means", "sd_rule": "exclude", "unusable": "stop"}
    script("extract_arms").main(arms, studies, at["arms"], "demo", "bbb", False, **choices)
    script("harmonise_arms").main(at["arms"], at["harmonised"], at["ledger"], exclude=[])
    script("compute_effects").main(at["harmonised"], at["effects"], "MD", {}, 0.95)
    out = (at["pooled"], at["weights"], at["refit"])
    script("pool_effects").main(at["effects"], at["harmonised"], *out, METHOD, {})
    files = [arms], [at["ledger"]], [at["effects"]], at["account"]
    script("close_ledger").main(*files, "demo", [{"bbb": wanted}])
    from evpool.tables import read_rows

    (random,) = [row for row in read_rows(at["pooled"]) if row["model"] == "random"]
    assert (random["k"], random["n_t"], random["n_c"]) == (3, 30, 29)
    assert 0.8 < random["estimate"] < 1.3
    assert read_rows(at["account"]) == []
    assert "library(metafor)" in at["refit"].read_text()


def test_small_scripts_write_their_file(script, typed, tmp_path):
    script("record_config").main(tmp_path / "config.json", {"title": "t"}, None)
    assert json.loads((tmp_path / "config.json").read_text()) == {"title": "t"}
    arms, studies = typed()
    choices = {"wanted": {"outcome": "bbb"}, "kind": "means", "sd_rule": "exclude"}
    paths = [tmp_path / name for name in ("a", "h", "l", "e", "b", "f")]
    script("extract_arms").main(arms, studies, paths[0], "d", "o", True, **choices, unusable="stop")
    script("harmonise_arms").main(*paths[:3], exclude=[])
    script("compute_effects").main(paths[1], paths[3], "MD", {}, 0.95)
    script("diagnose_bias").main(paths[3], paths[4], paths[5], BIAS, METHOD, "higher", 1)
    from evpool.tables import is_synthetic, read_rows

    assert [row["test"] for row in read_rows(paths[4])] == BIAS["tests"]
    assert all(is_synthetic(path) for path in paths)
