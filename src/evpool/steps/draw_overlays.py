"""Every digitised figure of a review with its clicks drawn over it, and a page that shows all."""

import hashlib
import re
from itertools import groupby

from evpool import __version__
from evpool.plots.overlay import draw_overlay
from evpool.report.render import render


def draw_overlays(overlays, *, synthetic=False):
    """Draw the digitised figures of a review, one after the other.

    Parameters
    ----------
    overlays : list of evpool.extraction.overlays.Overlay
    synthetic : bool
        Stamp every figure SYNTHETIC.

    Yields
    ------
    name : str
        The drawing's name, fit for a file.
    figure : matplotlib.figure.Figure
    """
    for overlay in overlays:
        yield drawing_name(overlay.file), draw_overlay(overlay, synthetic=synthetic)


def drawing_name(file):
    """Name the drawing of a digitised file: as the file, if that is a plain name."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", file)
    if name == file:
        return name
    return f"{name}-{hashlib.sha256(file.encode()).hexdigest()[:8]}"


def overlay_page(overlays, without, title, labels, *, synthetic=False):
    """Write the page that shows a review's drawings.

    Parameters
    ----------
    overlays : list of evpool.extraction.overlays.Overlay
        By study.
    without : list of (str, str)
        Files of which there is no drawing, and why.
    title : str
        The review's title.
    labels : dict
        Study id -> label; a study without one is headed by its id.
    synthetic : bool
        Stamp the page SYNTHETIC.

    Returns
    -------
    str
        HTML; the drawings lie beside it.
    """
    studies = [
        (_headed(study, labels), [{"name": drawing_name(o.file), "file": o.file} for o in own])
        for study, own in groupby(overlays, key=lambda overlay: overlay.study)
    ]
    return render(
        "overlays.html",
        (),
        title=title,
        studies=studies,
        without=without,
        synthetic=synthetic,
        version=__version__,
    )


def _headed(study, labels):
    """Name what a file shows: its study, or the studies that it joins."""
    return {"id": study, "label": ", ".join(labels.get(one, one) for one in study.split(", "))}
