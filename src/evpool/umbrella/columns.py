"""What every table of an umbrella review holds: its columns, declared once."""

from evpool.columns import Column, numbers, texts
from evpool.extraction.columns import PRISMA
from evpool.stats.amstar2 import ITEMS

MEASURES = ("SMD", "MD", "WMD", "OR", "HR", "RR", "ROM")


def _whole(*names):
    return tuple(Column(name, "int64") for name in names)


_ID = Column("ma_id", required=True, filled=True)
_I2 = numbers("i2_low_pct", "i2_high_pct")

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
        *texts(
            "animal_models", "outcomes", "main_findings", "rob_overall", "rob_tool", "rob_notes"
        ),
    ),
    "reported_effects": (
        Column("effect_id", required=True, filled=True),
        *texts("location", "ma_id", "disease", required=True),
        Column("outcome", required=True, filled=True),
        Column("measure", required=True, choices=tuple(name.lower() for name in MEASURES)),
        *numbers("estimate", "ci_lower", "ci_upper", "p_value", *(c.name for c in _I2), "sd"),
        *texts("p_relation", "unit", "source_code", "ma_id_basis", "printed"),
    ),
    "diseases": (
        Column("disease", required=True, filled=True),
        Column("n_reviews", "int64"),
        *texts("animal_models", "ev_sources", "main_outcomes"),
        *texts("effectiveness_label", "effectiveness_note", "consistency_label"),
        *_I2,
    ),
    "doses": (
        _ID,
        *texts("msc_sources", "dose_text"),
        *numbers("dose_ug_low", "dose_ug_high", "dose_ug_singled_out"),
        *numbers("particles_low", "particles_high"),
        Column("routes", required=True),
        Column("dose_units"),
        Column("dose_response_studied", choices=("yes", "partially", "no")),
        *texts("dose_text_plain", "note"),
    ),
    "sources": (
        Column("source_code", required=True, filled=True),
        Column("source_name"),
        Column("n_studies", "int64"),
        *texts("diseases", "key_outcomes", "reported_efficacy"),
    ),
    "source_disease": (*texts("source_code", "disease", required=True, filled=True),),
    "risk_of_bias": (_ID, *texts("tool", "overall_rating", "common_biases")),
    "amstar2": (_ID, *texts(*(f"item_{item}" for item in ITEMS))),
    "prisma": PRISMA,
}
OPTIONAL = ("amstar2", "prisma", "claims")
CLAIMS = (
    Column("claim_id", required=True, filled=True),
    *texts("location", "subject", "statement_type", "value", "value2", "quantity", "quote"),
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
    name: (*columns, *texts("source_file", "row_id", "unusable", "detail"))
    for name, columns in TYPED.items()
}
REVIEWS = (
    *texts("ma_id", "label", "authors"),
    Column("year", "int64"),
    Column("journal"),
    Column("n_studies", "int64"),
    *texts("disease_printed", "diseases", "sources", "intervention", "animal_models"),
    *texts("outcomes", "main_findings", "missing_from"),
    _BEHIND,
)
EFFECTS = (
    *texts("effect_id", "ma_id", "label", "disease", "outcome", "better", "measure", "unit"),
    *numbers("estimate", "ci_low", "ci_high", "p_value"),
    Column("p_source"),
    *numbers("i2_low", "i2_high", "smd", "smd_ci_low", "smd_ci_high", "benefit"),
    Column("conversion"),
    Column("comparable", "bool"),
    *texts("why_not", "flags", "sources", "locations", "printed"),
    _BEHIND,
)
DISEASES = (
    Column("disease"),
    *_whole("n_reviews_printed", "n_reviews"),
    *texts("reviews", "sources", "animal_models", "sources_printed", "animal_models_printed"),
    *texts("main_outcomes", "effectiveness_label", "effectiveness_note", "consistency_label"),
    *numbers("i2_low", "i2_high"),
    _BEHIND,
)
DOSES = (
    *texts("ma_id", "label", "diseases", "sources", "routes", "dose_text"),
    *numbers("ug_low", "ug_high", "ug_singled_out", "particles_low", "particles_high"),
    *texts("dose_units", "dose_response_studied", "note"),
    _BEHIND,
)
SOURCES = (
    *texts("source_code", "source_name"),
    *_whole("n_studies_printed", "n_reviews"),
    *texts("diseases_printed", "diseases", "key_outcomes", "reported_efficacy"),
    _BEHIND,
)
PAIRS = (
    *texts("disease", "source_code"),
    Column("n_reviews", "int64"),
    Column("reviews"),
    Column("in_table_of_sources", "bool"),
    Column("heterogeneity"),
    _BEHIND,
)
RISK = (
    *texts("ma_id", "label", "printed_by_review", "scale", "risk_by_review"),
    *texts("printed_by_umbrella", "risk_by_umbrella", "agreement", "tool_by_review"),
    *texts("tool_by_umbrella", "tools_agree", "common_biases"),
    _BEHIND,
)
FLOW = (*PRISMA, Column("computed", "bool"), _BEHIND)
AMSTAR = (
    *texts("ma_id", "label", "rating", "possible", "critical_flaws", "weaknesses", "missing"),
    _BEHIND,
)
REANALYSIS = (
    *texts("reanalysis", "ma_id", "review", "outcome", "effect_id", "disease"),
    Column("measure"),
    *numbers("printed", "printed_ci_low", "printed_ci_high"),
    Column("k", "int64"),
    Column("animals", "int64"),
    *numbers("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "p_value", "i2"),
    *numbers("smd", "smd_ci_low", "smd_ci_high", "smd_i2", "largest_p"),
    *numbers("small_study_p", "excess_p"),
    Column("verdict"),
)
CLASSIFICATION = (
    *texts("classification", "unit", "disease", "outcome", "effect_id", "reviews", "basis"),
    *texts("label", "possible", "decided_by", "missing"),
)
AGREEMENT = (
    *texts("classification", "disease", "by_paper", "by_rule", "possible", "verdict", "why"),
)
SENSITIVITY = (
    Column("disease"),
    *_whole("n_reviews", "kept", "dropped", "undecided"),
    *numbers("i2_low", "i2_high"),
    *texts("verdict", "why"),
)
OVERLAP = (
    *texts("scope", "review_a", "review_b"),
    *_whole("studies_a", "studies_b", "shared"),
    *_whole("inclusions", "studies", "reviews", "impossible"),
    *numbers("cca", "cca_adjusted"),
    *texts("category", "category_adjusted"),
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
