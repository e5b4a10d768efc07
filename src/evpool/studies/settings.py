"""The part of a review's config that says how its studies are described."""

from evpool.errors import InputError, closest

MADE_OF_STUDIES = ("characteristics", "characteristic_counts", "flow", "flow_checks")
MADE_OF_STUDIES += ("judgements", "risk_summary", "rater_agreement")
MADE_OF_STUDIES += ("directions", "effect_directions", "swim", "study_doses")
SETTINGS = ("characteristics", "risk_of_bias", "swim", "doses")


def study_settings(review):
    """Return the part of a review that says how its studies are described."""
    return {name: review[name] for name in SETTINGS}


def check_study_settings(review, columns):
    """Raise InputError if a review describes its studies by what does not exist.

    Parameters
    ----------
    review : dict
        What `config.complete_review` returned.
    columns : list of str
        The columns of the study table; if empty, there is nothing to check against.
    """
    shown = review["characteristics"] or {"columns": {}}
    problems = [
        f"characteristics.columns names {name!r}, which is no column of the study table."
        f"{closest(name, columns)} It has: {', '.join(columns)}"
        for name in shown["columns"]
        if columns and name not in columns
    ]
    problems += [
        f"characteristics.counts names {name!r}, which characteristics.columns does not show."
        f"{closest(name, shown['columns'])}"
        for name in shown.get("counts", [])
        if name not in shown["columns"]
    ]
    weighing = (review["risk_of_bias"] or {}).get("weights")
    if weighing and weighing not in review["outcomes"]:
        problems.append(
            f"risk_of_bias.weights names {weighing!r}, which is no outcome of the review."
            f"{closest(weighing, review['outcomes'])}"
        )
    swim = review["swim"] or {}
    problems += [
        f"swim names {name!r}, which is no column of the study table.{closest(name, columns)} "
        f"It has: {', '.join(columns)}"
        for name in (*swim.get("groups", []), *_dose_column(swim, review["doses"]))
        if columns and name not in columns
    ]
    if swim.get("harvest") and swim["harvest"] not in swim.get("groups", []):
        problems.append(f"swim.harvest is {swim['harvest']!r}, which swim.groups does not list")
    if problems:
        raise InputError(f"config/reviews/{review['id']}.yaml", problems)


def _dose_column(swim, doses):
    """Return the dose's column, unless it is one that the declared doses make."""
    return [] if doses or "dose" not in swim else [swim["dose"]]
