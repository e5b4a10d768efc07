"""Which effects an analysis named in a review's config pools."""

from evpool.extraction.table import matches


def select_effects(effects, analysis, exclude=(), only=None):
    """Return the effects of a named analysis.

    Parameters
    ----------
    effects : list of dict
        Rows of EFFECTS.
    analysis : str
        The analysis' name.
    exclude : sequence of str
        Ids of the studies to leave out.
    only : dict, optional
        Column -> the value or values that a row must have.

    Returns
    -------
    list of dict

    Raises
    ------
    ValueError
        If the analysis excludes a study that is not there, filters by a column that does not exist
        or leaves no effect.
    """
    studies = {effect["study_id"] for effect in effects}
    strangers = sorted(set(exclude) - studies)
    if strangers:
        raise ValueError(
            f"analysis {analysis!r} excludes {', '.join(strangers)}, not among the studies of the "
            f"outcome ({', '.join(sorted(studies))}). Correct `exclude` in the review's config."
        )
    unknown = sorted(set(only or {}) - set(effects[0]))
    if unknown:
        raise ValueError(
            f"analysis {analysis!r} filters by {', '.join(unknown)}, which is no column of the "
            f"effects ({', '.join(effects[0])}). Correct `only` in the review's config."
        )
    included = [
        effect
        for effect in effects
        if effect["study_id"] not in exclude and matches(effect, only or {})
    ]
    if not included:
        raise ValueError(f"analysis {analysis!r} leaves no effect. Correct `exclude` or `only`.")
    return included
