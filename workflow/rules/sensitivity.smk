"""Step 6: how much does the result hang on single studies and choices?"""


rule leave_one_out:
    input:
        effects="results/{review}/{outcome}/effects.parquet",
    output:
        leave_one_out="results/{review}/{outcome}/leave_one_out.parquet",
    log:
        "logs/{review}/{outcome}/leave_one_out.log",
    params:
        method=method_of,
        library=LIBRARY,
    script:
        "../scripts/leave_one_out.py"
