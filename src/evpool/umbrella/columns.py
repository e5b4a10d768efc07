"""What every table of an umbrella review holds: its columns, declared once."""

from evpool.columns import PRISMA, Column
from evpool.stats.amstar2 import ITEMS

MEASURES = ("SMD", "MD", "WMD", "OR", "HR", "RR", "ROM")


def _text(*names, **options):
    return tuple(Column(name, **options) for name in names)


def _numbers(*names):
    return tuple(Column(name, "float64") for name in names)


def _whole(*names):
    return tuple(Column(name, "int64") for name in names)


_ID = Column("ma_id", required=True, filled=True)
_I2 = _numbers("i2_low_pct", "i2_high_pct")

# What people type ---------------------------------------------------------------------------------

TYPED = {
    "meta_analyses": (
        _ID,
        Column("authors"),
        Column("year", "int64", required=True),
        Column("journal"),
        Column("n_studies", "int64"),
        Column("disease", required=True, filled=True),
        Column("intervention"),
        Column("ev_sources", required=True),
        *_text(
            "animal_models", "outcomes", "main_findings", "rob_overall", "rob_tool", "rob_notes"
        ),
    ),
    "reported_effects": (
        Column("effect_id", required=True, filled=True),
        *_text("location", "ma_id", "disease", required=True),
        Column("outcome", required=True, filled=True),
        Column("measure", required=True, choices=tuple(name.lower() for name in MEASURES)),
        *_numbers("estimate", "ci_lower", "ci_upper", "p_value", *(c.name for c in _I2), "sd"),
        *_text("p_relation", "unit", "source_code", "ma_id_basis", "printed"),
    ),
    "diseases": (
        Column("disease", required=True, filled=True),
        Column("n_reviews", "int64"),
        *_text("animal_models", "ev_sources", "main_outcomes"),
        *_text("effectiveness_label", "effectiveness_note", "consistency_label"),
        *_I2,
    ),
    "doses": (
        _ID,
        *_text("msc_sources", "dose_text"),
        *_numbers("dose_ug_low", "dose_ug_high", "dose_ug_singled_out"),
        *_numbers("particles_low", "particles_high"),
        Column("routes", required=True),
        Column("dose_units"),
        Column("dose_response_studied", choices=("yes", "partially", "no")),
        *_text("dose_text_plain", "note"),
    ),
    "sources": (
        Column("source_code", required=True, filled=True),
        Column("source_name"),
        Column("n_studies", "int64"),
        *_text("diseases", "key_outcomes", "reported_efficacy"),
    ),
    "source_disease": (*_text("source_code", "disease", required=True, filled=True),),
    "risk_of_bias": (_ID, *_text("tool", "overall_rating", "common_biases")),
    "amstar2": (_ID, *_text(*(f"item_{item}" for item in ITEMS))),
    "prisma": PRISMA,
}
OPTIONAL = ("amstar2", "prisma", "claims")
CLAIMS = (
    Column("claim_id", required=True, filled=True),
    *_text("location", "subject", "statement_type", "value", "value2", "quantity", "quote"),
)
CITATIONS = (
    _ID,
    Column("review_year", "int64"),
    Column("primary_study", required=True, filled=True),
    Column("primary_year", "int64"),
)

# What the rules exchange --------------------------------------------------------------------------

