import re
import shutil
import subprocess

import pytest

from evpool.report.refit import metafor_script
from evpool.steps.pool_effects import pool_effects
from tests.steps.samples import METHOD, VALUES, effects

ANALYSES = {method.lower(): {"tau2_method": method} for method in ("DL", "PM", "SJ", "EB", "HSk")}
ANALYSES |= {"two_step": {"tau2_method": "DL2"}, "hk": {"ci_method": "hksj"}}
ANALYSES |= {"floor": {"ci_method": "hksj_adhoc"}, "without": {"exclude": ["s1"]}}
ANALYSES |= {"robust": {"robust": True}}


@pytest.fixture
def script():
    rows = effects()
    rows[0]["label"] = 'O"Neil \\ 2020'
    return metafor_script(rows, *pool_effects(rows, METHOD, ANALYSES))


def test_the_script_holds_the_effects_with_every_digit(script):
    given = re.search(r"^yi <- c\((.*)\)$", script, re.MULTILINE)[1]
    assert [float(text) for text in given.split(", ")] == [yi for yi, _ in VALUES]
    assert r'"O\"Neil \\ 2020"' in script


def test_an_analysis_refits_its_own_studies(script):
    (call,) = re.findall(r'compare\("without, random", rma\(yi\[c\((.*?)\)\]', script)
    assert call == "1, 3, 4, 5, 6"


def test_what_metafor_can_not_do_is_named(script):
    for name in ("two_step, random", "robust, common", "robust, random"):
        assert f"# {name}: metafor's rma has no equal for it." in script


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="needs R with metafor")
def test_metafor_agrees(script, tmp_path):
    (tmp_path / "refit.R").write_text(script)
    command = ["Rscript", str(tmp_path / "refit.R")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "no package called" in done.stderr:
        pytest.skip("R has no metafor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("equal") == script.count("compare(")
