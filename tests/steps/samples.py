"""Rows of results tables for the tests of the steps."""

METHOD = {
    "tau2_method": "REML",
    "ci_method": "wald",
    "pi_method": "t_k1",
    "ci_level": 0.95,
    "tau2_ci_method": "q_profile",
    "i2_ci_method": "from_tau2",
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
        row |= {"sd_source": "stated", "timepoint": None, "source_rows": f"t{i};c{i}"}
        rows.append(row | {name: given[i] for name, given in columns.items()})
    return rows
