"""WebPlotDigitizer projects, versions 3 and 4 (releases 3 to 5), as .json or in a .tar."""

import json
from dataclasses import replace

import numpy as np

from evpool.readers.calibration import CalibrationError, calibrate_bar, calibrate_xy
from evpool.readers.model import NAN, Dataset, Figure, Point, Report, add_flags
from evpool.readers.source import number
from evpool.readers.wpd_archive import is_tar, open_project

PROGRAM = "WebPlotDigitizer"
TOLERANCE = 1e-6  # of the axis range: how far a stored value may be from the recomputed one
KINDS = {"XYAxes": ("X1", "X2", "Y1", "Y2"), "BarAxes": ("P1", "P2")}
CALIBRATE = "Calibrate the axes in WebPlotDigitizer and save the project again."
RECLICK = "Click it again in WebPlotDigitizer."


def recognises(source):
    """Tell whether a file is a WebPlotDigitizer project, whole or not."""
    start = source.data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return is_tar(source.data) or start in (b"{", b"[") or source.path.lower().endswith(".json")


def read(source):
    """Read a project: every click, with its values recomputed from the calibration.

    Parameters
    ----------
    source : Source

    Returns
    -------
    Figure
        Data sets on axes that can't be used, and clicks without a place, are reported.

    Raises
    ------
    InputError
        If the project is truncated, no JSON, no project, or of an unknown version.
    """
    project, image_size = open_project(source) if is_tar(source.data) else (source, None)
    version, axes, datasets = _parts(project, _json(project))
    calibrations, reports = {}, []
    for raw in axes:
        name = str(raw.get("name", ""))
        if name not in calibrations:
            calibrations[name], report = _calibrate(raw, name, image_size, version)
            reports += report
    found = []
    for raw in datasets:
        dataset, report = _dataset(raw, calibrations)
        reports += report
        found += [dataset] if dataset else []
    return Figure(source.path, PROGRAM, tuple(found), tuple(reports), project.flags)


def _json(source):
    try:
        project = json.loads(source.text)
    except RecursionError:
        raise source.error("the file", "JSON nested too deeply", "Save it again.") from None
    except ValueError as error:
        raise source.error(
            "the file", f"truncated or no JSON ({error})", "Save the project again."
        ) from None
    if not isinstance(project, dict):
        raise source.error("the file", "not a JSON object", "Give a WebPlotDigitizer project.")
    return project


def _parts(source, project):
    """Return version, axes and data sets of a project, version 3 brought to the shape of 4."""
    inner = project.get("wpd", project)
    version = inner.get("version") if isinstance(inner, dict) else None
    known = isinstance(version, list) and version and all(_whole(part) for part in version)
    if not known or version[0] not in (3, 4):
        raise source.error(
            "version",
            f"{version!r} is not one that is known (3 and 4, which releases 3 to 5 write)",
            "Open the project in WebPlotDigitizer 4 and save it, or report the version.",
        )
    if version[0] == 3:
        inner = _from_3(inner)
    parts = [inner.get(key, []) for key in ("axesColl", "datasetColl")]
    for key, part in zip(("axes", "data sets"), parts, strict=True):
        if not isinstance(part, list) or not all(isinstance(item, dict) for item in part):
            raise source.error(key, "not a list of JSON objects", "Save the project again.")
    return tuple(version), *parts


def _from_3(project):
    """Bring a version 3 project, with its one axes, to the shape of version 4."""
    settings = project.get("axesParameters")
    axes = dict(settings) if isinstance(settings, dict) else {}
    axes |= {"name": "axes", "type": project.get("axesType")}
    axes["calibrationPoints"] = project.get("calibration")
    series = project.get("dataSeries", [])
    if isinstance(series, list) and all(isinstance(one, dict) for one in series):
        series = [one | {"axesName": "axes"} for one in series]
    return {"axesColl": [axes] if project.get("axesType") else [], "datasetColl": series}


