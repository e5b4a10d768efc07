"""Step 9: across outcomes and reviews."""


# Too small to send to a cluster.
localrules:
    record_config,
    collect_evidence,
    write_index,


# Every typed row is behind an effect or on a ledger: this closes the account of a review.
rule close_ledger:
    input:
        typed=typed_tables_of,
        ledgers=outcome_files("ledger.parquet"),
        effects=outcome_files("effects.parquet"),
    output:
        ledger="results/{review}/ledger.parquet",
    log:
        "logs/{review}/close_ledger.log",
    group:
        "review"
    params:
        all_rows=lambda wildcards: [digest_table(path) for path in tables_in_use(wildcards)],
        asked=rows_asked_for,
        library=LIBRARY,
    script:
        "../scripts/close_ledger.py"


rule audit_claims:
    input:
        claims=lambda wildcards: table_if_any(wildcards, "claims"),
        pooled=audited_files("pooled.parquet"),
        effects=audited_files("effects.parquet"),
        subgroups=audited_files("subgroups.parquet"),
        bias=audited_files("bias.parquet"),
    output:
        audit="results/{review}/audit.parquet",
    log:
        "logs/{review}/audit_claims.log",
    group:
        "review"
    params:
        outcomes=outcome_rows,
        synthetic=lambda wildcards: review_of(wildcards)["synthetic"],
        library=LIBRARY,
    script:
        "../scripts/audit_claims.py"


rule write_report:
    input:
        config="results/{review}/config.json",
        audit="results/{review}/audit.parquet",
        ledger="results/{review}/ledger.parquet",
        studies=tables_of_studies,
        studies_figures="results/{review}/figures",
        overlays=overlays_of,
        pooled=outcome_files("pooled.parquet"),
        harmonised=dosed_outcomes,
        outcomes=outcome_files("report.html"),
    output:
        page=report(
            "results/{review}/report.html",
            caption="../report/page.rst",
            category="{review}",
            labels={"figure": "the whole report"},
        ),
    log:
        "logs/{review}/write_report.log",
    group:
        "review"
    params:
        library=LIBRARY,
    script:
        "../scripts/write_report.py"


rule collect_evidence:
    input:
        pooled=lambda wildcards: [
            f"results/{review}/{outcome}/pooled.parquet"
            for review in REVIEWS
            for outcome in REVIEWS[review]["outcomes"]
        ],
        audits=review_files("audit.parquet"),
    output:
        evidence="results/evidence.parquet",
        audit="results/audit.parquet",
    log:
        "logs/collect_evidence.log",
    # No job of an outcome waits for it.
    priority: -1
    params:
        reviews=review_labels,
        library=LIBRARY,
    script:
        "../scripts/collect_evidence.py"


rule write_index:
    input:
        evidence="results/evidence.parquet",
        audit="results/audit.parquet",
        directions=expand("results/{review}/swim.parquet", review=REVIEWS),
        # A link must lead somewhere, but a page that says the same is not written again.
        reports=[ancient(page) for page in review_files("report.html")],
    output:
        page="results/index.html",
    log:
        "logs/write_index.log",
    params:
        reviews=review_labels,
        library=LIBRARY,
    script:
        "../scripts/write_index.py"
