"""What the report says of digitised figures: who read them, how well, and with which cautions."""

from evpool.readers.model import FLAGS
from evpool.report.wording import number, plural

DOUBLE = "double extraction"


def digitising(clicks, agreement, disagreements, harmonised, set_aside=()):
    """Gather what the page tells of an outcome's digitised arms.

    Parameters
    ----------
    clicks, agreement, disagreements, harmonised : lists of dict
        Rows of CLICK_ERRORS, AGREEMENT, DISAGREEMENTS and HARMONISED of one outcome.
    set_aside : list of dict
        Its rows of LEDGER, with the study's `label`.

    Returns
    -------
    dict or None
        `sentences`, `agreement`, `disagreements`, and `flags`: rows of arms whose reading earned a
        caution, with what it means. None where nothing was read off a figure or by two people.
    """
    if not clicks and not agreement:
        return None
    return {
        "sentences": [sentence for row in clicks for sentence in click_sentences(row)],
        "agreement": agreement,
        "disagreements": disagreements,
        "flags": [
            (arm, [FLAGS.get(flag, flag) for flag in arm["reading_flags"].split("; ")])
            for arm in (*harmonised, *set_aside)
            if arm.get("reading_flags")
        ],
    }


def click_sentences(row):
    """Say how far off a click is, how that is known, and whether it is carried through.

    Parameters
    ----------
    row : dict
        A row of CLICK_ERRORS.
    """
    yield f"{plural(row['arms_digitised'], 'reading')} of arms come off calibrated figures."
    if row["source"] is None:
        yield (
            "How far off a click is can't be told: too few clicks were made by two people, and the "
            "review sets no click error. So no estimate below carries an error of reading."
        )
        return
    if row["source"] == DOUBLE:
        how = f"as {plural(row['clicks'], 'click')} of two people on the same things tell (with "
        how += f"{number(row['click_df'], 1)} degrees of freedom, which widen the intervals)"
    else:
        how = "as the review assumes"
    yield (
        f"One click is off by {number(row['click_error'])} pixels (SD), {how}; one on a "
        f"calibration point by {number(row['calibration_error'])} pixels."
    )
    yield (
        f"Both make the standard error of reading of {plural(row['arms_with_error'], 'arm')}, and "
        "the digitisation interval of each pooled estimate: where errors of reading alone may have "
        "put it."
    )
