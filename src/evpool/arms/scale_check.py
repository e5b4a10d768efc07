"""Studies whose control means are an order of magnitude off the others': another unit, perhaps."""

from statistics import median

from evpool.history import flagged, noted, shown

OTHER_SCALE = "suspected_unit_mismatch"
FACTOR = 10.0
FEWEST_OTHERS = 2  # studies that must be there to compare with


def flag_other_scales(arms):
    """Flag the arms of studies that may be in another unit than they say; none is dropped.

    A study's scale is the median of its control means' sizes. It is suspected where it is ten times
    the median of the other studies' scales, or a tenth, all in the same unit. Means of 0 say
    nothing of a scale.

    Parameters
    ----------
    arms : list of dict
        Rows of HARMONISED of one outcome, in its unit.

    Returns
    -------
    list of dict
        The arms; those of suspected studies have the flag `suspected_unit_mismatch` and a line of
        history with both scales.
    """
    scales = {}
    for arm in arms:
        if arm["role"] == "control" and arm.get("mean"):
            unit = scales.setdefault(arm.get("unit"), {})
            unit.setdefault(arm["study_id"], []).append(abs(arm["mean"]))
    suspected = {}
    for unit, studies in scales.items():
        typical = {study: median(means) for study, means in studies.items()}
        for study, own in typical.items():
            others = [scale for name, scale in typical.items() if name != study]
            if len(others) >= FEWEST_OTHERS and not own * FACTOR > median(others) > own / FACTOR:
                suspected[unit, study] = own, median(others)
    return [_flagged(arm, suspected.get((arm.get("unit"), arm["study_id"]))) for arm in arms]


def _flagged(arm, scales):
    if scales is None:
        return arm
    own, others = scales
    text = (
        f"the study's control means are near {shown(own)}, the other studies' near "
        f"{shown(others)}: suspected unit mismatch"
    )
    return flagged(noted(arm, "units", text), OTHER_SCALE)
