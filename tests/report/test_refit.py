import re
import shutil
import subprocess

import numpy as np
import pytest

from evpool.report.refit import SLACK, metafor_script
from evpool.stats.pooling import pool
from evpool.steps.pool_effects import pool_effects
from tests.stats import moderator_references as references
from tests.steps.samples import METHOD, VALUES, effects

ANALYSES = {m.lower(): {"tau2_method": m} for m in ("DL", "PM", "PMM", "SJ", "EB", "HSk")}
ANALYSES |= {"two_step": {"tau2_method": "DL2"}, "hk": {"ci_method": "hksj"}}
ANALYSES |= {"floor": {"ci_method": "hksj_adhoc"}, "without": {"exclude": ["s1"]}}
ANALYSES |= {"robust": {"robust": True}, "elsewhere": {"only": {"study_id": "s9"}}}


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


def test_a_common_effect_is_refitted_with_its_own_interval(script):
    assert re.search(r'compare\("hk, common", .* method = "EE", test = "z"\)', script)
    assert re.search(r'compare\("hk, random", .* method = "REML", test = "knha"', script)


def test_what_is_not_pooled_is_named(script):
    assert "# elsewhere, random: not pooled: it leaves no comparison of this outcome\n" in script
    assert 'compare("elsewhere' not in script


def test_what_metafor_can_not_do_is_named(script):
    for name in ("two_step, random", "robust, common", "robust, random"):
        assert f"# {name}: metafor's rma has no equal for it." in script


@pytest.mark.parametrize("method", ["PM", "PMM"])
def test_a_tau2_that_metafor_searches_is_compared_apart_from_what_follows_from_it(method):
    rows = effects()
    how = METHOD | {"tau2_method": method, "ci_method": "hksj"}
    pooled, weights = pool_effects(rows, how)
    (fit,) = (row for row in pooled if row["model"] == "random")
    script = metafor_script(rows, pooled, weights)
    call = script[script.index('compare("overall, random"') :]
    assert f'method = "{method}", test = "knha", control = list(tol = 1e-10' in call
    at = re.search(r"at = rma\((.*)\), slack = (\S+)\)$", call.strip())
    used = "c(1, 2, 3, 4, 5, 6)"
    assert at[1] == f'yi[{used}], vi[{used}], tau2 = {float(fit["tau2"])!r}, test = "knha"'
    assert float(at[2]) == SLACK
    assert "slack = 0.00013" not in script.replace(call, "")


@pytest.mark.parametrize("test", ["z", "knha"])
@pytest.mark.parametrize("method", ["PM", "PMM"])
def test_the_tolerances_pass_what_metafor_gives_with_its_own(method, test):
    """The reference is metafor with uniroot's default tolerance: as if our tol were ignored."""

    def same(found, expected, slack=0.0):
        return np.abs(found - expected) <= max(1e-6 * max(abs(expected), 1e-3), slack)

    off = []
    for name, key in references.entries("pool", f"{method}_{test}"):
        theirs, (yi, vi) = references.REFERENCES[name]["pool"][key], references.effects(name)
        how = {"tau2_method": method, "ci_method": {"z": "wald", "knha": "hksj"}[test]}
        ours = pool(yi, vi, **how)
        assert same(theirs["tau2"], ours.tau2[0], SLACK)
        at = pool(yi, vi, tau2=theirs["tau2"], **how)  # both at one tau2, as the script does
        assert same(theirs["beta"], at.estimate[0])
        assert same(theirs["se"], at.se[0])
        off.append(not same(theirs["tau2"], ours.tau2[0]))
        off.append(not same(theirs["se"], ours.se[0]))
    assert any(off)  # which is why tau2 has its slack, and the rest is compared at one tau2


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="needs R with metafor")
def test_metafor_agrees(script, tmp_path):
    (tmp_path / "refit.R").write_text(script)
    command = ["Rscript", str(tmp_path / "refit.R")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "no package called" in done.stderr:
        pytest.skip("R has no metafor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("equal") == script.count("compare(")
