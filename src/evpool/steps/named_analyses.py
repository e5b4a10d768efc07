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
        Ids of the studies to leave out; some may be of other outcomes only.
    only : dict, optional
        Column -> the value or values that a row must have.

    Returns
    -------
    list of dict
        Empty if none of the outcome's effects is left.

    Raises
    ------
    ValueError
        If the analysis filters by a column that does not exist.
    """
    unknown = sorted(set(only or {}) - set(effects[0]))
    if unknown:
        raise ValueError(
            f"analysis {analysis!r} filters by {', '.join(unknown)}, which is no column of the "
            f"effects ({', '.join(effects[0])}). Correct `only` in the review's config."
        )
    return [
        effect
        for effect in effects
        if effect["study_id"] not in exclude and matches(effect, only or {})
    ]
