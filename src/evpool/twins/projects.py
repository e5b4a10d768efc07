"""WebPlotDigitizer projects (file version 4.2) of bar charts, as a digitiser would save them."""

import json

import numpy as np

from evpool.extraction.simulated import MARK
from evpool.twins.clicks import LEFT, RIGHT

DIGITS = 4  # of a pixel: a zoomed screen shows no more


def project(clicks, arms, labels):
    """Write the project of one figure.

    Parameters
    ----------
    clicks : Clicks
        Of size 1.
    arms : list of int
        The figure's arms, as columns of the clicks, in the order of the bars.
    labels : list of str
        What stands below each bar.

    Returns
    -------
    str
        JSON; its `note` marks the file as simulated.
    """
    low, high = float(clicks.low_y[0, arms[0]]), float(clicks.high_y[0, arms[0]])
    ends = [(LEFT, low, 0.0), (LEFT, high, float(clicks.high[0, arms[0]]))]
    axes = {"name": "Bar", "type": "BarAxes", "isLog": False, "isRotated": False}
    axes["calibrationPoints"] = [
        {"px": px, "py": round(py, DIGITS), "dx": 0, "dy": f"{value:g}"} for px, py, value in ends
    ]
    spots = np.linspace(LEFT, RIGHT, 2 * len(arms) + 1)[1::2]
    data = []
    for number, (arm, label, x) in enumerate(zip(arms, labels, spots, strict=True)):
        for group, y in enumerate((clicks.mean_y[0, arm], clicks.tip_y[0, arm])):
            point = {"x": round(float(x), 2), "y": round(float(y), DIGITS)}
            point |= {"tuple": number, "group": group}
            data.append(point | ({"metadata": {"label": label}} if group == 0 else {}))
    dataset = {"name": "bars", "axesName": "Bar", "metadataKeys": ["label"]}
    dataset |= {"colorRGB": [200, 0, 0, 255], "groupNames": ["mean", "upper"], "data": data}
    whole = {"version": [4, 2], "note": MARK, "axesColl": [axes]}
    whole |= {"datasetColl": [dataset | {"autoDetectionData": None}], "measurementColl": []}
    return json.dumps(whole, indent=None, separators=(", ", ": ")) + "\n"
