"""Control arms that several comparisons of one pool share: their animals are divided."""

from evpool.history import noted

TESTED = {"from_t", "from_p"}  # SDs of a whole comparison, which say nothing of its control
FEWEST = 2  # animals per arm that every measure's variance needs
COMPARISON = ("study_id", "comparison", "timepoint", "time", "time_unit")
# One group, read once: comparisons number it again, nothing else differs.
GROUP = ("study_id", "timepoint", "time", "time_unit", "arm", "n", "mean", "sd", "events")


def split_shared_controls(arms):
    """Say by how many comparisons the animals of each control arm are to be divided.

    A control is shared where comparisons of one study have, at one time, control arms of the same
    name, n, mean and SD (or events); an SD that follows from the t or P value of a comparison
    differs between those of one control, and does not count. Mean and SD stay; n (and events) are
    divided evenly among the comparisons, so that each animal counts once in the pool. A group that
    is a control in one comparison and treated in another is not looked for.

    Parameters
    ----------
    arms : list of dict
        Rows of HARMONISED: the arms that one outcome pools.

    Returns
    -------
    kept : list of dict
        The arms; `control_shared_by` of a control arm counts the comparisons that share it.
    too_small : list of dict
        The arms of comparisons whose share of the control would be fewer than 2 animals.

    References
    ----------
    Cochrane Handbook 6.4, section 23.3.4: divide a shared group evenly among the comparisons.
    """
    controls = [arm for arm in arms if arm["role"] == "control"]
    sharing = {}
    for arm in controls:
        sharing.setdefault(_group(arm), []).append(_key(arm, COMPARISON))
    shared_by, too_few = {}, set()
    for arm in controls:
        comparisons = sharing[_group(arm)]
        shared_by[_key(arm, COMPARISON)] = len(comparisons)
        if len(comparisons) > 1 and arm["n"] / len(comparisons) < FEWEST:
            too_few.update(comparisons)
    marked = [_marked(arm, shared_by) for arm in arms]
    kept = [arm for arm in marked if _key(arm, COMPARISON) not in too_few]
    return kept, [arm for arm in marked if _key(arm, COMPARISON) in too_few]


def _marked(arm, shared_by):
    if arm["role"] != "control":
        return arm
    count = shared_by[_key(arm, COMPARISON)]
    if count == 1:
        return arm | {"control_shared_by": 1}
    text = f"{arm['n']} animals divided among {count} comparisons, {arm['n'] / count:.6g} each"
    return noted(arm, "share", text, control_shared_by=count)


def _group(arm):
    """Name the group that a control arm is: without an SD that its comparison's test gave."""
    sources = (arm.get("sd_source") or "").replace("change_", "").split("; ")
    return _key(arm | {"sd": None} if TESTED & {*sources} else arm, GROUP)


def _key(arm, names):
    return tuple(arm.get(name) for name in names)
