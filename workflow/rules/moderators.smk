"""Step 5: do the effects differ between kinds of studies?"""


rule compare_subgroups:
    input:
        effects="results/{review}/{outcome}/effects.parquet",
    output:
        subgroups="results/{review}/{outcome}/subgroups.parquet",
    log:
        "logs/{review}/{outcome}/compare_subgroups.log",
    group:
        "outcome"
    params:
        moderators=lambda wildcards: analysis_of(wildcards)["subgroups"],
        fewest=lambda wildcards: analysis_of(wildcards)["fewest_for_subgroups"],
        method=method_of,
        library=LIBRARY,
    script:
        "../scripts/compare_subgroups.py"


rule fit_metaregression:
    input:
        effects="results/{review}/{outcome}/effects.parquet",
    output:
        metaregression="results/{review}/{outcome}/metaregression.parquet",
        predictions="results/{review}/{outcome}/predictions.parquet",
    log:
        "logs/{review}/{outcome}/fit_metaregression.log",
    group:
        "outcome"
    params:
        formulas=lambda wildcards: analysis_of(wildcards)["metaregression"],
        test=lambda wildcards: analysis_of(wildcards)["metaregression_test"],
        method=method_of,
        permutations=lambda wildcards: analysis_of(wildcards)["permutations"],
        seed=lambda wildcards: analysis_of(wildcards)["seed"],
        fewest=lambda wildcards: analysis_of(wildcards)["fewest_for_metaregression"],
        library=LIBRARY,
    script:
        "../scripts/fit_metaregression.py"
