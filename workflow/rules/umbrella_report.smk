"""Umbrella reviews: tables, the check of what the paper states, figures, the report."""

from evpool.steps import tabulate_umbrella
from evpool.umbrella.load import existing


rule tabulate_umbrella:
    input:
        reviews="results/{umbrella}/reviews.parquet",
        diseases="results/{umbrella}/diseases.parquet",
        doses="results/{umbrella}/doses.parquet",
        sources="results/{umbrella}/sources.parquet",
        risk="results/{umbrella}/risk.parquet",
        amstar2="results/{umbrella}/amstar2.parquet",
        agreement="results/{umbrella}/agreement.parquet",
    output:
        tables=expand("results/{{umbrella}}/{table}.parquet", table=tabulate_umbrella.TABLES),
        csv=expand("results/{{umbrella}}/{table}.csv", table=tabulate_umbrella.TABLES),
        sensitivity="results/{umbrella}/sensitivity.parquet",
    log:
        "logs/{umbrella}/tabulate_umbrella.log",
    group:
        "umbrella"
    params:
        settings=lambda wildcards: UMBRELLAS[wildcards.umbrella]["sensitivity"],
        library=LIBRARY,
    script:
        "../scripts/tabulate_umbrella.py"


rule audit_umbrella:
    input:
        claims=lambda wildcards: existing(UMBRELLAS[wildcards.umbrella]["tables"]["claims"]),
        typed_effects="results/{umbrella}/extracted/reported_effects.parquet",
        agreement="results/{umbrella}/agreement.parquet",
        tables=expand("results/{{umbrella}}/{table}.parquet", table=harmonise_umbrella.TABLES),
    output:
        audit="results/{umbrella}/audit.parquet",
    log:
        "logs/{umbrella}/audit_umbrella.log",
    group:
        "umbrella"
    params:
        umbrella=lambda wildcards: part(UMBRELLAS[wildcards.umbrella], umbrellas.AUDIT),
        library=LIBRARY,
    script:
        "../scripts/audit_umbrella.py"


rule draw_umbrella:
    input:
        tables=expand("results/{{umbrella}}/{table}.parquet", table=harmonise_umbrella.TABLES),
        agreement="results/{umbrella}/agreement.parquet",
        reanalysis="results/{umbrella}/reanalysis.parquet",
        overlap="results/{umbrella}/overlap.parquet",
    output:
        figures=report(
            directory("results/{umbrella}/figures"),
            patterns=["{figure}.svg"],
            caption="../report/umbrella_figure.rst",
            category="{umbrella}",
            labels={"figure": "{figure}"},
        ),
    log:
        "logs/{umbrella}/draw_umbrella.log",
    group:
        "umbrella"
    params:
        settings=lambda wildcards: umbrellas.figure_settings(UMBRELLAS[wildcards.umbrella]),
        library=LIBRARY,
    script:
        "../scripts/draw_umbrella.py"


rule write_umbrella:
    input:
        config="results/{umbrella}/config.json",
        tables=expand("results/{{umbrella}}/{table}.parquet", table=umbrellas.REPORTED),
        figures="results/{umbrella}/figures",
    output:
        page=report(
            "results/{umbrella}/report.html",
            caption="../report/page.rst",
            category="{umbrella}",
            labels={"figure": "the whole report"},
        ),
    log:
        "logs/{umbrella}/write_umbrella.log",
    group:
        "umbrella"
    params:
        library=LIBRARY,
    script:
        "../scripts/write_umbrella.py"
