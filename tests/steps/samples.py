"""Rows of results tables for the tests of the steps."""

from evpool.columns import ARM_TABLE

METHOD = {
    "tau2_method": "REML",
    "ci_method": "wald",
    "pi_method": "t_k1",
    "ci_level": 0.95,
    "tau2_ci_method": "q_profile",
    "i2_ci_method": "from_tau2",
}
SPECIFICATION = {
    "measure": "MD",
    "measure_options": {},
    "timepoint": "latest",
    "sd_rule": "exclude",
}
SPECIFICATION |= {"tau2_method": "REML", "ci_method": "wald", "pi_method": "t_k1", "ci_level": 0.95}
SPECIFICATION |= {"shared_control": "none"}
BIAS = {
    "tests": ["egger", "pet", "peese", "pet_peese"],
    "egger_predictor": "by_measure",
    "egger_model": "lm",
    "trim_fill_estimator": "L0",
    "trim_fill_side": "auto",
    "selection_steps": [0.025],
    "selection_alternative": "by_direction",
}
VALUES = [(0.5, 0.04), (0.9, 0.09), (0.1, 0.02), (1.4, 0.16), (0.7, 0.05), (0.3, 0.08)]


def effects(values=VALUES, **columns):
    """Rows of EFFECTS with the given (yi, vi); `columns` gives one list a moderator."""
    rows = []
    for i, (yi, vi) in enumerate(values):
        row = {"review": "r", "outcome": "o", "effect_id": f"s{i}:1", "study_id": f"s{i}"}
        row |= {"label": f"Study {i}", "comparison": 1, "measure": "MD", "yi": yi, "vi": vi}
        row |= {"sei": vi**0.5, "ci_low": yi - 1.96 * vi**0.5, "ci_high": yi + 1.96 * vi**0.5}
        row |= {"n_t": 8, "n_c": 9, "mean_t": 1 + yi, "sd_t": 1.0, "mean_c": 1.0, "sd_c": 0.9}
        row |= {"events_t": None, "events_c": None, "control_shared_by": 1}
        row |= {"sd_source": "stated", "timepoint": None, "source_rows": f"t{i};c{i}"}
        rows.append(row | {name: given[i] for name, given in columns.items()})
    return rows


def arm(study, role, time, mean, **changes):
    """One row of ARM_TABLE."""
    row = {column.name: None for column in ARM_TABLE}
    row |= {"review": "r", "outcome": "o", "study_id": study, "comparison": 1, "role": role}
    row |= {"time": time, "time_unit": "d", "n": 8.0, "mean": mean, "error": 0.7, "label": study}
    row |= {"error_type": "sd", "source_file": "f", "row_id": f"{study}{role}{time}"}
    return row | changes


def arms():
    """Rows of ARM_TABLE: four studies, each at 7 and at 28 days."""
    means = [(1.8, 2.4), (1.5, 2.1), (2.6, 2.2), (1.2, 1.9)]
    rows = [
        arm(f"s{i}", role, 7.0 + 21 * j, mean if role == "treatment" else 1.0 + 0.1 * i)
        for i, pair in enumerate(means)
        for j, mean in enumerate(pair)
        for role in ("treatment", "control")
    ]
    # The SD of one arm is unknown: only some rules can use its comparison.
    rows[3] |= {"error_type": "unknown", "unusable": "error_type_unknown", "detail": "row 5"}
    return rows
