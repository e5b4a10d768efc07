"""The designs of the twins: real studies with real moderators, laid out as arms and comparisons."""

from evpool.twins import groups
from evpool.twins.draw import TREATED, VEHICLE, Arm, Comparison, Design


def osteoporosis(model, studies):
    """Lay out the osteoporosis twin.

    Parameters
    ----------
    model : TwinModel
    studies : list of dict
        Rows of the real studies.csv.

    Returns
    -------
    studies : list of dict
        The real columns and the paper's predefined categories.
    designs : dict of str to Design
        By outcome: one comparison a study, vesicles against vehicle.
    """
    grouped = _grouped(studies, groups.OSTEOPOROSIS)
    share, fewest = model.settings["groups"], model.settings["fewest"]
    sizes = {s["study_id"]: max(round(int(s["n_animals"]) / share), fewest) for s in studies}
    return grouped, _pairs(model, grouped, sizes)


def bone(model, studies):
    """Lay out the bone regeneration twin: as `osteoporosis`, with drawn columns and group sizes."""
    rng = model.rng(0)
    grouped = _grouped(studies, groups.BONE)
    for column, shares in model.settings["drawn"].items():
        drawn = rng.choice(list(shares), size=len(grouped), p=list(shares.values()))
        grouped = [s | {column: str(level)} for s, level in zip(grouped, drawn, strict=True)]
    return grouped, _pairs(model, grouped, {})


def _grouped(studies, categories):
    """Add the categories, each derived from a study's printed columns."""
    return [
        study | {name: derive(study) or "" for name, derive in categories.items()}
        for study in studies
    ]


def _pairs(model, studies, sizes):
    """One treated and one vehicle arm for each study that measured an outcome."""
    rng = model.rng(1)
    designs = {}
    for outcome in model.outcomes:
        own = _measuring(outcome, studies, rng)
        arms = [
            Arm(study["study_id"], label, kind, sizes.get(study["study_id"]), None, study)
            for study in own
            for label, kind in (("MSC-EVs", TREATED), ("vehicle", VEHICLE))
        ]
        pairs = [Comparison(2 * i, 2 * i + 1, 1) for i in range(len(own))]
        designs[outcome.name] = Design(tuple(arms), tuple(pairs))
    return designs


def _measuring(outcome, studies, rng):
    """Return the studies that measured an outcome: those named, or as many as are asked for."""
    if isinstance(outcome.studies, list):
        return [study for study in studies if study["study_id"] in outcome.studies]
    chosen = set(rng.choice(len(studies), size=outcome.studies, replace=False).tolist())
    return [study for i, study in enumerate(studies) if i in chosen]
