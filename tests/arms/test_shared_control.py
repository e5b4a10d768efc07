"""A control that several comparisons share: divided, each animal counts once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from evpool.arms.shared_control import split_shared_controls
from evpool.stats.pooling import pool
from evpool.steps.compute_effects import compute_effects, summaries
from evpool.steps.diagnose_bias import diagnose_bias
from evpool.steps.harmonise_arms import harmonise_arms
from evpool.steps.pool_effects import pool_effects
from tests.steps.samples import BIAS, METHOD
from tests.steps.test_harmonise_arms import arm


def sharing(count, n_c=12.0, n_t=10.0, study="a", **control):
    """Comparisons 1 to `count` of one study, each with the same control written out again."""
    control = {"mean": 1.0, "error": 1.0, "arm": "PBS", "n": n_c} | control
    rows = []
    for i in range(1, count + 1):
        rows.append(arm(study, comparison=i, mean=2.0 + i, error=1.5, n=n_t, arm=f"dose {i}"))
        rows.append(arm(study, "control", i, **control))
    return rows


def split(arms, **options):
    return harmonise_arms(arms, shared_control="split", **options)


def md(arms):
    return compute_effects(split(arms)[0], "MD", 0.95)


def test_the_handbooks_example_of_a_group_of_forty_shared_by_two():
    # Handbook 23.3.4: halve the shared group; mean and SD are left unchanged.
    rows = md(sharing(2, n_c=40.0, n_t=40.0))
    assert [(row["n_c"], row["control_shared_by"]) for row in rows] == [(40, 2)] * 2
    assert_allclose(summaries(rows)["n_c"], [20, 20])
    assert_allclose([row["vi"] for row in rows], 1.5**2 / 40 + 1.0**2 / 20, rtol=1e-12)
    assert_allclose([row["yi"] for row in rows], [2.0, 3.0])


@settings(deadline=None)  # the first fit imports what it needs
@given(st.integers(2, 6), st.integers(12, 40), st.integers(2, 40))
def test_halves_pool_to_the_variance_of_all_treated_against_the_control(count, n_c, n_t):
    """With equal treated arms the pooled difference is that of all of them against the control.

    Its variance is s_t^2 / (count n_t) + s_c^2 / n_c, exactly, whatever the number that shares.
    """
    rows = md(sharing(count, float(n_c), float(n_t)))
    yi, vi = (np.array([row[name] for row in rows]) for name in ("yi", "vi"))
    fit = pool(yi, vi, model="common")
    assert_allclose(fit.se[0] ** 2, 1.5**2 / (count * n_t) + 1.0 / n_c, rtol=1e-12)
    assert_allclose(fit.estimate[0], yi.mean(), rtol=1e-12)


def test_every_animal_counts_once_in_the_pooled_row():
    fits, _ = pool_effects(md([*sharing(3, n_c=10.0), *sharing(1, n_c=7.0, study="b")]), METHOD)
    assert {(fit["n_t"], fit["n_c"]) for fit in fits} == {(40, 17)}
    whole = compute_effects(harmonise_arms(sharing(3, n_c=10.0))[0], "MD", 0.95)
    assert pool_effects(whole, METHOD)[0][0]["n_c"] == 30


def test_the_small_study_tests_take_the_divided_n():
    effects = compute_effects(
        split([row for i in range(4) for row in sharing(2, n_c=12.0 + 2 * i, study=f"s{i}")])[0],
        "SMD", 0.95,
    )  # fmt: skip
    undivided = [row | {"n_c": row["n_c"] // 2, "control_shared_by": 1} for row in effects]
    choices = BIAS | {"tests": ["egger"]}
    found = [diagnose_bias(rows, choices, METHOD, "higher")[0] for rows in (effects, undivided)]
    assert found[0][0]["variant"] == "sqrtninv"
    assert found[0][0]["p_value"] == found[1][0]["p_value"]


def test_counts_are_divided_with_their_events():
    arms = [
        row | {"events": 4.0, "error": None, "sd": None, "mean": None} for row in sharing(2, 10.0)
    ]
    rows = compute_effects(split(arms)[0], "OR", 0.95)
    assert_allclose(rows[0]["vi"], 1 / 4 + 1 / 6 + 1 / 2 + 1 / 3)
    assert_allclose(rows[0]["yi"], 0.0, atol=1e-12)


@pytest.mark.parametrize(
    "different",
    [{"mean": 1.1}, {"n": 11.0}, {"arm": "vehicle"}, {"study_id": "b"}, {"timepoint": "last"}],
)
def test_another_control_is_not_shared(different):
    arms = sharing(2)
    arms[2] |= {k: v for k, v in different.items() if k in ("study_id", "timepoint")}
    arms[3] |= different
    rows = md(arms)
    assert [row["control_shared_by"] for row in rows] == [1, 1]


CHANGE = {"change": {"correlation": 0.5}}


@pytest.mark.parametrize("options", [{}, CHANGE], ids=["final", "change"])
@pytest.mark.parametrize(("name", "values"), [("t_value", (3, 5)), ("p_value", (0.01, 0.001))])
def test_sds_from_the_tests_of_the_comparisons_leave_their_control_one(name, values, options):
    arms = sharing(2, n_c=8.0)
    for row in arms:
        row |= {"error": None, "error_type": None, "baseline_mean": 0.5, "baseline_sd": 1.0}
    for row, value in zip(arms[::2], values, strict=True):
        row[name] = float(value)
    kept, _ = split(arms, **options)
    rows = compute_effects(kept, "MD", 0.95)
    assert [row["control_shared_by"] for row in rows] == [2, 2]
    assert rows[0]["sd_c"] != rows[1]["sd_c"]
    arms[3]["n"] = 9.0
    assert [row["control_shared_by"] for row in md(arms)] == [1, 1]


def test_unnamed_controls_with_the_same_numbers_are_one_group():
    assert [row["control_shared_by"] for row in md(sharing(3, arm=None))] == [3, 3, 3]


def test_a_control_too_small_to_divide_is_on_the_ledger_with_its_partners():
    kept, ledger = split([*sharing(2, n_c=3.0), *sharing(2, n_c=4.0, study="b")])
    assert {row["study_id"] for row in kept} == {"b"}
    assert [row["reason"] for row in ledger] == ["shared_control_too_small"] * 4
    assert "fewer than 2 animals" in ledger[0]["detail"]
    # A partner that was set aside before leaves the control whole.
    broken = sharing(2, n_c=3.0)
    broken[0] |= {"unusable": "n_missing", "detail": "row 2"}
    kept, ledger = split(broken)
    assert [row.get("control_shared_by") for row in kept] == [None, 1]
    assert [row["reason"] for row in ledger] == ["n_missing", "treatment_unusable"]


def test_the_rows_history_says_what_was_divided():
    treated, control = split(sharing(2))[0][:2]
    assert "share: 12 animals divided among 2 comparisons, 6 each" in control["history"]
    assert "share" not in (treated.get("history") or "")


def test_only_split_divides():
    kept, _ = harmonise_arms(sharing(2))
    assert [row["control_shared_by"] for row in compute_effects(kept, "MD", 0.95)] == [1, 1]


@given(st.permutations(range(6)))
def test_the_order_of_the_comparisons_changes_nothing(order):
    arms = sharing(6, n_c=13.0)
    shuffled = [row for i in order for row in arms[2 * i : 2 * i + 2]]
    by_number = sorted(md(shuffled), key=lambda row: row["comparison"])
    assert [row["vi"] for row in by_number] == [row["vi"] for row in md(arms)]


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(2, 6), st.sampled_from(["PBS", "gel", None])),
        min_size=1,
        max_size=8,
    )
)
def test_the_parts_of_a_control_add_up_to_it_and_no_arm_is_lost(drawn):
    arms = [
        row
        for i, (study, n, name) in enumerate(drawn)
        for row in (
            arm(study, comparison=i, sd=1.0),
            arm(study, "control", i, n=n, arm=name, sd=1.0),
        )
    ]
    kept, too_small = split_shared_controls(arms)
    assert len(kept) + len(too_small) == len(arms)
    groups = {}
    for row in kept:
        if row["role"] == "control":
            groups.setdefault((row["study_id"], row["n"], row["arm"]), []).append(row)
    for (_, n, _), rows in groups.items():
        parts = sum(row["n"] / row["control_shared_by"] for row in rows)
        assert_allclose(parts, n, rtol=1e-12)
        assert rows[0]["n"] / rows[0]["control_shared_by"] >= 2 or len(rows) == 1
