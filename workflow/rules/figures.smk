"""Steps 8 and 9: the figures and the page of one outcome, and the drawings of digitised figures."""


# By one process, since loading the plotting library is slow.
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
        labels=lambda wildcards: study_labels(review_of(wildcards)["tables"]["studies"]),
        synthetic=lambda wildcards: review_of(wildcards)["synthetic"],
        shown=lambda wildcards: digest_overlays(review_of(wildcards)["tables"]["figures"]),
        library=LIBRARY,
    script:
        "../scripts/draw_overlays.py"


# A report is put together from these, so that one more study writes one page anew.
rule write_outcome:
    input:
        arms="results/{review}/{outcome}/arms.parquet",
        ledger="results/{review}/{outcome}/ledger.parquet",
        pooled="results/{review}/{outcome}/pooled.parquet",
        effects="results/{review}/{outcome}/effects.parquet",
        dispersion="results/{review}/{outcome}/dispersion.parquet",
        readings="results/{review}/{outcome}/readings.parquet",
        harmonised="results/{review}/{outcome}/harmonised.parquet",
        agreement="results/{review}/{outcome}/agreement.parquet",
        disagreements="results/{review}/{outcome}/disagreements.parquet",
        click_error="results/{review}/{outcome}/click_error.parquet",
        subgroups="results/{review}/{outcome}/subgroups.parquet",
        metaregression="results/{review}/{outcome}/metaregression.parquet",
        leave_one_out="results/{review}/{outcome}/leave_one_out.parquet",
        leave_sets_out="results/{review}/{outcome}/leave_sets_out.parquet",
        influence="results/{review}/{outcome}/influence.parquet",
        cumulative="results/{review}/{outcome}/cumulative.parquet",
        multiverse="results/{review}/{outcome}/multiverse.parquet",
        bias="results/{review}/{outcome}/bias.parquet",
        figures="results/{review}/{outcome}/figures",
    output:
        page="results/{review}/{outcome}/report.html",
    log:
        "logs/{review}/{outcome}/write_outcome.log",
    group:
        "outcome"
    params:
        outcome=lambda wildcards: outcome_of(wildcards) | {"id": wildcards.outcome},
        review=lambda wildcards: masthead(review_of(wildcards)),
        overlays=lambda wildcards: bool(overlays_of(wildcards)),
        library=LIBRARY,
    script:
        "../scripts/write_outcome.py"
