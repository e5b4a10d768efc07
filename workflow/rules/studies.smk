"""What the studies are: characteristics, flow, risk of bias, directions; pooled or not."""

from evpool.studies.settings import study_settings


# The typed tables hold little and are read whole: one job makes all tables, one draws all figures.
rule describe_studies:
    input:
        typed=lambda wildcards: [ancient(path) for path in study_tables_of(wildcards)],
        weights=lambda wildcards: weighing_files(wildcards, "weights.parquet"),
        effects=lambda wildcards: weighing_files(wildcards, "effects.parquet"),
    output:
        characteristics="results/{review}/characteristics.parquet",
        characteristic_counts="results/{review}/characteristic_counts.parquet",
        flow="results/{review}/flow.parquet",
        flow_checks="results/{review}/flow_checks.parquet",
        judgements="results/{review}/judgements.parquet",
        risk_summary="results/{review}/risk_summary.parquet",
        rater_agreement="results/{review}/rater_agreement.parquet",
        directions="results/{review}/directions.parquet",
        effect_directions="results/{review}/effect_directions.parquet",
        swim="results/{review}/swim.parquet",
        study_doses="results/{review}/study_doses.parquet",
    log:
        "logs/{review}/describe_studies.log",
    group:
        "review"
    params:
        settings=lambda wildcards: study_settings(review_of(wildcards)),
        tables=lambda wildcards: review_of(wildcards)["tables"],
        synthetic=lambda wildcards: review_of(wildcards)["synthetic"],
        all_rows=lambda wildcards: [digest_table(path) for path in study_tables_of(wildcards)],
        library=LIBRARY,
    script:
        "../scripts/describe_studies.py"


rule draw_studies:
    input:
        characteristic_counts="results/{review}/characteristic_counts.parquet",
        flow="results/{review}/flow.parquet",
        flow_checks="results/{review}/flow_checks.parquet",
        judgements="results/{review}/judgements.parquet",
        risk_summary="results/{review}/risk_summary.parquet",
        directions="results/{review}/directions.parquet",
        effect_directions="results/{review}/effect_directions.parquet",
    output:
        figures=report(
            directory("results/{review}/figures"),
            patterns=["{figure}.svg"],
            caption="../report/studies.rst",
            category="{review}",
            subcategory="the studies",
            labels={"figure": "{figure}"},
        ),
    log:
        "logs/{review}/draw_studies.log",
    group:
        "review"
    params:
        swim=lambda wildcards: review_of(wildcards)["swim"],
        words=lambda wildcards: words_of(review_of(wildcards)),
        library=LIBRARY,
    script:
        "../scripts/draw_studies.py"