_BEHIND = Column("source_rows")  # the typed rows behind this one, joined with semicolons
EXTRACTED = {
    name: (*columns, *_text("source_file", "row_id", "unusable", "detail"))
    for name, columns in TYPED.items()
}
REVIEWS = (
    *_text("ma_id", "label", "authors"),
    Column("year", "int64"),
    Column("journal"),
    Column("n_studies", "int64"),
    *_text("disease_printed", "diseases", "sources", "intervention", "animal_models"),
    *_text("outcomes", "main_findings", "missing_from"),
    _BEHIND,
)
EFFECTS = (
    *_text("effect_id", "ma_id", "label", "disease", "outcome", "better", "measure", "unit"),
    *_numbers("estimate", "ci_low", "ci_high", "p_value"),
    Column("p_source"),
    *_numbers("i2_low", "i2_high", "smd", "smd_ci_low", "smd_ci_high", "benefit"),
    Column("conversion"),
    Column("comparable", "bool"),
    *_text("why_not", "flags", "sources", "locations", "printed"),
    _BEHIND,
)
DISEASES = (
    Column("disease"),
    *_whole("n_reviews_printed", "n_reviews"),
    *_text("reviews", "sources", "animal_models", "sources_printed", "animal_models_printed"),
    *_text("main_outcomes", "effectiveness_label", "effectiveness_note", "consistency_label"),
    *_numbers("i2_low", "i2_high"),
    _BEHIND,
)
DOSES = (
    *_text("ma_id", "label", "diseases", "sources", "routes", "dose_text"),
    *_numbers("ug_low", "ug_high", "ug_singled_out", "particles_low", "particles_high"),
    *_text("dose_units", "dose_response_studied", "note"),
    _BEHIND,
)
SOURCES = (
    *_text("source_code", "source_name"),
    *_whole("n_studies_printed", "n_reviews"),
    *_text("diseases_printed", "diseases", "key_outcomes", "reported_efficacy"),
    _BEHIND,
)
PAIRS = (
    *_text("disease", "source_code"),
    Column("n_reviews", "int64"),
    Column("reviews"),
    Column("in_table_of_sources", "bool"),
    Column("heterogeneity"),
    _BEHIND,
)
RISK = (
    *_text("ma_id", "label", "printed_by_review", "scale", "risk_by_review"),
    *_text("printed_by_umbrella", "risk_by_umbrella", "agreement", "tool_by_review"),
    *_text("tool_by_umbrella", "tools_agree", "common_biases"),
    _BEHIND,
)
FLOW = (*PRISMA, Column("computed", "bool"), _BEHIND)
AMSTAR = (
    *_text("ma_id", "label", "rating", "possible", "critical_flaws", "weaknesses", "missing"),
    _BEHIND,
)
REANALYSIS = (
    *_text("reanalysis", "ma_id", "review", "outcome", "effect_id", "disease"),
    Column("measure"),
    *_numbers("printed", "printed_ci_low", "printed_ci_high"),
    Column("k", "int64"),
    Column("animals", "int64"),
    *_numbers("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "p_value", "i2"),
    *_numbers("smd", "smd_ci_low", "smd_ci_high", "smd_i2", "largest_p"),
    *_numbers("small_study_p", "excess_p"),
    Column("verdict"),
)
CLASSIFICATION = (
    *_text("classification", "unit", "disease", "outcome", "effect_id", "reviews", "basis"),
    *_text("label", "possible", "decided_by", "missing"),
)
AGREEMENT = (
    *_text("classification", "disease", "by_paper", "by_rule", "possible", "verdict", "why"),
)
SENSITIVITY = (
    Column("disease"),
    *_whole("n_reviews", "kept", "dropped", "undecided"),
    *_numbers("i2_low", "i2_high"),
    *_text("verdict", "why"),
)
OVERLAP = (
    *_text("scope", "review_a", "review_b"),
    *_whole("studies_a", "studies_b", "shared"),
    *_whole("inclusions", "studies", "reviews", "impossible"),
    *_numbers("cca", "cca_adjusted"),
    *_text("category", "category_adjusted"),
)

HARMONISED = {
    "reviews": REVIEWS,
    "effects": EFFECTS,
    "diseases": DISEASES,
    "doses": DOSES,
    "sources": SOURCES,
    "pairs": PAIRS,
    "risk": RISK,
    "amstar2": AMSTAR,
    "flow": FLOW,
}


def _picked(names, *tables):
    """Pick columns by name from the tables that declare them; the others are text."""
    declared = {column.name: column for table in tables for column in table}
    return tuple(declared.get(name, Column(name)) for name in names.split())


# The tables that the paper prints, rebuilt.
PAPER_TABLES = {
    "table_2": _picked(
        "ma_id authors year journal n_studies disease_printed diseases intervention sources "
        "animal_models outcomes main_findings risk_of_bias tool missing_from",
        REVIEWS,
    ),
    "table_3": _picked(
        "disease n_reviews n_reviews_printed animal_models sources main_outcomes "
        "effectiveness_label label_by_rule possible_by_rule consistency_label i2_low i2_high",
        DISEASES,
    ),
    "table_4": _picked(
        "ma_id diseases sources dose_text ug_low ug_high ug_singled_out particles_low "
        "particles_high routes dose_units dose_response_studied note",
        DOSES,
    ),
    "table_5": _picked(
        "source_code source_name n_studies_printed n_reviews diseases_printed diseases "
        "key_outcomes reported_efficacy",
        SOURCES,
    ),
    "table_6": _picked(
        "ma_id tool_by_umbrella printed_by_umbrella common_biases printed_by_review "
        "tool_by_review agreement tools_agree",
        RISK,
    ),
}
