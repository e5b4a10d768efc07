"""Find everything that a run would complain about, without running: nothing is written.

The steps are those of a run, called on the same rows with the same settings.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from evpool.columns import ARM_TABLE, EFFECTS, HARMONISED, LEDGER
from evpool.config import (
    complete_review,
    extraction_settings,
    harmonisation_settings,
    method_settings,
    read_review,
    rows_table,
)
from evpool.errors import ConvergenceError, InputError
from evpool.extraction.columns import ADJUDICATION, CLAIMS
from evpool.extraction.delimited import read_input, read_wanted, values_of
from evpool.extraction.row_groups import RowGroups
from evpool.extraction.typed import read_studies, read_typed
from evpool.load_reviews import REVIEW_FILES, table_problems
from evpool.readers.model import FLAGS
from evpool.stats.measures import published_options
from evpool.steps.audit_claims import check_claims
from evpool.steps.check_dispersion import check_dispersion
from evpool.steps.close_ledger import close_ledger
from evpool.steps.compare_subgroups import compare_subgroups
from evpool.steps.compute_effects import compute_effects
from evpool.steps.describe_studies import describe_studies
from evpool.steps.diagnose_bias import diagnose_bias
from evpool.steps.diagnose_influence import diagnose_influence
from evpool.steps.extract_arms import check_studies, extract_arms
from evpool.steps.fit_metaregression import fit_metaregression
from evpool.steps.harmonise_arms import harmonise_arms
from evpool.steps.leave_one_out import leave_one_out, leave_sets_out
from evpool.steps.pool_cumulatively import pool_cumulatively
from evpool.steps.pool_effects import pool_effects
from evpool.steps.reconcile_readings import reconcile_readings
from evpool.studies.settings import study_settings
from evpool.studies.typed import read_study_tables
from evpool.tables import as_table

FEWEST = ("subgroups", "metaregression", "bias")


@dataclass
class Findings:
    """What a check found in one review.

    Attributes
    ----------
    problems : dict
        (file or outcome, sentence) -> None: what would stop a run, in the order of the run.
    notes : list of str
        What would not stop it: a line an outcome on what is pooled and what is set aside.
    """

    review: str
    problems: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)

    def attempt(self, where, call):
        """Return what a call returns; None, with its refusal noted, if it refuses."""
        try:
            return call()
        except InputError as error:
            self.problems |= {(error.where, str(problem)): None for problem in error.problems}
        except (ValueError, ConvergenceError) as error:
            self.problems[where, str(error)] = None
        return None


def check_review(review, schema, defaults):
    """Check one review: its config, its tables and what its outcomes make of them.

    Parameters
    ----------
    review : str
        The review's id.
    schema : dict
        The JSON Schema of review files.
    defaults : dict
        The project-wide `analysis` choices.

    Returns
    -------
    Findings
    """
    path = REVIEW_FILES / f"{review}.yaml"
    findings = Findings(review)
    document = findings.attempt(str(path), lambda: read_review(path, schema))
    if document is None:
        _check_tables_alone(review, findings)
        return findings
    whole = complete_review(document, review, defaults)
    misnamed = table_problems(whole)
    findings.problems |= {(str(path), problem): None for problem in misnamed}
    read = cache(lambda table: findings.attempt(table, lambda: read_typed(table)))
    studies = None
    if whole["outcomes"]:
        studies = findings.attempt(whole["tables"]["studies"], lambda: _studies(whole))
    groups = cache(lambda path: RowGroups(read(path).rows))
    ledger, effects = [], []
    for outcome in whole["outcomes"]:
        path = rows_table(whole, outcome)
        table = read(path)
        if table is None or studies is None:
            continue
        own = _own_rows(table, groups(path), whole["outcomes"][outcome]["rows"])
        aside, found = _check_outcome(whole, outcome, (own, table), studies, findings, not misnamed)
        ledger += aside
        effects += found
    tables = [read(path) for path in sorted({rows_table(whole, o) for o in whole["outcomes"]})]
    tables = [table for table in tables if table is not None]
    closed = findings.attempt(review, lambda: close_ledger(tables, ledger, effects, review))
    # Rows of an outcome that was refused are in none, which would mislead.
    findings.notes += [*(() if findings.problems else _apart(closed or [])), *_unused(whole)]
    findings.attempt(review, lambda: describe_studies(*_study_tables(whole), review))
    claims = Path(whole["tables"]["claims"])
    if claims.is_file():
        findings.attempt(str(claims), lambda: _check_claims(claims))
    return findings


def _study_tables(review):
    return read_study_tables(review["tables"]), study_settings(review)


def _check_claims(path):
    check_claims(read_input(path, CLAIMS, may_be_empty=True))


def _check_tables_alone(review, findings):
    """Without a config that can be read, a table's cells can still be checked."""
    folder = Path("resources") / review
    for name, reader in (("studies", read_studies), ("arms", read_typed)):
        path = folder / f"{name}.csv"
        if path.is_file():
            table = findings.attempt(str(path), lambda path=path, reader=reader: reader(path))
            for problem in table.problems if table else ():
                findings.problems[str(path), str(problem)] = None


def _studies(review):
    studies = read_studies(review["tables"]["studies"])
    check_studies(studies)
    return studies


def _own_rows(table, groups, wanted):
    """Return the table as an outcome's job reads it: with its own rows alone."""
    rows = groups.matching(wanted)
    lines = {row["line"] for row in rows}
    problems = [problem for problem in table.problems if problem.line in lines]
    return replace(table, rows=rows, problems=problems)


