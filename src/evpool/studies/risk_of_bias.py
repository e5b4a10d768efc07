"""Risk of bias: check what raters typed, settle on one judgement a cell, measure agreement."""

from itertools import combinations
from math import fsum

from evpool.errors import InputError, Problem, closest
from evpool.studies.judgement_agreement import cohens_kappa, cross_table, gwet_ac1, pabak
from evpool.studies.risk_tools import DISAGREEMENT, NOT_JUDGED

CONSENSUS = "consensus"  # the rater whose judgement stands where raters differ
COEFFICIENTS = {"kappa": cohens_kappa, "pabak": pabak, "ac1": gwet_ac1}
ALL_DOMAINS = "all"


def check_judgements(table, tool, studies=()):
    """Return the rows of risk_of_bias.csv, or refuse those that the tool does not know.

    Parameters
    ----------
    table : InputTable
        risk_of_bias.csv.
    tool : Tool
    studies : sequence of str
        Known study ids; if empty, there is nothing to check against.

    Returns
    -------
    list of dict
        The rows, judgements in lower case.

    Raises
    ------
    InputError
        If a domain or judgement is unknown, a study is missing or unknown, or a rater judges a cell
        twice: every problem of the file.
    """
    problems, seen = list(table.problems), {}
    rows = [row | {"judgement": (row["judgement"] or "").lower()} for row in table.rows]
    for row in rows:
        found = [*_who(row, studies), *_what(row, tool)]
        key = (_study(row), row["domain"], row.get("rater"))
        if key in seen:
            found.append(
                Problem(
                    row["line"],
                    "domain",
                    row["domain"],
                    f"one judgement a study, domain and rater; row {seen[key]} has this one",
                    "Remove one, or name the raters in a column `rater`.",
                    who=_study(row),
                )
            )
        seen.setdefault(key, row["line"])
        problems += found
    if problems:
        raise InputError(table.path, [str(p) for p in sorted(problems, key=lambda p: p.line)])
    return rows


def settle(rows, tool, order=()):
    """Return one judgement for every study and domain.

    Parameters
    ----------
    rows : list of dict
        Checked rows of risk_of_bias.csv.
    tool : Tool
    order : sequence of str
        Study ids in the order in which they are shown; others follow as they were typed.

    Returns
    -------
    list of dict
        `study_id`, `label`, `domain`, `judgement`, `raters`, `support`. Raters who differ without
        a rater called 'consensus' leave 'disagreement', a cell that nobody typed 'not judged'.
    """
    cells, labels = {}, {}
    for row in rows:
        cells.setdefault((_study(row), row["domain"]), []).append(row)
        labels.setdefault(_study(row), row)
    rank = {study: i for i, study in enumerate(order)}
    studies = sorted(labels, key=lambda study: rank.get(study, len(rank)))
    return [
        {
            "study_id": labels[study].get("study_id"),
            "label": labels[study].get("study_label") or study,
            "domain": domain,
            **_settled(cells.get((study, domain), [])),
        }
        for study in studies
        for domain in tool.domains
    ]


def agreement(rows, tool):
    """Return how well each pair of raters agrees, by domain and over all.

    Returns
    -------
    list of dict
        `raters`, `domain` ('all' for all cells), `subjects`, `observed` (0-1), and for kappa, PABAK
        and Gwet's AC1 the estimate with its interval; None where chance agreement is 1.
    """
    by_rater = {}
    for row in rows:
        if row.get("rater") and row["rater"].lower() != CONSENSUS:
            by_rater.setdefault(row["rater"], {})[_study(row), row["domain"]] = row["judgement"]
    found = []
    for first, second in combinations(by_rater, 2):
        shared = [cell for cell in by_rater[first] if cell in by_rater[second]]
        for domain in (ALL_DOMAINS, *tool.domains):
            own = [cell for cell in shared if domain in (ALL_DOMAINS, cell[1])]
            if own:
                pairs = [(by_rater[first][cell], by_rater[second][cell]) for cell in own]
                place = {"raters": f"{first} and {second}", "domain": domain}
                found.append(place | _coefficients(pairs, tool.judgements))
    return found


