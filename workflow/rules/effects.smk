"""Steps 3 and 4: effects and their variances, pooled."""


rule compute_effects:
    input:
        harmonised="results/{review}/{outcome}/harmonised.parquet",
    output:
        effects="results/{review}/{outcome}/effects.parquet",
    log:
        "logs/{review}/{outcome}/compute_effects.log",
    group:
        "outcome"
    params:
        measure=lambda wildcards: analysis_of(wildcards)["measure"],
        options=lambda wildcards: analysis_of(wildcards)["measure_options"],
        ci_level=lambda wildcards: analysis_of(wildcards)["ci_level"],
        library=LIBRARY,
    script:
        "../scripts/compute_effects.py"


rule pool_effects:
    input:
        effects="results/{review}/{outcome}/effects.parquet",
        harmonised="results/{review}/{outcome}/harmonised.parquet",
    output:
        pooled="results/{review}/{outcome}/pooled.parquet",
        weights="results/{review}/{outcome}/weights.parquet",
        refit="results/{review}/{outcome}/refit.R",
    log:
        "logs/{review}/{outcome}/pool_effects.log",
    group:
        "outcome"
    params:
        method=method_of,
        analyses=lambda wildcards: analysis_of(wildcards)["analyses"],
        reading=lambda wildcards: reviews.simulation_settings(analysis_of(wildcards)),
        library=LIBRARY,
    script:
        "../scripts/pool_effects.py"
