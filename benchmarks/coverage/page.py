"""The tables of docs/coverage.md, from the rows of the study."""

from frame import with_error
from study import KS, TAU2S


def fill_page(template, rows):
    """Fill each {figure_variances} of the template with its table.

    Parameters
    ----------
    template : str
        Markdown with placeholders such as {ci_coverage_known}, and {n}.
    rows : list of dict
        The rows of all cells, as in the CSV.

    Returns
    -------
    str
    """
    shown = [row for row in rows if row["figure"] != "ci_width"]
    places = dict.fromkeys((row["figure"], row["variances"]) for row in shown)
    tables = {"_".join(place): _table(shown, *place) for place in places}
    return template.format(n=f"{max(row['n'] for row in rows):,}", **tables)


def _table(rows, figure, variances):
    found = {
        (row["k"], row["tau2"], row["method"]): row
        for row in rows
        if (row["figure"], row["variances"]) == (figure, variances)
    }
    methods = list(dict.fromkeys(method for _, _, method in found))
    lines = [f"| k | τ² | {' | '.join(methods)} |", "|" + "---:|" * (len(methods) + 2)]
    for k in KS:
        for tau2 in TAU2S:
            values = [_value(found[k, tau2, method]) for method in methods]
            lines.append(f"| {k} | {tau2:g} | {' | '.join(values)} |")
    return "\n".join(lines)


def _value(row):
    """Coverages in percent."""
    if row["figure"] == "tau2_bias":
        # No minus before a bias that rounds to zero.
        return with_error(row | {"value": round(row["value"], 3) + 0.0}, "+.3f", error=".4f")
    return with_error(row, ".1f", 100, error=".2f")
