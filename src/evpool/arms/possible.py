"""Which comparisons an outcome's measure can be computed from, and why not the others."""

from evpool.arms.pairs import DIVIDED, SIDES, comparison_key, pair_arms, shared_by, summary_columns
from evpool.arms.published import published_columns
from evpool.columns import CONTRAST
from evpool.errors import InputError
from evpool.history import shown
from evpool.stats.measures import obstacles, published_options

UNINFORMATIVE = "no_information"  # nothing of such a comparison is wrong: it never stops a run
REMEDY = (
    "Correct the row, leave it out by the outcome's `rows` or `exclude`, choose another `measure`, "
    "or set `unusable_rows: ledger` in the review's config."
)


def divide_possible(arms, measure, options, unusable):
    """Set aside the comparisons that a measure can't be computed from.

    Parameters
    ----------
    arms : list of dict
        Rows of HARMONISED: whole comparisons, or published effects.
    measure, options : str, dict
        As of `steps.compute_effects`.
    unusable : {'stop', 'ledger'}
        What to do with such comparisons.

    Returns
    -------
    kept : list of dict
        The arms of all other comparisons.
    aside : list of (arm, reason, detail)
        The ledger's code, and what is wrong, of each arm that is not kept.

    Raises
    ------
    InputError
        If `unusable` is 'stop': every such comparison, unless it only tells nothing of the effect.
    ValueError
        For an unknown measure or option.
    """
    pairs = pair_arms(arms)
    found = _obstacles(pairs, measure, options)
    stopping = [
        f"{_place(pairs[i], obstacle)}: {_told(pairs[i], obstacle, measure)}. {REMEDY}"
        for i, obstacle in found.items()
        if unusable == "stop" and obstacle.reason != UNINFORMATIVE
    ]
    if stopping:
        raise InputError(arms[0]["source_file"], stopping)
    why = {
        _key(pairs[i]): (obstacle.reason, _told(pairs[i], obstacle, measure))
        for i, obstacle in found.items()
    }
    aside = [(arm, *why[comparison_key(arm)]) for arm in arms if comparison_key(arm) in why]
    return [arm for arm in arms if comparison_key(arm) not in why], aside


def _obstacles(pairs, measure, options):
    """Return the Obstacle of each comparison that has one, by its position."""
    if not pairs:
        return {}
    if CONTRAST not in pairs[0]:
        return obstacles(measure, summary_columns(pairs), **options)
    columns = published_columns([pair[CONTRAST] for pair in pairs], measure)
    found = obstacles("GEN", columns, **published_options(measure, options))
    # Effects of other measures are no rows of this outcome, which `compute_effects` says.
    return {i: own for i, own in found.items() if pairs[i][CONTRAST]["measure"] == measure}


def _key(pair):
    return comparison_key(next(iter(pair.values())))


def _place(pair, obstacle):
    """Name a comparison, and the arm whose number it is about."""
    first = next(iter(pair.values()))
    when = first["timepoint"]
    if first["time"] is not None:
        when = f"{first['time']:g} {first['time_unit']}"
    own = SIDES.get(obstacle.name.rpartition("_")[2])
    roles = [own] if own in pair else [role for role in pair if role != CONTRAST]
    arms = [" ".join(filter(None, (role, _quoted(pair[role]["arm"])))) for role in roles]
    parts = (first["study_id"], f"comparison {first['comparison']}", when, " and ".join(arms))
    return ", ".join(filter(None, parts))


def _quoted(name):
    return f"'{name}'" if name else None


def _told(pair, obstacle, measure):
    value = shown(obstacle.value)
    if obstacle.name in DIVIDED and shared_by(pair) > 1:
        value += f" ({pair['control']['n']} animals divided among {shared_by(pair)} comparisons)"
    return f"{obstacle.name} is {value}: expected it to {obstacle.rule} (measure {measure})"
