"""Load the umbrella reviews of a project: the same for a run and for a check."""

from pathlib import Path

from evpool.config import read_review, read_yaml
from evpool.errors import InputError
from evpool.umbrella.columns import OPTIONAL
from evpool.umbrella.config import check_umbrella, complete_umbrella, is_umbrella

REVIEW_FILES = Path("config/reviews")


def is_umbrella_file(path):
    """Tell whether a review's config says that it is an umbrella review; False if unreadable."""
    try:
        return is_umbrella(read_yaml(path))
    except InputError:
        return False


def load_umbrellas(config, schemas, reviews, refused=()):
    """Load every umbrella review that a project's config lists.

    Parameters
    ----------
    config : dict
        The content of config/config.yaml.
    schemas : Path
        The folder of the JSON Schemas.
    reviews : dict
        The pooled reviews that were loaded: an umbrella review may re-analyse them.
    refused : dict, optional
        The pooled reviews that were not, and why: those of the umbrella reviews are added.

    Returns
    -------
    loaded, refused : dict
        Review id -> what `complete_umbrella` returned; review id -> what is wrong with it.
    """
    loaded, refused = {}, dict(refused)
    for review in config["reviews"]:
        path = REVIEW_FILES / f"{review}.yaml"
        if not is_umbrella_file(path):
            continue
        try:
            loaded[review] = load_umbrella(review, schemas, reviews)
        except InputError as error:
            refused[review] = str(error)
    return loaded, refused


def load_umbrella(review, schemas, reviews):
    """Load one umbrella review's config and check it.

    Raises
    ------
    InputError
        If the file breaks the schema, or names columns, reviews, outcomes or tables that don't
        exist.
    """
    schema = read_yaml(schemas / "umbrella.schema.yaml")
    whole = complete_umbrella(read_review(REVIEW_FILES / f"{review}.yaml", schema), review)
    check_umbrella(whole, reviews)
    needed = {f"tables.{name}": path for name, path in typed_tables(whole).items()}
    needed |= {"overlap.table": whole["overlap"]["table"]} if whole["overlap"]["table"] else {}
    problems = [
        f"{key}: there is no file {file}; create it, or correct the path"
        for key, file in needed.items()
        if not Path(file).is_file()
    ]
    if problems:
        raise InputError(REVIEW_FILES / f"{review}.yaml", problems)
    return whole


def typed_tables(umbrella):
    """Return the paths of the typed tables by name, without the optional ones that don't exist."""
    return {
        name: path
        for name, path in umbrella["tables"].items()
        if name != "claims" and (name not in OPTIONAL or Path(path).is_file())
    }


def reanalysed_files(umbrella, name):
    """Return one file of every outcome that an umbrella review re-analyses, each once."""
    again = umbrella["reanalyses"].values()
    places = dict.fromkeys((entry["review"], entry["outcome"]) for entry in again)
    return [f"results/{review}/{outcome}/{name}" for review, outcome in places]


def existing(*paths):
    """Return those of the paths that are given and lead to a file."""
    return [path for path in paths if path and Path(path).is_file()]


def part(umbrella, names):
    """Return a part of an umbrella review's config: what one step needs of it."""
    return {name: umbrella[name] for name in names}
