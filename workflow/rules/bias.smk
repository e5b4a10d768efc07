"""Step 7: signs of small-study effects and publication bias."""


rule diagnose_bias:
    input:
        effects="results/{review}/{outcome}/effects.parquet",
    output:
        bias="results/{review}/{outcome}/bias.parquet",
        filled="results/{review}/{outcome}/filled.parquet",
    log:
        "logs/{review}/{outcome}/diagnose_bias.log",
    group:
        "outcome"
    params:
        choices=lambda wildcards: analysis_of(wildcards)["bias"],
        better=lambda wildcards: outcome_of(wildcards)["better"],
        fewest=lambda wildcards: analysis_of(wildcards)["fewest_for_bias"],
        method=method_of,
        library=LIBRARY,
    script:
        "../scripts/diagnose_bias.py"
