"""Steps 1 and 2: from typed tables to one pair of arms a comparison, and the ledger."""


rule record_config:
    output:
        config="results/{review}/config.json",
    log:
        "logs/{review}/record_config.log",
    wildcard_constraints:
        review="[a-z][a-z0-9_]*",
    params:
        review=lambda wildcards: (REVIEWS | UMBRELLAS).get(wildcards.review),
        refusal=lambda wildcards: REFUSED.get(wildcards.review),
        library=LIBRARY,
    script:
        "../scripts/record_config.py"


# The typed tables are shared by many outcomes: their time stamps rerun nothing (`ancient`), the
# digest of the outcome's own rows does.
rule extract_arms:
    input:
        typed=typed_rows_of,
        studies=table_of("studies"),
    output:
        table="results/{review}/{outcome}/arms.parquet",
    log:
        "logs/{review}/{outcome}/extract_arms.log",
    group:
        "outcome"
    params:
        settings=extraction_of,
        synthetic=lambda wildcards: review_of(wildcards)["synthetic"],
        own_rows=own_rows,
        library=LIBRARY,
    script:
        "../scripts/extract_arms.py"


# Pooling never sees an arm twice, whoever read it off its figure.
rule reconcile_readings:
    input:
        arms="results/{review}/{outcome}/arms.parquet",
        adjudication=lambda wildcards: ancient(table_if_any(wildcards, "adjudication")),
    output:
        reconciled="results/{review}/{outcome}/reconciled.parquet",
        agreement="results/{review}/{outcome}/agreement.parquet",
        disagreements="results/{review}/{outcome}/disagreements.parquet",
        click_error="results/{review}/{outcome}/click_error.parquet",
    log:
        "logs/{review}/{outcome}/reconcile_readings.log",
    group:
        "outcome"
    params:
        settings=lambda wildcards: analysis_of(wildcards)["reading"],
        wanted=lambda wildcards: outcome_of(wildcards)["rows"],
        adjudicated_rows=adjudicated_rows,
        library=LIBRARY,
    script:
        "../scripts/reconcile_readings.py"


rule harmonise_arms:
    input:
        arms="results/{review}/{outcome}/reconciled.parquet",
    output:
        harmonised="results/{review}/{outcome}/harmonised.parquet",
        ledger="results/{review}/{outcome}/ledger.parquet",
    log:
        "logs/{review}/{outcome}/harmonise_arms.log",
    group:
        "outcome"
    params:
        settings=harmonisation_of,
        library=LIBRARY,
    script:
        "../scripts/harmonise_arms.py"


# SEMs taken for SDs are the commonest grave error of the field.
rule check_dispersion:
    input:
        harmonised="results/{review}/{outcome}/harmonised.parquet",
    output:
        dispersion="results/{review}/{outcome}/dispersion.parquet",
        readings="results/{review}/{outcome}/readings.parquet",
    log:
        "logs/{review}/{outcome}/check_dispersion.log",
    group:
        "outcome"
    params:
        measure=lambda wildcards: analysis_of(wildcards)["measure"],
        options=lambda wildcards: analysis_of(wildcards)["measure_options"],
        method=method_of,
        library=LIBRARY,
    script:
        "../scripts/check_dispersion.py"
