"""Which files the rules read, and digests of the part of a table that they read."""

from evpool.extraction.row_digests import digest_overlays, digest_rows, digest_table, digest_wanted
from evpool.studies.settings import MADE_OF_STUDIES
from evpool.studies.typed import COLUMNS as STUDY_TABLES


def table_of(name):
    """Return an input function for a typed table, so that its time stamp reruns nothing."""
    return lambda wildcards: ancient(review_of(wildcards)["tables"][name])


def outcome_files(name):
    """Return an input function for one file of every outcome of a review."""
    return lambda wildcards: expand(
        f"results/{wildcards.review}/{{outcome}}/{name}", outcome=review_of(wildcards)["outcomes"]
    )


def review_files(name):
    """Return one file of every review, umbrella reviews among them."""
    return expand(f"results/{{review}}/{name}", review=[*REVIEWS, *UMBRELLAS])


def typed_rows_of(wildcards):
    """Return the typed table that holds the outcome's rows."""
    return ancient(reviews.rows_table(review_of(wildcards), wildcards.outcome))


def tables_in_use(wildcards):
    """Return the typed tables that a review's outcomes take rows from."""
    review = review_of(wildcards)
    kinds = {outcome["table"] for outcome in review["outcomes"].values()}  # each outcome asks
    return sorted({review["tables"][kind] for kind in kinds})


def rows_asked_for(wildcards):
    """Return what the outcomes take of each of these tables: outcome -> its rows."""
    review = review_of(wildcards)
    asked = {path: {} for path in tables_in_use(wildcards)}
    for name, outcome in review["outcomes"].items():
        asked[reviews.rows_table(review, name)][name] = outcome["rows"]
    return list(asked.values())


def typed_tables_of(wildcards):
    """Return the same as input files whose time stamps rerun nothing."""
    return [ancient(path) for path in tables_in_use(wildcards)]


def own_rows(wildcards):
    """Digest what the tables say of one outcome: it changes when that outcome's rows change."""
    review = review_of(wildcards)
    typed = reviews.rows_table(review, wildcards.outcome)
    return digest_rows(typed, review["tables"]["studies"], outcome_of(wildcards)["rows"])


def table_if_any(wildcards, name):
    """Return a typed table that a review may do without, if it has it."""
    table = review_of(wildcards)["tables"][name]
    return [table] if Path(table).is_file() else []


def audited_files(name):
    """Return an input function for one file of every outcome, if the review has claims to audit."""
    return lambda wildcards: (
        outcome_files(name)(wildcards) if table_if_any(wildcards, "claims") else []
    )


def adjudicated_rows(wildcards):
    """Digest what a third person decided about one outcome's readings."""
    table = review_of(wildcards)["tables"]["adjudication"]
    return digest_wanted(table, outcome_of(wildcards)["rows"])


def overlays_of(wildcards):
    """Return the drawings of a review's digitised figures, if an outcome comes off such."""
    tables = review_of(wildcards)["tables"]
    drawn = tables["figures"] in tables_in_use(wildcards)
    return [ancient(f"results/{wildcards.review}/digitised")] if drawn else []


def dosed_outcomes(wildcards):
    """Return the arms of every outcome, if the review makes doses of their text."""
    return outcome_files("harmonised.parquet")(wildcards) if review_of(wildcards)["doses"] else []


def study_tables_of(wildcards):
    """Return those tables that describe a review's studies and exist."""
    tables = [review_of(wildcards)["tables"][name] for name in STUDY_TABLES]
    return [path for path in tables if Path(path).is_file()]


def tables_of_studies(wildcards):
    """Return the tables that say what a review's studies are."""
    return expand(f"results/{wildcards.review}/{{table}}.parquet", table=MADE_OF_STUDIES)


def weighing_files(wildcards, name):
    """Return a file of the outcome that weighs the risk of bias, if the review names one."""
    outcome = (review_of(wildcards)["risk_of_bias"] or {}).get("weights")
    return [f"results/{wildcards.review}/{outcome}/{name}"] if outcome else []
