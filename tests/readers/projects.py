"""Small projects to break, and the examples."""

import csv
import json

from tests.conftest import ROOT

FORMATS = ROOT / "tests" / "formats"
BAR_CLICKS = [(100, 400, "0"), (100, 100, "60")]
XY_CLICKS = [(50, 400, "0"), (450, 400, "20"), (50, 400, "0"), (50, 100, "60")]


def bar_axes(clicks=BAR_CLICKS, **more):
    points = [{"px": x, "py": y, "dx": 0, "dy": v, "dz": None} for x, y, v in clicks]
    return {"name": "Bar", "type": "BarAxes", "isLog": False, "calibrationPoints": points} | more


def xy_axes(clicks=XY_CLICKS, **more):
    points = [{"px": x, "py": y, "dx": v, "dy": v, "dz": None} for x, y, v in clicks]
    axes = {"name": "XY", "type": "XYAxes", "isLogX": False, "isLogY": False}
    return axes | {"calibrationPoints": points} | more


def dataset(name, clicks, axes="Bar", groups=None):
    """Clicks are (x, y), (x, y, tuple, group), or dicts."""
    data = []
    for click in clicks:
        if not isinstance(click, dict):
            click = dict(zip(("x", "y", "tuple", "group"), click, strict=False))
        data.append(click)
    named = {"groupNames": groups} if groups else {}
    return {"name": name, "axesName": axes, "metadataKeys": [], "data": data} | named


def project(*datasets, axes=None, version=(4, 2)):
    axes = [bar_axes()] if axes is None else axes
    return {"version": list(version), "axesColl": axes, "datasetColl": list(datasets)}


def save(folder, content, name="figure.json"):
    """Write a project, a text or bytes; return its path."""
    if isinstance(content, dict):
        content = json.dumps(content)
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def clicks_in(path):
    """Count the clicks of a project, without the reader."""
    content = json.loads(path.read_text())
    content = content.get("wpd", content)
    return sum(len(d["data"]) for d in content.get("dataSeries", content.get("datasetColl", [])))


def table(path):
    """Return the rows of a CSV as dicts."""
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
