"""Read any file of a digitiser or a review program: which one it is, its content tells."""

from evpool.errors import InputError
from evpool.readers import (
    caldat,
    engauge,
    juicr,
    metadigitise,
    plotdigitizer,
    revman,
    revman_tables,
    syrf,
    webplotdigitizer,
    wpd_csv,
)
from evpool.readers.model import Figure, Report
from evpool.readers.pairing import CLICK_ERROR, pair_points
from evpool.readers.source import load

# In this order: the first that recognises the file reads it.
PROGRAMS = (
    caldat,
    webplotdigitizer,
    revman_tables,
    revman,
    metadigitise,
    syrf,
    juicr,
    wpd_csv,
    plotdigitizer,
    engauge,
)
SIGNATURES = {
    b"PK\x03\x04": ("a spreadsheet or zip archive", "Give the digitiser's project or CSV export."),
    b"%PDF": ("a PDF", "Give the digitiser's project or CSV export."),
    b"\x89PNG": ("an image", "Give the digitiser's project or CSV export."),
}


def read_figure(path, *, tips=None, more_files=(), click_error=CLICK_ERROR):
    """Read the arms out of a digitiser's or review program's file.

    Parameters
    ----------
    path : str or Path
        A WebPlotDigitizer project or CSV, metaDigitise, PlotDigitizer, Engauge, juicr, metagear,
        SyRF or RevMan file.
    tips : None, str, sequence of str, or dict of data set -> those
        Where the tips of error bars are, if the file doesn't say it: 'none', 'group:NAME',
        'dataset:NAME', or 'upper', 'lower', 'both' (beside the means in the same data set).
    more_files : sequence of str or Path
        Files of the same figure, such as the tips saved apart; their data sets are added.
    click_error : float
        SD of a click, pixels; bars that are unequal beyond it are flagged.

    Returns
    -------
    Readings
        The arms, and a report of every click or row that is in none of them.

    Raises
    ------
    InputError
        If the file can't be read, or holds no arm that can; it names all problems.
    """
    found = _read(path)
    if isinstance(found, Figure):
        found = pair_points(_joined(found, more_files), tips, click_error=click_error)
    if not found.arms:
        problems = found.reported or (
            Report("the file", "it holds no arms", "Check that it is the right file."),
        )
        raise InputError(path, problems)
    return found


def _read(path):
    source = load(path)
    for start, (problem, remedy) in SIGNATURES.items():
        if source.data.startswith(start) and not revman_tables.recognises(source):
            raise source.error("the file", problem, remedy)
    for program in PROGRAMS:
        if program.recognises(source):
            return program.read(source)
    known = ", ".join(dict.fromkeys(program.PROGRAM for program in PROGRAMS))
    raise source.error(
        "the file",
        "not recognised as the file of a digitiser or review program",
        f"Known are: {known}. A table of arms belongs into resources/<review>/arms.csv.",
    )


def _joined(figure, more_files):
    """Add the data sets of further files to a figure."""
    for path in more_files:
        other = _read(path)
        if not isinstance(other, Figure):
            problem = f"a file of {other.program} holds arms, not points"
            raise InputError(path, [Report("the file", problem, "Read it by itself.")])
        figure = Figure(
            f"{figure.path} + {other.path}",
            figure.program,
            figure.datasets + other.datasets,
            figure.reported + other.reported,
            tuple({*figure.flags, *other.flags}),
        )
    return figure
