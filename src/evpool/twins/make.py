"""From a twin's model and its real review's studies to the text of every file of the twin."""

import csv

from evpool.twins import designs, discs, tables
from evpool.twins.model import read_model

LAYOUTS = {
    "ivdd_synthetic": discs.lay_out,
    "osteoporosis_synthetic": designs.osteoporosis,
    "bone_synthetic": designs.bone,
}
DIGITISED = {"ivdd_synthetic": discs}  # twins whose arms are read off figures
TWINS = tuple(LAYOUTS)


def twin_files(resources, twin):
    """Make every file of a twin.

    Parameters
    ----------
    resources : Path
        The project's resources: <twin>/model.yaml and the real review's studies.csv are read.
    twin : str
        One of TWINS.

    Returns
    -------
    dict of str to str
        Path within resources/<twin> -> text.
    """
    model, studies, layout = read_twin(resources, twin)
    drawn, bars = tables.draw_twin(model, layout)
    marked = [study | tables.MARK for study in studies]
    files = {"studies.csv": tables.csv_text(marked)}
    files["truth.csv"] = tables.csv_text(tables.truth_rows(layout, drawn, bars))
    if "risk_of_bias" in model.settings:
        files["risk_of_bias.csv"] = tables.csv_text(tables.risk_rows(model, studies))
    if twin not in DIGITISED:
        typed = tables.arm_rows(model, layout, drawn, bars)
        return files | {"arms.csv": tables.csv_text(typed)}
    clicks = DIGITISED[twin].read_figures(model, layout, drawn, bars)
    rows, projects = DIGITISED[twin].figure_files(model, layout, clicks, bars)
    settled = DIGITISED[twin].settled_rows(model, layout, clicks)
    files |= {"figures.csv": tables.csv_text(rows), "adjudication.csv": tables.csv_text(settled)}
    return files | projects


def read_twin(resources, twin):
    """Read a twin's model and lay out its design.

    Returns
    -------
    model : TwinModel
    studies : list of dict
        Rows of the twin's studies.csv.
    designs : dict of str to Design
    """
    model = read_model(resources / twin / "model.yaml")
    with open(resources / model.real / "studies.csv", encoding="utf-8", newline="") as table:
        studies = [{name: row[name] for name in model.keep} for row in csv.DictReader(table)]
    return model, *LAYOUTS[twin](model, studies)