def _calibrate(axes, name, image_size, version):
    """Return ((calibration, keep stored values, flags), reports) of one axes; or (None, ...)."""
    item, kind = f"axes {name!r}", axes.get("type")
    if not isinstance(kind, str) or kind not in KINDS:
        remedy = "Only XYAxes and BarAxes are read; digitise the figure with one of them."
        return None, [Report(item, f"axes of type {kind!r}", remedy)]
    points, reports = _clicks(axes.get("calibrationPoints"), KINDS[kind], item)
    if reports:
        return None, reports
    try:
        if kind == "XYAxes":
            log = bool(axes.get("isLogX")), bool(axes.get("isLogY"))
            straight = bool(axes.get("noRotation"))
            calibration = calibrate_xy(points, log=log, no_rotation=straight, name=name)
        else:
            turned = bool(axes.get("isRotated"))
            calibration = calibrate_bar(
                points, log=bool(axes.get("isLog")), rotated=turned, name=name
            )
    except CalibrationError as error:
        return None, [Report(item, str(error), CALIBRATE)]
    # 3.12 and 4.0 rotated bar axes without saving that they did: there the stored value is right.
    keep = kind == "BarAxes" and version < (4, 2) and "isRotated" not in axes
    flags = ("placeholder_calibration",) if _placeholders(points, image_size) else ()
    return (calibration, keep, flags), []


def _clicks(raw, names, item):
    """Return the calibration points as (px, py, value) rows, or reports of what is missing."""
    if not isinstance(raw, list) or len(raw) != len(names):
        count = len(raw) if isinstance(raw, list) else 0
        problem = f"{count} calibration points, where {len(names)} are needed ({', '.join(names)})"
        return None, [Report(item, problem, CALIBRATE)]
    rows, reports = [], []
    for name, point in zip(names, raw, strict=True):
        point = point if isinstance(point, dict) else {}
        text = point.get("dx" if name.startswith("X") else "dy")
        row = [number(point.get("px")), number(point.get("py")), number(text)]
        if row[2] is None:
            problem = f"calibration point {name} has the value {text!r}, not a plain number"
            remedy = "Write it with a decimal point, no thousands comma, no ^, no date."
            reports.append(Report(item, problem, remedy))
        if None in row[:2] or not all(isinstance(point[key], int | float) for key in ("px", "py")):
            reports.append(Report(item, f"calibration point {name} has no pixels", CALIBRATE))
        rows.append(row)
    return rows, reports


def _placeholders(points, image_size):
    """Tell whether all points sit at 25 % or 75 % of the image, where a program puts them.

    Without the image, an exact ratio of 1 : 3 in both directions tells.
    """
    pixels = np.array(points, dtype=float)[:, :2]
    if image_size is not None:
        quarters = pixels / image_size
        return bool(np.isin(quarters, (0.25, 0.75)).all())
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    return bool(
        (low > 0).all() and (high == 3 * low).all() and ((pixels == low) | (pixels == high)).all()
    )


def _dataset(raw, calibrations):
    """Return (Dataset, reports); the data set is None where its axes can't be used."""
    name, bound = str(raw.get("name", "")), str(raw.get("axesName") or "")
    item, data = f"data set {name!r}", raw.get("data")
    if not isinstance(data, list):
        return None, [Report(item, "it has no list of points", "Save the project again.")]
    if not data:
        return None, [Report(item, "it has no points", "Click them, or delete the data set.")]
    if bound not in calibrations:
        problem = f"its axes {bound!r} don't exist" if bound else "it is bound to no axes"
        remedy = "Choose its axes in WebPlotDigitizer and save the project again."
        return None, [Report(item, problem, remedy, len(data))]
    if calibrations[bound] is None:
        problem = f"its axes {bound!r} can't be used"
        return None, [Report(item, problem, "See what is said of them.", len(data))]
    points, reports = [], []
    for index, click in enumerate(data):
        point = _point(f"{item}, point {index}", click, raw, *calibrations[bound])
        (reports if isinstance(point, Report) else points).append(point)
    groups = raw.get("groupNames")
    groups = tuple(map(str, groups)) if isinstance(groups, list) else ()
    return Dataset(name, tuple(points), groups, calibrations[bound][0]), reports


