"""Load and check the config of every review, and cut it into the params of the rules."""

from pathlib import Path

from snakemake.exceptions import WorkflowError

from evpool import config as reviews
from evpool.labels import study_labels, words_of
from evpool.load_reviews import load_reviews
from evpool.umbrella.load import load_umbrellas

# Through Snakemake, since a workflow that includes this one may not have its files.
SCHEMAS, _, _ = (
    Path(workflow.source_path(f"../schemas/{kind}.schema.yaml")).parent
    for kind in ("config", "review", "umbrella")
)
LIBRARY = reviews.source_digest()
RECORDS = ("metadata/*", "incomplete/*", "metadata.db")  # Snakemake's, in .snakemake
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
    refuse_unrecorded_results()
    return [
        "results/evidence.parquet",
        "results/audit.parquet",
        "results/index.html",
        *review_files("report.html"),
        *expand("results/{review}/config.json", review=[*REVIEWS, *UMBRELLAS, *REFUSED]),
    ]


def refuse_unrecorded_results():
    """Stop where Snakemake has no record of what the results were made from: it would keep them."""
    made = [path for path in review_files("config.json") if Path(path).is_file()]
    recorded = any(any(Path(".snakemake").glob(kind)) for kind in RECORDS)
    if made and not recorded:
        raise WorkflowError(
            f"{made[0]} is there, but .snakemake holds no record of what results were made from: a "
            "changed table or setting would go unnoticed. Bring back the .snakemake that belongs to "
            "them (a container needs it mounted: docs/cluster.md), or remove results and run again."
        )


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


def extraction_of(wildcards):
    """Return the choices that decide which typed rows an outcome takes."""
    return reviews.extraction_settings(review_of(wildcards), wildcards.outcome)


def harmonisation_of(wildcards):
    """Return the choices that decide which arms are used, their SDs and their units."""
    return reviews.harmonisation_settings(review_of(wildcards), wildcards.outcome)


def masthead(review):
    """Return what the page of an outcome says of its review."""
    told = {key: review[key] for key in ("title", "citation", "doi", "tables")}
    return told | {"words": words_of(review)}


def outcome_rows(wildcards):
    """Return which typed rows belong to each outcome, and its good direction."""
    return {
        name: {key: outcome[key] for key in ("rows", "better")}
        for name, outcome in review_of(wildcards)["outcomes"].items()
    }


def figure_settings(wildcards):
    """Return what the figures of an outcome say beside its numbers."""
    outcome = outcome_of(wildcards)
    told = {key: outcome[key] for key in ("label", "unit", "better")}
    return told | {"words": words_of(review_of(wildcards))}


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
