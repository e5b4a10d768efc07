import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evpool.claims.printed import Z95
from evpool.claims.within import check_within
from evpool.stats.distributions import chi2_upper_p, normal_two_sided_p, t_quantile, t_two_sided_p

SOUND = {"measure": "MD", "estimate": "1.32", "ci_lower": "1.07", "ci_upper": "1.57", "k": "21"}
SOUND |= {"p_relation": "<", "p_value": "0.01", "i2_pct": "76", "q": "84.36", "q_df": "20"}
SOUND |= {"tau2": "0.2362", "p_het": "0.01", "p_het_relation": "<"}


def wrong(claim):
    rows = check_within(claim)
    return {row["quantity"]: row["verdict"] for row in rows if row["verdict"] != "consistent"}


def test_a_sound_result_agrees_with_itself():
    assert wrong(SOUND) == {}
    assert len(check_within(SOUND)) == 6


@pytest.mark.parametrize(
    ("changes", "quantity", "verdict"),
    [
        ({"estimate": "2.0"}, "estimate in its interval", "contradicts_itself"),
        ({"ci_upper": "1.75"}, "interval centred on its estimate", "contradicts_itself"),
        ({"p_relation": ">", "p_value": "0.05"}, "P against the interval", "contradicts_itself"),
        ({"z": "5.1"}, "Z against the interval", "contradicts_itself"),
        ({"q": "48.36"}, "I² against Q", "contradicts_itself"),
        ({"p_het_relation": ">"}, "P of heterogeneity", "contradicts_itself"),
        ({"q_df": "21"}, "df against k", "contradicts_itself"),
        ({"tau2": "0"}, "tau² and I²", "questionable"),
    ],
)
def test_one_wrong_number_is_found(changes, quantity, verdict):
    assert wrong(SOUND | changes).get(quantity) == verdict


def test_limits_in_the_wrong_order_are_found():
    claim = SOUND | {"ci_lower": "1.57", "ci_upper": "1.07"}
    (row,) = [row for row in check_within(claim) if row["quantity"] == "estimate in its interval"]
    assert "wrong order" in row["finding"]


def test_p_of_heterogeneity_follows_from_i2_and_k_where_q_is_not_printed():
    claim = {"k": "3", "i2_pct": "50", "p_het": "0.14", "p_het_relation": "="}
    assert wrong(claim) == {}  # Q = 4 on 2 df: 0.135
    assert wrong(claim | {"p_het": "0.04"}) == {"P of heterogeneity": "questionable"}
    assert wrong(claim | {"i2_pct": "0", "p_het": "0.40"}) == {}


def test_an_interval_too_narrow_for_animals_is_found():
    claim = {"measure": "SMD", "estimate": "2.17", "ci_lower": "2.08", "ci_upper": "2.25"}
    assert wrong(claim) == {}  # nothing says how many animals there are
    assert wrong(claim | {"k": "19"}) == {"precision": "questionable"}
    assert wrong(claim | {"n_animals": "400"}) == {"precision": "contradicts_itself"}
    assert wrong(claim | {"n_animals": "3000"}) == {}


def test_intervals_with_t_quantiles_are_no_alarm():
    # Hartung and Knapp with k = 4: t = 4 on 3 df.
    se, df = 0.5, 3
    half, p = t_quantile(0.975, df) * se, t_two_sided_p(4.0, df)
    claim = {"measure": "MD", "estimate": "2.00", "ci_lower": f"{2 - half:.2f}", "k": "4"}
    claim |= {"ci_upper": f"{2 + half:.2f}", "p_value": f"{p:.3f}"}
    assert wrong(claim) == {}
    assert wrong(claim | {"k": None}) == {"P against the interval": "contradicts_itself"}


@given(
    estimate=st.floats(-9, 9),
    se=st.floats(0.05, 3),
    q=st.floats(0.1, 90),
    k=st.integers(2, 40),
    decimals=st.integers(1, 3),
)
def test_no_result_that_was_computed_and_rounded_raises_an_alarm(estimate, se, q, k, decimals):
    z, i2 = estimate / se, max(0.0, 1 - (k - 1) / q)
    claim = {
        "measure": "MD",
        "estimate": f"{estimate:.{decimals}f}",
        "ci_lower": f"{estimate - Z95 * se:.{decimals}f}",
        "ci_upper": f"{estimate + Z95 * se:.{decimals}f}",
        "z": f"{z:.2f}",
        "p_value": f"{normal_two_sided_p(z):.3f}",
        "k": str(k),
        "q": f"{q:.2f}",
        "q_df": str(k - 1),
        "i2_pct": f"{100 * i2:.0f}",
        "p_het": f"{chi2_upper_p(q, k - 1):.3f}",
    }
    assert wrong(claim) == {}


@given(shift=st.floats(0.2, 3), side=st.sampled_from((-1, 1)))
def test_a_shifted_limit_always_is_found(shift, side):
    claim = SOUND | {"ci_upper": f"{1.57 + (1 + side) / 2 * shift:.2f}"}
    claim |= {"ci_lower": f"{1.07 - (1 - side) / 2 * shift:.2f}"}
    assert wrong(claim)["interval centred on its estimate"] == "contradicts_itself"
    assert np.isfinite(shift)