def summarise(settled, tool, weights=None):
    """Return the share of each judgement in each domain.

    Parameters
    ----------
    settled : list of dict
        As `settle` returns them.
    tool : Tool
    weights : dict, optional
        Study id -> what it weighs in a pooled estimate; a study that is not in it weighs nothing.
        Without it each study counts once.

    Returns
    -------
    list of dict
        `domain`, `judgement`, `studies` (count), `share` (0-1), in the tool's order.
    """
    rows = []
    for domain in tool.domains:
        own = [row for row in settled if row["domain"] == domain]
        weight = [1.0 if weights is None else weights.get(row["study_id"], 0.0) for row in own]
        total = fsum(weight)
        for judgement in (*tool.judgements, DISAGREEMENT, NOT_JUDGED):
            holds = [row["judgement"] == judgement for row in own]
            held = fsum(w for w, its in zip(weight, holds, strict=True) if its)
            share = held / total if total else 0.0
            row = {"domain": domain, "judgement": judgement, "studies": sum(holds), "share": share}
            rows.append(row)
    return [row for row in rows if row["studies"] or row["judgement"] in tool.judgements]


def summarise_printed(table, tool, total):
    """Return what a paper prints of each domain where it does not print the single judgements.

    Parameters
    ----------
    table : InputTable
        risk_counts.csv: how many studies got a judgement in a domain.
    tool : Tool
    total : int
        The studies of the review; those without a printed judgement are 'not judged'.

    Returns
    -------
    list of dict
        As of `summarise`.

    Raises
    ------
    InputError
        If a domain or judgement is unknown, or a domain has more studies than the review.
    """
    problems = list(table.problems)
    for row in table.rows:
        problems += _what(row, tool)
    counts = {(row["domain"], row["judgement"]): row["studies"] for row in table.rows}
    rows = []
    for domain in tool.domains:
        known = [counts.get((domain, judgement), 0) or 0 for judgement in tool.judgements]
        if sum(known) > total:
            problems.append(f"{domain}: {sum(known)} studies are judged, the review has {total}")
        named = zip((*tool.judgements, NOT_JUDGED), (*known, total - sum(known)), strict=True)
        rows += [
            {"domain": domain, "judgement": judgement, "studies": count, "share": count / total}
            for judgement, count in named
        ]
    if problems:
        raise InputError(table.path, [str(problem) for problem in problems])
    return rows


def _settled(rows):
    final = [row for row in rows if (row.get("rater") or "").lower() == CONSENSUS] or rows
    judged = {row["judgement"] for row in final}
    judgement = judged.pop() if len(judged) == 1 else DISAGREEMENT if judged else NOT_JUDGED
    return {
        "judgement": judgement,
        "raters": len(rows),
        "support": "; ".join(row["support"] for row in final if row.get("support")) or None,
    }


def _coefficients(pairs, judgements):
    table = cross_table([a for a, _ in pairs], [b for _, b in pairs], judgements)
    row = {"subjects": len(pairs), "observed": sum(a == b for a, b in pairs) / len(pairs)}
    for name, coefficient in COEFFICIENTS.items():
        value = coefficient(table)
        row |= {name: value.estimate, f"{name}_low": value.ci_low, f"{name}_high": value.ci_high}
    return row


def _study(row):
    return row.get("study_id") or row.get("study_label") or ""


def _who(row, studies):
    if not _study(row):
        remedy = "Fill in study_id, or study_label for a study that the study table lacks."
        yield Problem(row["line"], "study_id", "", "a study", remedy)
    elif row.get("study_id") and studies and row["study_id"] not in studies:
        remedy = f"Correct it, or add the study.{closest(row['study_id'], studies)}"
        expected = "a study of the study table"
        yield Problem(row["line"], "study_id", row["study_id"], expected, remedy)


def _what(row, tool):
    for column, known, where in (
        ("domain", tool.domains, "a domain of"),
        ("judgement", tool.judgements, "a judgement of"),
    ):
        value = row[column]
        if value and value not in known:
            expected = f"{where} {tool.name} ({', '.join(known)})"
            remedy = f"Correct the cell.{closest(value, known)}"
            yield Problem(row["line"], column, value, expected, remedy, who=_study(row))


def weights_of_studies(weights, effects):
    """Return what each study weighs in an outcome's random-effects estimate.

    Parameters
    ----------
    weights, effects : list of dict
        Rows of WEIGHTS and EFFECTS of one outcome.

    Returns
    -------
    dict of str to float
        Study id -> the sum of its comparisons' weights.
    """
    study_of = {row["effect_id"]: row["study_id"] for row in effects}
    shares = {}
    for row in weights:
        if row["analysis"] == "overall" and row["model"] == "random":
            study = study_of[row["effect_id"]]
            shares[study] = shares.get(study, 0.0) + row["weight"]
    return shares
