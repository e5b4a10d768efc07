"""Find what a run would complain about in an umbrella review, without running."""

from collections import Counter
from pathlib import Path

from evpool.commands.check import Findings
from evpool.extraction.delimited import read_input
from evpool.extraction.table import InputTable
from evpool.load_reviews import load_reviews
from evpool.steps.audit_umbrella import check_claims
from evpool.steps.extract_umbrella import extract_umbrella
from evpool.steps.harmonise_umbrella import harmonise_umbrella
from evpool.steps.measure_overlap import measure_overlap
from evpool.umbrella.columns import CITATIONS, CLAIMS, TYPED
from evpool.umbrella.load import load_umbrella, typed_tables


def check_umbrella_review(review, config, schemas):
    """Check one umbrella review: its config, its tables, its claims and its citations.

    Parameters
    ----------
    review : str
        The review's id.
    config : dict
        The content of config/config.yaml.
    schemas : Path
        The folder of the JSON Schemas.

    Returns
    -------
    evpool.commands.check.Findings
    """
    findings = Findings(review)
    reviews, _ = load_reviews(config, schemas)
    umbrella = findings.attempt(review, lambda: load_umbrella(review, schemas, reviews))
    if umbrella is None:
        return findings
    paths = typed_tables(umbrella)
    tables = {
        name: findings.attempt(path, lambda name=name, path=path: read_input(path, TYPED[name]))
        for name, path in paths.items()
    }
    if None not in tables.values():
        tables |= {name: InputTable(name, (), [], []) for name in TYPED if name not in tables}
        extracted = findings.attempt(review, lambda: extract_umbrella(tables, umbrella))
        if extracted is not None:
            _, ledger = harmonise_umbrella(extracted, umbrella)
            counts = Counter(row["reason"] for row in ledger)
            findings.notes += [f"rows set aside, {reason}: {n}" for reason, n in counts.items()]
    claims, citations = umbrella["tables"]["claims"], umbrella["overlap"]["table"]
    if Path(claims).is_file():
        findings.attempt(claims, lambda: check_claims(read_input(claims, CLAIMS)))
    if citations:
        known = None
        if not umbrella["overlap"]["synthetic"] and tables.get("meta_analyses"):
            known = [row["ma_id"] for row in tables["meta_analyses"].rows]
        findings.attempt(
            citations, lambda: measure_overlap(read_input(citations, CITATIONS), known)
        )
    return findings
