"""The spinal cord injury review gives what its paper prints and what R gives, from the Parquet."""

import csv
import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.testing import assert_allclose
from scipy.special import chdtri

from tests.conftest import ROOT

REFERENCE = ROOT / "tests" / "reference"
TIMES = ("first", "last")
# Analysis of the config -> entry of the reference's `pool`.
ANALYSES = {
    ("overall", "common"): "EE_z",
    ("overall", "random"): "REML_z",
    ("dersimonian_laird", "random"): "DL_z",
    # The reference's own PM stopped at Q = 19.99999 where its definition says 20; its EB, the
    # same estimator in theory, converged.
    ("paule_mandel", "random"): "EB_z",
    ("maximum_likelihood", "random"): "ML_z",
    ("hartung_knapp", "random"): "REML_knha",
}
FIELDS = {
    "estimate": "beta",
    "se": "se",
    "ci_low": "ci_lb",
    "ci_high": "ci_ub",
    "statistic": "stat",
    "p_value": "pval",
    "q": "QE",
    "q_p": "QEp",
}


def rows(finished, time, table):
    return pq.ParquetFile(finished / f"results/sci/bbb_{time}/{table}.parquet").read().to_pylist()


def only(found, **wanted):
    (row,) = [r for r in found if all(r[name] == value for name, value in wanted.items())]
    return row


def reference(name):
    return json.loads((REFERENCE / f"{name}.json").read_text())


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize(("analysis", "model"), ANALYSES)
def test_pooled_estimates_equal_r(finished, time, analysis, model):
    fit = only(rows(finished, time, "pooled"), analysis=analysis, model=model)
    known = reference(f"sci_{time}")["pool"][ANALYSES[analysis, model]]
    for ours, theirs in FIELDS.items():
        assert_allclose(fit[ours], known[theirs], rtol=1e-8, err_msg=ours)
    if model == "random":
        assert_allclose(fit["tau2"], known["tau2"], rtol=1e-8)


PRINTED = {
    "first": {"common": (1.26, 1.14, 1.38), "random": (1.32, 1.07, 1.57), "tau2": 0.2362, "i2": 76},
    "last": {"common": (1.56, 1.43, 1.68), "random": (1.72, 1.43, 2.00), "tau2": 0.3285, "i2": 80},
}


@pytest.mark.parametrize("time", TIMES)
def test_pooled_estimates_equal_the_paper(finished, time):
    for model in ("common", "random"):
        fit = only(rows(finished, time, "pooled"), analysis="overall", model=model)
        found = [fit["estimate"], fit["ci_low"], fit["ci_high"]]
        assert_allclose(found, PRINTED[time][model], rtol=0, atol=0.005)
    assert_allclose(fit["tau2"], PRINTED[time]["tau2"], rtol=0, atol=0.00005)
    assert_allclose(100 * fit["i2"], PRINTED[time]["i2"], rtol=0, atol=0.5)


@pytest.mark.parametrize("time", TIMES)
def test_every_printed_row_of_the_forest_plot(finished, time):
    with (ROOT / "resources/sci/forest_printed.csv").open() as lines:
        printed = [row for row in csv.DictReader(lines) if row["timepoint"] == time]
    assert len(printed) == 21
    effects = {row["study_id"]: row for row in rows(finished, time, "effects")}
    weights = {(w["model"], w["effect_id"]): w["weight"] for w in _overall(finished, time)}
    for row in printed:
        effect = effects[row["study_id"]]
        for ours, theirs in {"yi": "md", "ci_low": "ci_lower", "ci_high": "ci_upper"}.items():
            assert_allclose(effect[ours], float(row[theirs]), rtol=0, atol=0.00501)
        for model in ("common", "random"):
            share = 100 * weights[model, effect["effect_id"]]
            printed_share = float(row[f"weight_{model}_pct"])
            assert_allclose(share, printed_share, rtol=0, atol=0.0501)


def _overall(finished, time):
    return [row for row in rows(finished, time, "weights") if row["analysis"] == "overall"]


@pytest.mark.parametrize("time", TIMES)
def test_heterogeneity_intervals_equal_r(finished, time):
    fit = only(rows(finished, time, "pooled"), analysis="overall", model="random")
    known = reference(f"sci_{time}")["tau2_ci"]["qprofile_REML"]
    for name, key, factor in (("tau2", "tau^2", 1), ("i2", "I^2(%)", 100), ("h2", "H^2", 1)):
        found = [factor * fit[f"{name}_ci_low"], factor * fit[f"{name}_ci_high"]]
        # The reference's root finder stops within 1e-4; the next test solves the equation itself.
        assert_allclose(found, known[key][1:], rtol=1e-4)


@pytest.mark.parametrize("time", TIMES)
def test_q_profile_limits_solve_their_equation(finished, time):
    fit = only(rows(finished, time, "pooled"), analysis="overall", model="random")
    effects = rows(finished, time, "effects")
    y, v = (np.array([row[name] for row in effects]) for name in ("yi", "vi"))
    for limit, tail in (("low", 0.975), ("high", 0.025)):
        w = 1 / (v + fit[f"tau2_ci_{limit}"])
        q = (w * (y - np.average(y, weights=w)) ** 2).sum()
        assert_allclose(q, chdtri(20, 1 - tail), rtol=1e-9)


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("tau2_common", [True, False])
def test_subgroups_equal_r(finished, time, tau2_common):
    kind = "common" if tau2_common else "separate"
    known = reference("sci_subgroups_meta")[f"{time}_MD_REML_tau_{kind}"]
    found = [
        row
        for row in rows(finished, time, "subgroups")
        if row["model"] == "random" and row["tau2_common"] is tau2_common
    ]
    assert [row["level"] for row in found] == known["groups"]
    assert [row["k"] for row in found] == known["k_w"]
    for ours, theirs in {"estimate": "TE_random_w", "ci_low": "lower_random_w"}.items():
        assert_allclose([row[ours] for row in found], known[theirs], rtol=1e-7)
    assert_allclose(found[0]["q_between"], known["Q_b_random"], rtol=1e-6)
    assert_allclose(found[0]["p_between"], known["pval_Q_b_random"], rtol=1e-6)


