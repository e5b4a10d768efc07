"""Fill in the templates of the pages."""

import base64
from importlib.resources import files
from pathlib import Path


def render(template, helpers, **values):
    """Fill in a template of this folder.

    Parameters
    ----------
    template : str
        The file's name.
    helpers : iterable of callable
        Functions that the template may call, by their own names.
    **values
        What the template shows.

    Returns
    -------
    str
        A whole page, with the style sheet in it.
    """
    # Imported here so that the sentences can be used without a template engine.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("evpool", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {helper.__name__: helper for helper in helpers}
    style = (files("evpool.report") / "page.css").read_text("utf-8")
    return environment.get_template(template).render(style=style, **values)


def data_uri(svg):
    """Return a drawing, SVG as bytes, as the address of an image within the page."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode("ascii")


def read_drawings(folder):
    """Return the drawings of a folder: name -> SVG as bytes."""
    return {path.stem: path.read_bytes() for path in sorted(Path(folder).glob("*.svg"))}