def _check_outcome(review, outcome, tables, studies, findings, analyse):
    """Take an outcome's rows to its effects and analyses; return its ledger and its effects.

    `tables` are the one with its own rows alone and the whole one, of which all problems are told.
    """
    settings, where = review["outcomes"][outcome], f"{review['id']}, outcome {outcome}"
    analysis = settings["analysis"]
    chosen = extraction_settings(review, outcome)
    arms = findings.attempt(where, lambda: _extract(tables, studies, review, outcome, chosen))
    if arms is None:
        return [], []
    arms = findings.attempt(where, lambda: _reconciled(review, settings, arms))
    if arms is None:
        return [], []
    choices = harmonisation_settings(review, outcome)
    pair = findings.attempt(where, lambda: harmonise_arms(arms, **choices))
    if pair is None:
        return [], []
    harmonised, ledger = _as_read(pair[0], HARMONISED), _as_read(pair[1], LEDGER)
    chosen = analysis["measure"], analysis["ci_level"], analysis["measure_options"]
    effects = findings.attempt(where, lambda: compute_effects(harmonised, *chosen))
    findings.notes += _noted(outcome, effects or [], ledger, arms)
    if effects is None:
        return ledger, []
    findings.notes += _idle_options(outcome, settings)
    effects = _as_read(effects, EFFECTS)
    if analyse:
        for step in _analyses(effects, harmonised, settings):
            findings.attempt(where, step)
    return ledger, effects


def _extract(tables, studies, review, outcome, settings):
    """Extract as the script does: an outcome's own rows alone, the whole table if they fail."""
    own, whole = tables
    try:
        return extract_arms(own, studies, review["id"], outcome, **settings)
    except InputError:
        return extract_arms(whole, studies, review["id"], outcome, **settings)


def _reconciled(review, settings, arms):
    """Bring the readings of several digitisers to one row an arm."""
    path = Path(review["tables"]["adjudication"])
    decided = [read_wanted(path, ADJUDICATION, settings["rows"])] if path.is_file() else []
    arms = _as_read(arms, ARM_TABLE)
    reconciled, *_ = reconcile_readings(arms, decided, settings["analysis"]["reading"])
    return _as_read(reconciled, ARM_TABLE)


def _analyses(effects, harmonised, settings):
    """Return the steps after the effects, ready to be called; those that take long left out."""
    analysis, method = settings["analysis"], method_settings(settings["analysis"])
    measure = analysis["measure"], analysis["measure_options"]
    fewest = {step: analysis[f"fewest_for_{step}"] for step in FEWEST}
    regression = analysis["metaregression"], analysis["metaregression_test"], method
    # What a test of bias can't do is a row, never a refusal: here they would only take time.
    bias = analysis["bias"] | {"tests": []}, method, settings["better"]
    return (
        lambda: pool_effects(effects, method, analysis["analyses"]),
        lambda: check_dispersion(harmonised, *measure, method),
        lambda: compare_subgroups(
            effects, analysis["subgroups"], method, fewest=fewest["subgroups"]
        ),
        lambda: fit_metaregression(effects, *regression, fewest=fewest["metaregression"]),
        lambda: leave_one_out(effects, method),
        lambda: leave_sets_out(effects, analysis["exclusion_sets"], method),
        lambda: diagnose_influence(effects, method),
        lambda: pool_cumulatively(effects, analysis["cumulative"], method),
        lambda: diagnose_bias(effects, *bias, fewest=fewest["bias"]),
    )


def _as_read(rows, columns):
    """Return rows as the next step of a run reads them from their file."""
    return as_table(rows, columns).to_pylist()


def _noted(outcome, effects, ledger, arms):
    """Say what an outcome pools, sets aside and has flagged."""
    studies = len({effect["study_id"] for effect in effects})
    yield f"{outcome}: {_count(len(effects), 'comparison')} of {_count(studies, 'study')}"
    for reason, count in sorted(Counter(row["reason"] for row in ledger).items()):
        yield f"{outcome}: {_count(count, 'row')} set aside: {reason}"
    flags = Counter(flag for arm in arms for flag in _flags(arm))
    for flag, count in sorted(flags.items()):
        meaning = f" ({FLAGS[flag]})" if flag in FLAGS else ""
        yield f"{outcome}: {_count(count, 'row')} flagged: {flag}{meaning}"


def _idle_options(outcome, settings):
    """Say which options of its measure an outcome of published effects has no use for."""
    if settings["table"] != "estimates":
        return
    measure, options = settings["analysis"]["measure"], settings["analysis"]["measure_options"]
    heard = published_options(measure, options)
    for name in options:
        if name not in heard:
            yield (
                f"{outcome}: the measure option {name} is not used: published effects keep the "
                "variance that they are printed with"
            )


def _apart(ledger):
    """Say what is in no outcome."""
    apart = Counter(row["reason"] for row in ledger if row["step"] in ("select", "read"))
    for reason, count in sorted(apart.items()):
        yield f"{_count(count, 'row')} in no outcome: {reason}"


def _unused(review):
    """Say which tables have rows that no outcome could take."""
    used = {outcome["table"] for outcome in review["outcomes"].values()}
    for name in ("arms", "figures", "estimates"):
        rows = values_of(review["tables"][name], "study_id" if name != "figures" else "file")
        if name not in used and rows:
            path = review["tables"][name]
            yield f"{path} has {_count(len(rows), 'row')}, but no outcome says `table: {name}`"


def _flags(arm):
    cells = (arm.get("reading_flags"), arm.get("flags"))
    return {flag for cell in cells for flag in (cell or "").split("; ") if flag}


def _count(number, noun):
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number} {noun if number == 1 else plural}"
