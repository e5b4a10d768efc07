"""What every table holds: its columns, declared once, with type, unit and range."""

from dataclasses import dataclass

ROLES = ("treatment", "control", "sham")
CONTRAST = "contrast"  # the role of a published effect, which has no arms
TIME_UNITS = ("min", "h", "d", "wk", "mo", "y")
ERROR_TYPES = ("sd", "sem", "ci95", "ci90", "iqr", "range", "none", "unknown")
ORDER_STATISTICS = ("median", "q1", "q3", "min", "max")
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


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `type` is string, int64, float64 or bool. A `required` column must exist, a `filled` one must
    have a value in every row; `choices` are the only values allowed (compared without case). Of a
    `ranged` number a range may be typed, '6-8': its lower end is read.
    """

    name: str
    type: str = "string"
    required: bool = False
    filled: bool = False
    choices: tuple = ()
    ranged: bool = False


def _text(*names, **options):
    return tuple(Column(name, **options) for name in names)


def _numbers(*names):
    return tuple(Column(name, "float64") for name in names)


# What people type ---------------------------------------------------------------------------------

STUDIES = (
    *_text("study_id", "label", required=True, filled=True),
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
    *_numbers("mean", "sd", "error", "events"),
    Column("error_type", choices=ERROR_TYPES),
    *_numbers(*ORDER_STATISTICS, "t_value", "p_value", "baseline_mean", "baseline_sd"),
    Column("baseline_unit"),
    Column("value_type", choices=("final", "change")),
    *_text("unit", "source"),
)
FIGURES = (
    Column("file", required=True, filled=True),
    *_text("dataset", "label", "tips", "image"),
    *(column for column in ARMS if column.name not in ("n", "mean", "sd", "error", "events")),
    Column("n", "float64", required=True, ranged=True),
    Column("centre", choices=("mean", "median")),
    Column("digitiser"),
)
ADJUDICATION = (
    Column("study_id", required=True, filled=True),
    Column("comparison", "int64"),
    Column("outcome", required=True, filled=True),
    *_text("timepoint", "time_unit"),
    Column("time", "float64"),
    Column("role", required=True, filled=True, choices=ROLES),
    Column("arm"),
    *_numbers("mean", "error"),
    *_text("adjudicator", "note"),
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
    *_numbers("se", "variance", "ci_low", "ci_high", "p_value", "n_t", "n_c"),
    Column("source"),
)
CLAIMS = (
    Column("claim_id", required=True, filled=True),
    *_text("location", "outcome", "group", "quote", required=True),
    Column("asserts", choices=ASSERTIONS),
    *_text("measure", "model"),
    # As printed, for the decimals say how precise a number is.
    *_text("k", "n_animals", "estimate", "ci_lower", "ci_upper", "p_relation", "p_value", "z"),
    *_text("i2_relation", "i2_pct", "tau2", "q", "q_df", "p_het_relation", "p_het"),
    *_text("egger_p_relation", "egger_p", "egger_t", "analysis", "not_recomputable", "note"),
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
    *_text("study_id", "study_label"),
    *_text("domain", "judgement", required=True, filled=True),
    *_text("support", "rater"),
)
RISK_COUNTS = (
    *_text("domain", "judgement", required=True, filled=True),
    Column("studies", "int64", required=True, filled=True),
    Column("location"),
)

CHANGES = (
    *_text("study_id", "outcome", required=True, filled=True),
    Column("domain"),
    Column("better", choices=("higher", "lower")),
    Column("change_pct", "float64"),
    Column("direction", choices=("benefit", "harm", "no difference", "conflicting")),
    Column("printed"),
)

# What the rules exchange --------------------------------------------------------------------------

_PLACE = _text("review", "outcome")
_ROW = (
    *_PLACE,
    *_text("source_file", "row_id", "study_id"),
    Column("comparison", "int64"),
    *_text("timepoint", "role", "arm"),
)
_TIME = (Column("time", "float64"), Column("time_unit"))
_PUBLISHED = _numbers("estimate", "se", "variance", "ci_low", "ci_high", "p_value", "n_t", "n_c")
_READING = (*_numbers("error_lower", "error_upper"), *_text("reading_flags", "digitiser"))
# Clicks on the image, pixels from its top left corner.
PIXELS = _numbers(*(f"{part}_px_{x}" for part in ("mean", "lower", "upper") for x in "xy"))
# The value axis: its name, its lowest and highest calibrated value and the pixels between them; how
# far the arm is from it (see `readers.calibration.Calibration.lever`); where on it the arm's mean
# and tips are (0 to 1); the SD of one click, and of one on a calibration point, in pixels; and the
# degrees of freedom behind these, where they are estimated.
AXIS = (
    Column("axis"),
    *_numbers("axis_low", "axis_high", "axis_px", "axis_lever", "mean_at", "lower_at", "upper_at"),
    Column("axis_log", "bool"),
    *_numbers("click_error", "calibration_error", "click_df"),
)
# What was done to the row so far, one line a step (see `history`), and cautions about it.
_TRAIL = _text("history", "flags")
ARM_TABLE = (
    *_ROW,
    *_TIME,
    *_READING,
    *PIXELS,
    *AXIS,
    *_numbers("mean_reading_se", "error_reading_se"),
    Column("measure"),
    *_numbers("n", "mean", "error", "events"),
    *_text("error_type", "unit", "source"),
    *_numbers(*ORDER_STATISTICS, "t_value", "baseline_mean", "baseline_sd"),
    *_text("baseline_unit", "value_type"),
    *_PUBLISHED,
    *_text("unusable", "detail", "label"),
    *_TRAIL,
)
HARMONISED = (
    *_ROW,
    *_TIME,
    *_READING,
    *AXIS,
    *_numbers("mean_reading_se", "sd_reading_se"),
    Column("reading_shifts"),  # JSON: see `reading_shifts`
    Column("measure"),
    Column("n", "int64"),
    *_numbers("mean", "sd", "events"),
    Column("control_shared_by", "int64"),
    *_text("sd_source", "unit", "source"),
    *_PUBLISHED,
    Column("label"),
    *_TRAIL,
)
LEDGER = (*_ROW, *_text("step", "reason", "detail", "reading_flags"), *_TRAIL)
_AGREEMENT = ("bias", "bias_low", "bias_high", "sd", "lower", "lower_low", "lower_high", "upper")
_AGREEMENT += ("upper_low", "upper_high", "icc", "icc_low", "icc_high", "percent_difference")
AGREEMENT = (
    *_PLACE,
    *_text("unit", "quantity", "first", "second"),
    Column("pairs", "int64"),
    *_numbers(*_AGREEMENT),
    Column("warning"),
)
DISAGREEMENTS = (
    *_PLACE,
    *_text("study_id", "label"),
    Column("comparison", "int64"),
    *_text("timepoint", "role", "arm"),
    *_TIME,
    *_text("unit", "quantity", "first", "second"),
    *_numbers("value_first", "value_second", "difference", "percent", "pixel_distance", "value"),
    *_text("resolved_by", "row_ids"),
)
CLICK_ERRORS = (
    *_PLACE,
    Column("source"),
    *_numbers("click_error", "calibration_error", "click_df"),
    *(Column(name, "int64") for name in ("clicks", "arms_digitised", "arms_with_error")),
)
EFFECTS = (
    *_text("review", "outcome", "effect_id", "study_id", "label"),
    Column("comparison", "int64"),
    Column("measure"),
    *_numbers("yi", "vi", "sei", "ci_low", "ci_high"),
    Column("n_t", "int64"),
    Column("n_c", "int64"),
    Column("control_shared_by", "int64"),  # each comparison counts this part of n_c
    *_numbers("mean_t", "sd_t", "mean_c", "sd_c", "events_t", "events_c"),
    *_text("sd_source", "timepoint", "source_rows"),
)
_ESTIMATE = _numbers("estimate", "se", "ci_low", "ci_high")
_FIT = (
    Column("k", "int64"),
    Column("n_t", "int64"),
    Column("n_c", "int64"),
    *_ESTIMATE,
    *_numbers("pi_low", "pi_high", "statistic", "df", "p_value"),
    *_numbers("tau2", "tau2_ci_low", "tau2_ci_high", "i2", "i2_ci_low", "i2_ci_high", "i2_tau2"),
    *_numbers("h2", "h2_ci_low", "h2_ci_high", "q", "q_df", "q_p"),
    Column("converged", "bool"),
)
DISPERSION = (
    *_PLACE,
    *_text("row_id", "study_id", "label"),
    Column("comparison", "int64"),
    Column("role"),
    Column("n", "int64"),
    *_numbers("mean", "sd", "ratio", "sqrt_n", "z_sd", "z_sem", "smd_stated", "smd_as_sem"),
    Column("verdict"),
)
_METHOD = (*_text("model", "tau2_method", "ci_method", "pi_method"), Column("ci_level", "float64"))
POOLED = (
    *_PLACE,
    *_text("analysis", "measure"),
    *_METHOD,
    *_FIT,
    *_numbers("digitisation_low", "digitisation_high"),
    Column("digitisation_warning"),
    Column("robust_alpha", "float64"),
)
READINGS = (
    *_PLACE,
    *_text("measure", "reading"),
    Column("arms_changed", "int64"),
    *_METHOD,
    *_FIT,
)
WEIGHTS = (*_PLACE, *_text("analysis", "model", "effect_id"), Column("weight", "float64"))
SUBGROUPS = (
    *_PLACE,
    *_text("measure", "moderator", "level"),
    Column("tau2_common", "bool"),
    *_METHOD,
    *_FIT,
    *_numbers("q_between", "df_between", "p_between", "p_holm"),
    Column("warning"),
)
METAREGRESSION = (
    *_PLACE,
    *_text("analysis", "term", "tau2_method", "test"),
    Column("k", "int64"),
    *_ESTIMATE,
    *_numbers("statistic", "df", "p_value", "p_holm", "vif"),
    *_numbers("tau2", "r2", "i2_tau2", "qm", "qm_df", "qm_p", "qe", "qe_df", "qe_p"),
    *_numbers("p_permutation", "qm_p_permutation"),
    Column("permutations", "int64"),
    Column("permutations_exact", "bool"),
    Column("permutations_failed", "int64"),
    Column("warning"),
)
PREDICTIONS = (
    *_PLACE,
    *_text("analysis", "moderator", "tau2_method", "test"),
    Column("ci_level", "float64"),
    Column("k", "int64"),
    Column("value", "float64"),
    *_ESTIMATE,
    *_numbers("pi_low", "pi_high"),
)
LEAVE_ONE_OUT = (*_PLACE, *_text("effect_id", "study_id", "label"), *_METHOD, *_FIT)
LEAVE_SETS_OUT = (
    *_PLACE,
    *_text("exclusion_set", "excluded"),
    *_METHOD,
    *_FIT,
    Column("warning"),
)
CUMULATIVE = (
    *_PLACE,
    Column("order_by"),
    Column("step", "int64"),
    *_text("value", "effect_id", "study_id", "label"),
    *_METHOD,
    *_FIT,
)
INFLUENCE = (
    *_PLACE,
    *_text("effect_id", "study_id", "label", "model", "tau2_method"),
    *_numbers("rstudent", "dffits", "cook_d", "cov_ratio", "tau2_deleted", "q_deleted"),
    *_numbers("hat", "weight", "dfbetas"),
    Column("influential", "bool"),
    *_numbers("baujat_x", "baujat_y"),
)
GOSH = (Column("subset", "int64"), Column("k", "int64"), *_numbers("estimate", "i2", "tau2"))
CHOICES = ("measure", "timepoint", "exclusion_set", "sd_rule", "shared_control")
CHOICES += ("tau2_method", "ci_method")
MULTIVERSE = (
    *_PLACE,
    *_text(*CHOICES, "pi_method"),
    Column("ci_level", "float64"),
    Column("is_own", "bool"),
    Column("k", "int64"),
    *_ESTIMATE,
    *_numbers("pi_low", "pi_high", "statistic", "df", "p_value", "tau2", "i2", "i2_tau2"),
    Column("warning"),
)
BIAS = (
    *_PLACE,
    *_text("test", "variant"),
    Column("k", "int64"),
    *_ESTIMATE,
    *_numbers("statistic", "df", "p_value", "count", "expected"),
    Column("warning"),
)
FILLED = (*_PLACE, Column("label"), *_numbers("yi", "vi", "sei"))
EFFECT_DIRECTIONS = (
    *_text("review", "study_id", "domain", "direction"),
    Column("outcomes", "int64"),
    Column("printed"),
)
DIRECTIONS = (
    *_text("review", "study_id", "label", "direction", "first_outcome"),
    Column("outcomes", "int64"),
    *_numbers("change_pct", "dose"),
    Column("low_risk_domains", "int64"),
)
SWIM = (
    *_text("review", "grouped_by", "level"),
    *(Column(name, "int64") for name in ("k", "benefit", "harm", "no_difference", "conflicting")),
    *_numbers("share", "share_low", "share_high", "p_value"),
    Column("k_change", "int64"),
    *_numbers("change_min", "change_q1", "change_median", "change_q3", "change_max"),
)
STUDY_DOSES = (
    *_text("review", "study_id", "label", "role"),
    *_numbers("dose_ug", "dose_ug_per_kg", "dose_particles", "dose_particles_per_kg"),
    *_numbers("dose_cells", "dose_cells_per_kg"),
    *_text("dose_axis", "dose_note"),
)
FLOW = (
    *_text("review", "phase", "detail"),
    Column("count", "int64"),
    *_text("printed", "locations"),
    Column("computed", "bool"),
)
FLOW_CHECKS = (*_text("review", "rule"), Column("holds", "bool"), Column("finding"))
CHARACTERISTICS = _text("review", "study_id", "label")
CHARACTERISTIC_COUNTS = (
    *_text("review", "characteristic", "heading", "level"),
    Column("studies", "int64"),
    Column("share", "float64"),
    Column("several", "bool"),
)
JUDGEMENTS = (
    *_text("review", "study_id", "label", "domain", "domain_label", "judgement"),
    Column("raters", "int64"),
    Column("support"),
)
RISK_SUMMARY = (
    *_text("review", "domain", "domain_label", "judgement"),
    Column("studies", "int64"),
    Column("share", "float64"),
    Column("basis"),
)
RATER_AGREEMENT = (
    *_text("review", "raters", "domain"),
    Column("subjects", "int64"),
    *_numbers("observed", "kappa", "kappa_low", "kappa_high", "pabak", "pabak_low", "pabak_high"),
    *_numbers("ac1", "ac1_low", "ac1_high"),
)
AUDIT = (
    *_text("review", "claim_id", "location", "outcome", "quantity", "printed"),
    Column("recomputed", "float64"),
    *_text("verdict", "model", "finding", "quote"),
)
EVIDENCE = (
    *_text("review", "title", "outcome", "label", "unit", "better"),
    Column("synthetic", "bool"),
    Column("benefit", "float64"),
    *POOLED[2:],
)
