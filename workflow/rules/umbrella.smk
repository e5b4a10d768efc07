"""Umbrella reviews: from the typed tables of many meta-analyses to classified evidence."""

from evpool.steps import harmonise_umbrella
from evpool.umbrella import config as umbrellas
from evpool.umbrella.columns import TYPED
from evpool.umbrella.load import part, reanalysed_files, typed_tables


# As for arms, the digest of each table decides what runs again, not its time stamp.
rule extract_umbrella:
    input:
        typed=lambda wildcards: [
            ancient(p) for p in typed_tables(UMBRELLAS[wildcards.umbrella]).values()
        ],
    output:
        extracted=expand("results/{{umbrella}}/extracted/{table}.parquet", table=TYPED),
    log:
        "logs/{umbrella}/extract_umbrella.log",
    group:
        "umbrella"
    params:
        names=lambda wildcards: list(typed_tables(UMBRELLAS[wildcards.umbrella])),
        umbrella=lambda wildcards: part(UMBRELLAS[wildcards.umbrella], umbrellas.EXTRACTION),
        synthetic=lambda wildcards: UMBRELLAS[wildcards.umbrella]["synthetic"],
        rows=lambda wildcards: {
            name: digest_table(path)
            for name, path in typed_tables(UMBRELLAS[wildcards.umbrella]).items()
        },
        library=LIBRARY,
    script:
        "../scripts/extract_umbrella.py"


rule harmonise_umbrella:
    input:
        extracted=expand("results/{{umbrella}}/extracted/{table}.parquet", table=TYPED),
    output:
        tables=expand("results/{{umbrella}}/{table}.parquet", table=harmonise_umbrella.TABLES),
        ledger="results/{umbrella}/ledger.parquet",
    log:
        "logs/{umbrella}/harmonise_umbrella.log",
    group:
        "umbrella"
    params:
        umbrella=lambda wildcards: part(UMBRELLAS[wildcards.umbrella], umbrellas.HARMONISATION),
        library=LIBRARY,
    script:
        "../scripts/harmonise_umbrella.py"


# A study that is edited in a re-analysed review reaches the umbrella review through this rule.
rule reanalyse_reviews:
    input:
        printed="results/{umbrella}/effects.parquet",
        effects=lambda wildcards: reanalysed_files(UMBRELLAS[wildcards.umbrella], "effects.parquet"),
        pooled=lambda wildcards: reanalysed_files(UMBRELLAS[wildcards.umbrella], "pooled.parquet"),
        bias=lambda wildcards: reanalysed_files(UMBRELLAS[wildcards.umbrella], "bias.parquet"),
    output:
        reanalysis="results/{umbrella}/reanalysis.parquet",
    log:
        "logs/{umbrella}/reanalyse_reviews.log",
    group:
        "umbrella"
    params:
        reanalyses=lambda wildcards: UMBRELLAS[wildcards.umbrella]["reanalyses"],
        library=LIBRARY,
    script:
        "../scripts/reanalyse_reviews.py"


rule classify_evidence:
    input:
        effects="results/{umbrella}/effects.parquet",
        diseases="results/{umbrella}/diseases.parquet",
        reviews="results/{umbrella}/reviews.parquet",
        reanalysis="results/{umbrella}/reanalysis.parquet",
    output:
        classification="results/{umbrella}/classification.parquet",
        agreement="results/{umbrella}/agreement.parquet",
    log:
        "logs/{umbrella}/classify_evidence.log",
    group:
        "umbrella"
    params:
        classifications=lambda wildcards: UMBRELLAS[wildcards.umbrella]["classifications"],
        library=LIBRARY,
    script:
        "../scripts/classify_evidence.py"


rule measure_overlap:
    input:
        citations=lambda wildcards: UMBRELLAS[wildcards.umbrella]["overlap"]["table"] or [],
        reviews="results/{umbrella}/reviews.parquet",
    output:
        overlap="results/{umbrella}/overlap.parquet",
    log:
        "logs/{umbrella}/measure_overlap.log",
    group:
        "umbrella"
    params:
        synthetic=lambda wildcards: UMBRELLAS[wildcards.umbrella]["overlap"]["synthetic"],
        library=LIBRARY,
    script:
        "../scripts/measure_overlap.py"
