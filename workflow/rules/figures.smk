"""Step 8: the figures of one outcome, drawn by one process: loading the plotting library is slow."""


rule draw_figures:
    input:
        effects="results/{review}/{outcome}/effects.parquet",
        weights="results/{review}/{outcome}/weights.parquet",
        pooled="results/{review}/{outcome}/pooled.parquet",
        subgroups="results/{review}/{outcome}/subgroups.parquet",
        predictions="results/{review}/{outcome}/predictions.parquet",
        leave_one_out="results/{review}/{outcome}/leave_one_out.parquet",
        influence="results/{review}/{outcome}/influence.parquet",
        cumulative="results/{review}/{outcome}/cumulative.parquet",
        gosh="results/{review}/{outcome}/gosh.parquet",
        multiverse="results/{review}/{outcome}/multiverse.parquet",
        bias="results/{review}/{outcome}/bias.parquet",
        filled="results/{review}/{outcome}/filled.parquet",
    output:
        figures=report(
            directory("results/{review}/{outcome}/figures"),
            patterns=["{figure}.svg"],
            caption="../report/figure.rst",
            category="{review}",
            subcategory="{outcome}",
            labels={"figure": "{figure}"},
        ),
    log:
        "logs/{review}/{outcome}/draw_figures.log",
    group:
        "outcome"
    params:
        outcome=figure_settings,
        library=LIBRARY,
    script:
        "../scripts/draw_figures.py"


# Only of reviews that have digitised figures; a changed image redraws, and changes no number.
rule draw_overlays:
    input:
        figures=table_of("figures"),
    output:
        folder=directory("results/{review}/digitised"),
    log:
        "logs/{review}/draw_overlays.log",
    group:
        "review"
    params:
        title=lambda wildcards: review_of(wildcards)["title"],
        synthetic=lambda wildcards: review_of(wildcards)["synthetic"],
        shown=lambda wildcards: digest_overlays(review_of(wildcards)["tables"]["figures"]),
        library=LIBRARY,
    script:
        "../scripts/draw_overlays.py"
