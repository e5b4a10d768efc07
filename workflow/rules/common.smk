"""Load and check the config of every review, and cut it into the params of the rules."""

from pathlib import Path

from snakemake.exceptions import WorkflowError

from evpool import config as reviews
from evpool.load_reviews import load_reviews
from evpool.row_digests import digest_overlays, digest_rows, digest_table, digest_wanted
from evpool.studies.settings import MADE_OF_STUDIES, study_settings
from evpool.studies.typed import COLUMNS as STUDY_TABLES
from evpool.umbrella.load import load_umbrellas

# Through Snakemake, since a workflow that includes this one may not have its files.
SCHEMAS, _, _ = (
    Path(workflow.source_path(f"../schemas/{kind}.schema.yaml")).parent
    for kind in ("config", "review", "umbrella")
)
LIBRARY = reviews.source_digest()
REVIEWS, REFUSED = load_reviews(config, SCHEMAS)
UMBRELLAS, REFUSED = load_umbrellas(config, SCHEMAS, REVIEWS, REFUSED)


wildcard_constraints:
    review=rf"(?!(?:{'|'.join(UMBRELLAS) or '-'})(?:/|$))[a-z][a-z0-9_]*",
    umbrella="|".join(UMBRELLAS) or "-",
    outcome="[a-z][a-z0-9_]*",


def every_result(wildcards):
    """Return all targets; a broken review stops the run, or with --keep-going only itself."""
    if REFUSED and not (REVIEWS and workflow.execution_settings.keep_going):
        raise WorkflowError("\n".join(REFUSED.values()))
    return [
        "results/evidence.parquet",
        "results/audit.parquet",
        "results/index.html",
        *review_files("report.html"),
        *expand("results/{review}/config.json", review=[*REVIEWS, *UMBRELLAS, *REFUSED]),
    ]


def review_of(wildcards):
    """Return the whole config of the wildcard's review."""
    if wildcards.review in REVIEWS:
        return REVIEWS[wildcards.review]
    known = f"no such review; config/config.yaml lists {', '.join(config['reviews'])}"
    raise WorkflowError(REFUSED.get(wildcards.review, f"{wildcards.review}: {known}"))


def outcome_of(wildcards):
    """Return the config of the wildcard's outcome."""
    return review_of(wildcards)["outcomes"][wildcards.outcome]


def analysis_of(wildcards):
    """Return the statistical choices of the wildcard's outcome."""
    return outcome_of(wildcards)["analysis"]


def method_of(wildcards):
    """Return the choices of the wildcard's outcome that say how to pool."""
    return reviews.method_settings(analysis_of(wildcards))


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
    return sorted({reviews.rows_table(review, outcome) for outcome in review["outcomes"]})


def typed_tables_of(wildcards):
    """Return the same as input files whose time stamps rerun nothing."""
    return [ancient(path) for path in tables_in_use(wildcards)]


def own_rows(wildcards):
    """Digest what the tables say of one outcome: it changes when that outcome's rows change."""
    review = review_of(wildcards)
    typed = reviews.rows_table(review, wildcards.outcome)
    return digest_rows(typed, review["tables"]["studies"], outcome_of(wildcards)["rows"])


def extraction_of(wildcards):
    """Return the choices that decide which typed rows an outcome takes."""
    return reviews.extraction_settings(review_of(wildcards), wildcards.outcome)


def harmonisation_of(wildcards):
    """Return the choices that decide which arms are used, their SDs and their units."""
    return reviews.harmonisation_settings(review_of(wildcards), wildcards.outcome)


def table_if_any(wildcards, name):
    """Return a typed table that a review may do without, if it has it."""
    table = review_of(wildcards)["tables"][name]
    return [table] if Path(table).is_file() else []


def adjudicated_rows(wildcards):
    """Digest what a third person decided about one outcome's readings."""
    table = review_of(wildcards)["tables"]["adjudication"]
    return digest_wanted(table, outcome_of(wildcards)["rows"])


def overlays_of(wildcards):
    """Return the drawings of a review's digitised figures, if an outcome comes off such."""
    tables = review_of(wildcards)["tables"]
    drawn = tables["figures"] in tables_in_use(wildcards)
    return [ancient(f"results/{wildcards.review}/digitised")] if drawn else []


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


def outcome_rows(wildcards):
    """Return which typed rows belong to each outcome, and its good direction."""
    return {
        name: {key: outcome[key] for key in ("rows", "better")}
        for name, outcome in review_of(wildcards)["outcomes"].items()
    }


def figure_settings(wildcards):
    """Return what the figures of an outcome say beside its numbers."""
    outcome = outcome_of(wildcards)
    return {key: outcome[key] for key in ("label", "unit", "better")}


def review_labels(wildcards):
    """Return each review's title and what its outcomes are called and measured in."""
    return {
        name: {
            "title": review["title"],
            "citation": review["citation"],
            "synthetic": review["synthetic"],
            "umbrella": name in UMBRELLAS,
            "outcomes": {
                outcome: {key: settings[key] for key in ("label", "unit", "better")}
                for outcome, settings in review["outcomes"].items()
                if name in REVIEWS
            },
        }
        for name, review in (REVIEWS | UMBRELLAS).items()
    }