def _point(item, raw, dataset, calibration, keep_stored, flags):
    """Return the Point of one click, or the Report of why there is none."""
    raw = raw if isinstance(raw, dict) else {}
    px, py = (raw.get(key) for key in ("x", "y"))
    if any(isinstance(p, str) or number(p) is None for p in (px, py)):
        return Report(item, f"a click at pixel ({px}, {py})", RECLICK, 1)
    place, _ = map(float, calibration.linear(px, py))
    x, y = map(float, calibration.values(px, py))
    x = x if calibration.has_x else NAN
    stored = _stored(raw, calibration)
    if stored is not None and not _agree((x, y), stored, calibration):
        flags = add_flags(flags, "value_mismatch")
        y = stored[1] if keep_stored and np.isfinite(stored[1]) else y
    if not np.isfinite(y):
        return Report(item, f"its value would be {y}", RECLICK, 1)
    label, overrides = _metadata(raw.get("metadata"), dataset.get("metadataKeys"))
    tuple_, group = (raw[k] if _whole(raw.get(k)) else None for k in ("tuple", "group"))
    point = Point(item, x, y, float(px), float(py), place, label, tuple_, group, flags)
    return _checked(_overridden(point, overrides, calibration), calibration)


def _stored(raw, calibration):
    """Return the stored (x, value); NaN for null; None if nothing is stored."""
    value = raw.get("value")
    if not isinstance(value, list):
        return None
    numbers = [NAN if number(part) is None else number(part) for part in value]
    wanted = 2 if calibration.has_x else 1
    if len(numbers) != wanted:
        return NAN, NAN
    return (NAN, numbers[0]) if wanted == 1 else tuple(numbers)


def _agree(values, stored, calibration):
    """Tell whether stored and recomputed values agree to 1e-6 of the axis range."""
    x_ends = calibration.scales[0].value(calibration.limits[0])
    ranges = (abs(x_ends[1] - x_ends[0]), calibration.value_range)
    for own, other, span in zip(values, stored, ranges, strict=True):
        # Far out on a log axis, rounding grows with the value.
        if not np.isnan(span) and not abs(own - other) <= TOLERANCE * max(span, abs(own)):
            return False
    return True


def _metadata(metadata, keys):
    """Return the label and the overrides of a point, whether an object or a list of texts."""
    if isinstance(metadata, list):
        names = [str(key) for key in keys] if isinstance(keys, list) else []
        metadata = dict(zip(names, metadata, strict=False))
    if not isinstance(metadata, dict):
        return "", {}
    folded = {str(key).casefold(): value for key, value in metadata.items()}
    overrides = folded.get("overrides")
    label = folded.get("label")
    return str(label).strip() if label is not None else "", (
        overrides if isinstance(overrides, dict) else {}
    )


def _overridden(point, overrides, calibration):
    """Return the point with the values a person typed over it, or the Report of a bad one."""
    typed = {key: value for key, value in overrides.items() if value not in (None, "")}
    if "value" in typed:
        typed.setdefault("y", typed["value"])
    for key in ("x", "y"):
        if key not in typed or (key == "x" and not calibration.has_x):
            continue
        value = number(typed[key])
        if value is None:
            problem = f"the typed value {typed[key]!r} for {key} is not a number"
            return Report(point.item, problem, "Correct the override.", 1)
        point = replace(point, **{key: value}, flags=add_flags(point.flags, "override"))
    return point


def _checked(point, calibration):
    """Flag a value off its axis."""
    if isinstance(point, Report):
        return point
    scale = calibration.scales[1]
    if scale.log and scale.sign * point.y <= 0:
        return replace(point, flags=add_flags(point.flags, "not_positive_on_log_axis"))
    if calibration.outside(point.y):
        return replace(point, flags=add_flags(point.flags, "outside_calibrated_range"))
    return point


def _whole(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
