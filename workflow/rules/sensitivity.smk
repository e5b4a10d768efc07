"""Step 6: how much does the result hang on single studies and choices?"""


rule leave_one_out:
    input:
        effects="results/{review}/{outcome}/effects.parquet",
    output:
        leave_one_out="results/{review}/{outcome}/leave_one_out.parquet",
        leave_sets_out="results/{review}/{outcome}/leave_sets_out.parquet",
    log:
        "logs/{review}/{outcome}/leave_one_out.log",
    group:
        "outcome"
    params:
        sets=lambda wildcards: analysis_of(wildcards)["exclusion_sets"],
        method=method_of,
        library=LIBRARY,
    script:
        "../scripts/leave_one_out.py"


rule diagnose_influence:
    input:
        effects="results/{review}/{outcome}/effects.parquet",
    output:
        influence="results/{review}/{outcome}/influence.parquet",
    log:
        "logs/{review}/{outcome}/diagnose_influence.log",
    group:
        "outcome"
    params:
        method=method_of,
        library=LIBRARY,
    script:
        "../scripts/diagnose_influence.py"


rule pool_cumulatively:
    input:
        effects="results/{review}/{outcome}/effects.parquet",
    output:
        cumulative="results/{review}/{outcome}/cumulative.parquet",
    log:
        "logs/{review}/{outcome}/pool_cumulatively.log",
    group:
        "outcome"
    params:
        orders=lambda wildcards: analysis_of(wildcards)["cumulative"],
        method=method_of,
        library=LIBRARY,
    script:
        "../scripts/pool_cumulatively.py"


rule run_gosh:
    input:
        effects="results/{review}/{outcome}/effects.parquet",
    output:
        gosh="results/{review}/{outcome}/gosh.parquet",
    log:
        "logs/{review}/{outcome}/run_gosh.log",
    group:
        "outcome"
    params:
        settings=lambda wildcards: analysis_of(wildcards)["gosh"],
        seed=lambda wildcards: analysis_of(wildcards)["seed"],
        library=LIBRARY,
    script:
        "../scripts/run_gosh.py"


# From the arms, not from the effects: some choices change the data themselves.
rule run_multiverse:
    input:
        arms="results/{review}/{outcome}/reconciled.parquet",
    output:
        multiverse="results/{review}/{outcome}/multiverse.parquet",
    log:
        "logs/{review}/{outcome}/run_multiverse.log",
    group:
        "outcome"
    params:
        choices=lambda wildcards: analysis_of(wildcards)["multiverse"],
        own=lambda wildcards: reviews.own_specification(analysis_of(wildcards)),
        harmonisation=harmonisation_of,
        sets=lambda wildcards: analysis_of(wildcards)["exclusion_sets"],
        library=LIBRARY,
    script:
        "../scripts/run_multiverse.py"
