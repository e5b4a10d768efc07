"""Read a table of arms or of studies, whichever of the accepted files holds it."""

from evpool.extraction.columns import ARMS, ESTIMATES, STUDIES
from evpool.extraction.delimited import header, is_export, read_input


def read_typed(path, wanted=None):
    """Read a table of arms, of figure readings or of published estimates, or a program's export.

    Parameters
    ----------
    path, wanted
        As of `read_input`; exports are read whole.

    Raises
    ------
    InputError
        As `read_input`.
    """
    if is_export(path):
        # Imported here: most tables are typed.
        from evpool.extraction.exports import read_export

        return read_export(path, ARMS)
    names = header(path)
    if "file" in names:
        # Imported here: most tables point to no digitised figure.
        from evpool.extraction.digitised import read_figures

        return read_figures(path, wanted)
    published = "estimate" in names and "role" not in names
    return read_input(path, ESTIMATES if published else ARMS, wanted=wanted)


def read_studies(path):
    """Read a table of studies, or the studies of a program's export.

    Raises
    ------
    InputError
        As `read_input`.
    """
    if is_export(path):
        # Imported here: most tables are typed.
        from evpool.extraction.exports import studies_of

        return studies_of(path, STUDIES)
    return read_input(path, STUDIES)