@pytest.mark.parametrize("time", TIMES)
def test_subgroups_by_the_common_effect_model_equal_r(finished, time):
    known = reference("sci_subgroups_meta")[f"{time}_MD_REML_tau_separate"]
    found = [row for row in rows(finished, time, "subgroups") if row["model"] == "common"]
    assert_allclose([row["estimate"] for row in found], known["TE_common_w"], rtol=1e-10)
    assert_allclose(found[0]["q_between"], known["Q_b_common"], rtol=1e-8)


@pytest.mark.parametrize("time", TIMES)
def test_prediction_interval_equals_r(finished, time):
    known = reference("sci_subgroups_meta")[f"{time}_MD_REML_tau_common"]
    fit = only(rows(finished, time, "pooled"), analysis="overall", model="random")
    found = [fit["pi_low"], fit["pi_high"]]
    assert_allclose(found, [known["lower_predict"], known["upper_predict"]], rtol=1e-7)


@pytest.mark.parametrize("time", TIMES)
def test_leave_one_out_equals_r(finished, time):
    known = reference(f"sci_{time}")["sensitivity"]["leave1out_REML"]
    found = [row for row in rows(finished, time, "leave_one_out") if row["model"] == "random"]
    for ours, theirs in {"estimate": "estimate", "se": "se", "tau2": "tau2", "q": "Q"}.items():
        assert_allclose([row[ours] for row in found], known[theirs], rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("time", TIMES)
def test_bias_tests_equal_r(finished, time):
    known = reference(f"sci_{time}")["bias"]
    found = {row["test"]: row for row in rows(finished, time, "bias")}
    assert_allclose(found["egger"]["statistic"], known["regtest_lm_sei"]["stat"], rtol=1e-10)
    assert_allclose(found["egger"]["p_value"], known["regtest_lm_sei"]["pval"], rtol=1e-10)
    for test in ("pet", "peese"):
        theirs = known[test.upper()]
        assert_allclose(found[test]["estimate"], theirs["intercept"], rtol=1e-10)
        assert_allclose(found[test]["p_value"], theirs["p"], rtol=1e-10)


def test_metaregression_on_year_is_the_weighted_regression_at_its_tau2(finished):
    for time in TIMES:
        effects = rows(finished, time, "effects")
        term = only(rows(finished, time, "metaregression"), term="year")
        y, v, x = (np.array([row[name] for row in effects]) for name in ("yi", "vi", "year"))
        w = 1 / (v + term["tau2"])
        centred = x - np.average(x, weights=w)
        slope = (w * centred * y).sum() / (w * centred**2).sum()
        assert_allclose(term["estimate"], slope, rtol=1e-9)
        assert_allclose(term["se"], (w * centred**2).sum() ** -0.5, rtol=1e-9)


def test_what_the_audit_says_of_the_paper(finished):
    audit = pq.ParquetFile(finished / "results/audit.parquet").read().to_pylist()
    verdicts = {(r["claim_id"], r["outcome"], r["quantity"]): r["verdict"] for r in audit}
    for claim, outcome in (("sci_c07", "bbb_first"), ("sci_c10", "bbb_last")):
        for quantity in ("estimate", "ci_lower", "ci_upper", "k", "n_animals"):
            assert verdicts[claim, outcome, quantity] == "reproduced"
    assert verdicts["sci_c01", "bbb_first", "estimate"] == "reproduced"
    assert verdicts["sci_c01", "bbb_first", "n_animals"] == "differs"
    assert verdicts["sci_c03", "bbb_first", "asymmetry"] == "differs"
    assert verdicts["sci_c03", "bbb_last", "asymmetry"] == "reproduced"
    assert verdicts["sci_c04", "bbb_first", "subgroup_difference"] == "reproduced"
    assert verdicts["sci_c12", "bbb_first", "measure"] == "differs"
    assert verdicts["sci_c14", "bbb_last", "largest_level"] == "differs"
    (row,) = [r for r in audit if r["claim_id"] == "sci_c01" and r["quantity"] == "n_animals"]
    assert "235 are the treated animals alone; both arms have 464" in row["finding"]
    assert "those of the common-effect model" in row["finding"]


def test_every_claim_has_a_verdict(finished):
    audit = pq.ParquetFile(finished / "results/audit.parquet").read().to_pylist()
    with (ROOT / "resources/sci/claims.csv").open() as lines:
        claims = {row["claim_id"] for row in csv.DictReader(lines)}
    assert {row["claim_id"] for row in audit} == claims
    verdicts = {"data": {"reproduced", "differs", "not_recomputable"}, "itself": {"consistent"}}
    assert all(row["verdict"] in verdicts[row["against"]] for row in audit)
