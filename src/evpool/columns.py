"""What every table that the rules exchange holds: its columns, declared once, with their types.

The tables that people type are in `extraction.columns`.
"""

from dataclasses import dataclass

CONTRAST = "contrast"  # the role of a published effect, which has no arms
TIME_UNITS = ("min", "h", "d", "wk", "mo", "y")
ORDER_STATISTICS = ("median", "q1", "q3", "min", "max")


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


def texts(*names, **options):
    """Return columns of text, all with the same options."""
    return tuple(Column(name, **options) for name in names)


def numbers(*names):
    """Return columns of numbers."""
    return tuple(Column(name, "float64") for name in names)


_PLACE = texts("review", "outcome")
_ROW = (
    *_PLACE,
    *texts("source_file", "row_id", "study_id"),
    Column("comparison", "int64"),
    *texts("timepoint", "role", "arm"),
)
_TIME = (Column("time", "float64"), Column("time_unit"))
_PUBLISHED = numbers("estimate", "se", "variance", "ci_low", "ci_high", "p_value", "n_t", "n_c")
_READING = (*numbers("error_lower", "error_upper"), *texts("reading_flags", "digitiser"))
# Clicks on the image, pixels from its top left corner.
PIXELS = numbers(*(f"{part}_px_{x}" for part in ("mean", "lower", "upper") for x in "xy"))
# The value axis: its name, its lowest and highest calibrated value and the pixels between them; how
# far the arm is from it (see `readers.calibration.Calibration.lever`); where on it the arm's mean
# and tips are (0 to 1); the SD of one click, and of one on a calibration point, in pixels; and the
# degrees of freedom behind these, where they are estimated.
AXIS = (
    Column("axis"),
    *numbers("axis_low", "axis_high", "axis_px", "axis_lever", "mean_at", "lower_at", "upper_at"),
    Column("axis_log", "bool"),
    *numbers("click_error", "calibration_error", "click_df"),
)
# What was done to the row so far, one line a step (see `history`), and cautions about it.
_TRAIL = texts("history", "flags")
ARM_TABLE = (
    *_ROW,
    *_TIME,
    *_READING,
    *PIXELS,
    *AXIS,
    *numbers("mean_reading_se", "error_reading_se"),
    Column("measure"),
    *numbers("n", "mean", "error", "events"),
    *texts("error_type", "unit", "source"),
    *numbers(*ORDER_STATISTICS, "t_value", "baseline_mean", "baseline_sd"),
    *texts("baseline_unit", "value_type"),
    *_PUBLISHED,
    *texts("unusable", "detail", "label"),
    *_TRAIL,
)
HARMONISED = (
    *_ROW,
    *_TIME,
    *_READING,
    *AXIS,
    *numbers("mean_reading_se", "sd_reading_se"),
    Column("reading_shifts"),  # JSON: see `reading_shifts`
    Column("measure"),
    Column("n", "int64"),
    *numbers("mean", "sd", "events"),
    Column("control_shared_by", "int64"),
    *texts("sd_source", "unit", "source"),
    *_PUBLISHED,
    Column("label"),
    *_TRAIL,
)
LEDGER = (*_ROW, *texts("step", "reason", "detail", "reading_flags"), *_TRAIL)
_AGREEMENT = ("bias", "bias_low", "bias_high", "sd", "lower", "lower_low", "lower_high", "upper")
_AGREEMENT += ("upper_low", "upper_high", "icc", "icc_low", "icc_high", "percent_difference")
AGREEMENT = (
    *_PLACE,
    *texts("unit", "quantity", "first", "second"),
    Column("pairs", "int64"),
    *numbers(*_AGREEMENT),
    Column("warning"),
)
DISAGREEMENTS = (
    *_PLACE,
    *texts("study_id", "label"),
    Column("comparison", "int64"),
    *texts("timepoint", "role", "arm"),
    *_TIME,
    *texts("unit", "quantity", "first", "second"),
    *numbers("value_first", "value_second", "difference", "percent", "pixel_distance", "value"),
    *texts("resolved_by", "row_ids"),
)
CLICK_ERRORS = (
    *_PLACE,
    Column("source"),
    *numbers("click_error", "calibration_error", "click_df"),
    *(Column(name, "int64") for name in ("clicks", "arms_digitised", "arms_with_error")),
)
EFFECTS = (
    *texts("review", "outcome", "effect_id", "study_id", "label"),
    Column("comparison", "int64"),
    Column("measure"),
    *numbers("yi", "vi", "sei", "ci_low", "ci_high"),
    Column("n_t", "int64"),
    Column("n_c", "int64"),
    Column("control_shared_by", "int64"),  # each comparison counts this part of n_c
    *numbers("mean_t", "sd_t", "mean_c", "sd_c", "events_t", "events_c"),
    *texts("sd_source", "timepoint", "source_rows"),
    Column("decimals", "int64"),  # of an effect taken as published: those of its printed numbers
)
_ESTIMATE = numbers("estimate", "se", "ci_low", "ci_high")
_FIT = (
    Column("k", "int64"),
    Column("n_t", "int64"),
    Column("n_c", "int64"),
    *_ESTIMATE,
    *numbers("pi_low", "pi_high", "statistic", "df", "p_value"),
    *numbers("tau2", "tau2_ci_low", "tau2_ci_high", "i2", "i2_ci_low", "i2_ci_high", "i2_tau2"),
    *numbers("h2", "h2_ci_low", "h2_ci_high", "q", "q_df", "q_p"),
    Column("converged", "bool"),
)
DISPERSION = (
    *_PLACE,
    *texts("row_id", "study_id", "label"),
    Column("comparison", "int64"),
    Column("role"),
    Column("n", "int64"),
    *numbers("mean", "sd", "ratio", "sqrt_n", "z_sd", "z_sem", "smd_stated", "smd_as_sem"),
    Column("verdict"),
)
_METHOD = (*texts("model", "tau2_method", "ci_method", "pi_method"), Column("ci_level", "float64"))
POOLED = (
    *_PLACE,
    *texts("analysis", "measure"),
    *_METHOD,
    *_FIT,
    *numbers("digitisation_low", "digitisation_high"),
    Column("digitisation_warning"),
    Column("robust_alpha", "float64"),
    Column("warning"),
)
READINGS = (
    *_PLACE,
    *texts("measure", "reading"),
    Column("arms_changed", "int64"),
    *_METHOD,
    *_FIT,
)
WEIGHTS = (*_PLACE, *texts("analysis", "model", "effect_id"), Column("weight", "float64"))
SUBGROUPS = (
    *_PLACE,
    *texts("measure", "moderator", "level"),
    Column("tau2_common", "bool"),
    *_METHOD,
    *_FIT,
    *numbers("q_between", "df_between", "p_between", "p_holm"),
    Column("warning"),
)
METAREGRESSION = (
    *_PLACE,
    *texts("analysis", "term", "tau2_method", "test"),
    Column("k", "int64"),
    *_ESTIMATE,
    *numbers("statistic", "df", "p_value", "p_holm", "vif"),
    *numbers("tau2", "r2", "i2_tau2", "qm", "qm_df", "qm_p", "qe", "qe_df", "qe_p"),
    *numbers("p_permutation", "qm_p_permutation"),
    Column("permutations", "int64"),
    Column("permutations_exact", "bool"),
    Column("permutations_failed", "int64"),
    Column("warning"),
)
PREDICTIONS = (
    *_PLACE,
    *texts("analysis", "moderator", "tau2_method", "test"),
    Column("ci_level", "float64"),
    Column("k", "int64"),
    Column("value", "float64"),
    *_ESTIMATE,
    *numbers("pi_low", "pi_high"),
)
LEAVE_ONE_OUT = (*_PLACE, *texts("effect_id", "study_id", "label"), *_METHOD, *_FIT)
LEAVE_SETS_OUT = (
    *_PLACE,
    *texts("exclusion_set", "excluded"),
    *_METHOD,
    *_FIT,
    Column("warning"),
)
CUMULATIVE = (
    *_PLACE,
    Column("order_by"),
    Column("step", "int64"),
    *texts("value", "effect_id", "study_id", "label"),
    *_METHOD,
    *_FIT,
)
INFLUENCE = (
    *_PLACE,
    *texts("effect_id", "study_id", "label", "model", "tau2_method"),
    *numbers("rstudent", "dffits", "cook_d", "cov_ratio", "tau2_deleted", "q_deleted"),
    *numbers("hat", "weight", "dfbetas"),
    Column("influential", "bool"),
    *numbers("baujat_x", "baujat_y"),
)
GOSH = (Column("subset", "int64"), Column("k", "int64"), *numbers("estimate", "i2", "tau2"))
CHOICES = ("measure", "timepoint", "exclusion_set", "sd_rule", "shared_control")
CHOICES += ("tau2_method", "ci_method")
MULTIVERSE = (
    *_PLACE,
    *texts(*CHOICES, "pi_method"),
    Column("ci_level", "float64"),
    Column("is_own", "bool"),
    Column("k", "int64"),
    *_ESTIMATE,
    *numbers("pi_low", "pi_high", "statistic", "df", "p_value", "tau2", "i2", "i2_tau2"),
    Column("warning"),
)
BIAS = (
    *_PLACE,
    *texts("test", "variant"),
    Column("k", "int64"),
    *_ESTIMATE,
    *numbers("statistic", "df", "p_value", "count", "expected"),
    Column("warning"),
)
FILLED = (*_PLACE, Column("label"), *numbers("yi", "vi", "sei"))
EFFECT_DIRECTIONS = (
    *texts("review", "study_id", "domain", "direction"),
    Column("outcomes", "int64"),
    Column("printed"),
)
DIRECTIONS = (
    *texts("review", "study_id", "label", "direction", "first_outcome"),
    Column("outcomes", "int64"),
    *numbers("change_pct", "dose"),
    Column("low_risk_domains", "int64"),
)
SWIM = (
    *texts("review", "grouped_by", "level"),
    *(Column(name, "int64") for name in ("k", "benefit", "harm", "no_difference", "conflicting")),
    *numbers("share", "share_low", "share_high", "p_value"),
    Column("k_change", "int64"),
    *numbers("change_min", "change_q1", "change_median", "change_q3", "change_max"),
)
STUDY_DOSES = (
    *texts("review", "study_id", "label", "role"),
    *numbers("dose_ug", "dose_ug_per_kg", "dose_particles", "dose_particles_per_kg"),
    *numbers("dose_cells", "dose_cells_per_kg"),
    *texts("dose_axis", "dose_note"),
)
FLOW = (
    *texts("review", "phase", "detail"),
    Column("count", "int64"),
    *texts("printed", "locations"),
    Column("computed", "bool"),
)
FLOW_CHECKS = (*texts("review", "rule"), Column("holds", "bool"), Column("finding"))
CHARACTERISTICS = texts("review", "study_id", "label")
CHARACTERISTIC_COUNTS = (
    *texts("review", "characteristic", "heading", "level"),
    Column("studies", "int64"),
    Column("share", "float64"),
    Column("several", "bool"),
)
JUDGEMENTS = (
    *texts("review", "study_id", "label", "domain", "domain_label", "judgement"),
    Column("raters", "int64"),
    Column("support"),
)
RISK_SUMMARY = (
    *texts("review", "domain", "domain_label", "judgement"),
    Column("studies", "int64"),
    Column("share", "float64"),
    Column("basis"),
)
RATER_AGREEMENT = (
    *texts("review", "raters", "domain"),
    Column("subjects", "int64"),
    *numbers("observed", "kappa", "kappa_low", "kappa_high", "pabak", "pabak_low", "pabak_high"),
    *numbers("ac1", "ac1_low", "ac1_high"),
)
AUDIT = (
    *texts("review", "claim_id", "location", "outcome", "quantity", "printed"),
    Column("recomputed", "float64"),
    *texts("verdict", "model", "finding", "quote"),
)
EVIDENCE = (
    *texts("review", "title", "outcome", "label", "unit", "better"),
    Column("synthetic", "bool"),
    Column("benefit", "float64"),
    *POOLED[2:],
)
