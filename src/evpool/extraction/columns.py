"""What every table that people type holds: its columns, declared once."""

from evpool.columns import ORDER_STATISTICS, TIME_UNITS, Column, numbers, texts

ROLES = ("treatment", "control", "sham")
ERROR_TYPES = ("sd", "sem", "ci95", "ci90", "iqr", "range", "none", "unknown")
ENDS = {"iqr": ("q1", "q3"), "range": ("min", "max")}  # of the spreads that have two
ASSERTIONS = (
    "asymmetry",
    "no_asymmetry",
    "subgroup_difference",
    "no_subgroup_difference",
    "largest_level",
    "measure",
    "heterogeneity",
    "no_heterogeneity",
)

STUDIES = (
    *texts("study_id", "label", required=True, filled=True),
    Column("year", "int64"),
)
ARMS = (
    Column("study_id", required=True, filled=True),
    Column("comparison", "int64"),
    Column("outcome", required=True, filled=True),
    Column("timepoint"),
    Column("time_unit", choices=TIME_UNITS),
    Column("time", "float64"),
    Column("role", required=True, filled=True, choices=ROLES),
    Column("arm"),
    Column("n", "float64", required=True, ranged=True),
    *numbers("mean", "sd", "error", "events"),
    Column("error_type", choices=ERROR_TYPES),
    *numbers(*ORDER_STATISTICS, "t_value", "p_value", "baseline_mean", "baseline_sd"),
    Column("baseline_unit"),
    Column("value_type", choices=("final", "change")),
    *texts("unit", "source"),
)
FIGURES = (
    Column("file", required=True, filled=True),
    *texts("dataset", "label", "tips", "image"),
    *(column for column in ARMS if column.name not in ("n", "mean", "sd", "error", "events")),
    Column("n", "float64", required=True, ranged=True),
    Column("centre", choices=("mean", "median")),
    Column("digitiser"),
)
ADJUDICATION = (
    Column("study_id", required=True, filled=True),
    Column("comparison", "int64"),
    Column("outcome", required=True, filled=True),
    *texts("timepoint", "time_unit"),
    Column("time", "float64"),
    Column("role", required=True, filled=True, choices=ROLES),
    Column("arm"),
    *numbers("mean", "error"),
    *texts("adjudicator", "note"),
)
ESTIMATES = (
    Column("study_id", required=True, filled=True),
    Column("comparison", "int64"),
    Column("outcome", required=True, filled=True),
    Column("timepoint"),
    Column("time_unit", choices=TIME_UNITS),
    Column("time", "float64"),
    Column("measure", required=True, filled=True),
    Column("estimate", "float64", required=True),
    *numbers("se", "variance", "ci_low", "ci_high", "p_value", "n_t", "n_c"),
    Column("source"),
)
CLAIMS = (
    Column("claim_id", required=True, filled=True),
    *texts("location", "outcome", "group", "quote", required=True),
    Column("asserts", choices=ASSERTIONS),
    Column("measure"),
    Column("model", choices=("common", "random", "fixed")),
    # As printed, for the decimals say how precise a number is.
    *texts("k", "n_animals", "estimate", "ci_lower", "ci_upper", "p_relation", "p_value", "z"),
    *texts("i2_relation", "i2_pct", "tau2", "q", "q_df", "p_het_relation", "p_het"),
    *texts("egger_p_relation", "egger_p", "egger_t"),
    *texts("p_subgroup_difference_relation", "p_subgroup_difference"),
    *texts("analysis", "not_recomputable", "note"),
)
# Boxes of the PRISMA 2020 flow diagram; those of other routes than databases end in _other.
PHASES = (
    "identified",
    "duplicates",
    "automation",
    "removed_other_reasons",
    "screened",
    "excluded",
    "sought",
    "not_retrieved",
    "assessed",
    "excluded_full_text",
    "identified_other",
    "sought_other",
    "not_retrieved_other",
    "assessed_other",
    "excluded_full_text_other",
    "included_reports",
    "included_new",
    "previous",
    "included",
    "pooled",
)
PRISMA = (
    Column("stage", required=True, filled=True),
    Column("phase", required=True, choices=PHASES),
    Column("detail"),
    Column("count", "int64", required=True),
    Column("location"),
)
RISK_OF_BIAS = (
    *texts("study_id", "study_label"),
    *texts("domain", "judgement", required=True, filled=True),
    *texts("support", "rater"),
)
RISK_COUNTS = (
    *texts("domain", "judgement", required=True, filled=True),
    Column("studies", "int64", required=True, filled=True),
    Column("location"),
)
CHANGES = (
    *texts("study_id", "outcome", required=True, filled=True),
    Column("domain"),
    Column("better", choices=("higher", "lower")),
    Column("change_pct", "float64"),
    Column("direction", choices=("benefit", "harm", "no difference", "conflicting")),
    Column("printed"),
)
