"""Step 7: signs of small-study effects and publication bias."""


rule diagnose_bias:
    input:
        effects="results/{review}/{outcome}/effects.parquet",
    output:
        bias="results/{review}/{outcome}/bias.parquet",
    log:
        "logs/{review}/{outcome}/diagnose_bias.log",
    params:
        predictor=lambda wildcards: analysis_of(wildcards)["egger_predictor"],
        method=method_of,
        library=LIBRARY,
    script:
        "../scripts/diagnose_bias.py"
