"""Load the reviews of a project and check their configs: the same for a run and for a check."""

from pathlib import Path

from evpool.arms.doses import COLUMNS as DOSE_COLUMNS
from evpool.config import (
    check_defaults,
    check_doses,
    check_exclusions,
    check_moderators,
    check_named_studies,
    complete_review,
    read_review,
    read_yaml,
    schema_problems,
)
from evpool.digitisation.adjudication import idle_decisions
from evpool.errors import InputError
from evpool.extraction.delimited import header, values_of
from evpool.extraction.simulated import simulated_input
from evpool.labels import check_labels
from evpool.studies.settings import check_study_settings
from evpool.umbrella.load import is_umbrella_file

CONFIG = Path("config/config.yaml")
REVIEW_FILES = Path("config/reviews")
MODERATED = ("studies", "arms", "figures", "estimates")  # tables whose columns may be moderators


def load_reviews(config, schemas):
    """Load every review that a project's config lists, but for umbrella reviews.

    Parameters
    ----------
    config : dict
        The content of config/config.yaml.
    schemas : Path
        The folder of the JSON Schemas.

    Returns
    -------
    loaded, refused : dict
        Review id -> what `config.complete_review` returned; review id -> what is wrong with it.

    Raises
    ------
    InputError
        If the project's own config is broken.
    """
    problems = schema_problems(config, read_yaml(schemas / "config.schema.yaml"))
    if problems:
        raise InputError(CONFIG, problems)
    schema = read_yaml(schemas / "review.schema.yaml")
    check_defaults(config, schema)
    loaded, refused = {}, {}
    for review in config["reviews"]:
        if is_umbrella_file(REVIEW_FILES / f"{review}.yaml"):
            continue
        try:
            loaded[review] = load_review(review, schema, config["analysis"])
        except InputError as error:
            refused[review] = str(error)
    return loaded, refused


def load_review(review, schema, defaults):
    """Load one review's config and check it against its tables.

    Parameters
    ----------
    review : str
        The review's id.
    schema : dict
        The JSON Schema of review files.
    defaults : dict
        The project-wide `analysis` choices.

    Returns
    -------
    dict
        What `config.complete_review` returned.

    Raises
    ------
    InputError
        If the file is missing or breaks the schema, or names what the tables don't have; every
        problem at once.
    """
    path = REVIEW_FILES / f"{review}.yaml"
    whole = complete_review(read_review(path, schema), review, defaults)
    problems = table_problems(whole)
    if problems:
        raise InputError(path, problems)
    return whole


def table_problems(review):
    """Return what a whole review's config names that its tables don't have, or hides of them.

    Parameters
    ----------
    review : dict
        What `config.complete_review` returned.

    Returns
    -------
    list of str
    """
    tables = review["tables"]
    own = {tables[outcome["table"]] for outcome in review["outcomes"].values()}
    # Where a table is absent, that is what is wrong, not the moderators that it would hold.
    whole = all(Path(path).is_file() for path in own)
    columns = [name for table in MODERATED if whole for name in header(tables[table])]
    studies = values_of(tables["studies"], "study_id")
    problems = simulated_input(review) + idle_decisions(review)
    moderators = [*columns, *(DOSE_COLUMNS if columns and review["doses"] else ())]
    checks = ((check_moderators, moderators), (check_doses, columns))
    checks += ((check_study_settings, header(tables["studies"])),)
    checks += ((check_exclusions, studies), (check_named_studies, studies))
    for check, *known in (*checks, (check_labels,)):
        try:
            check(review, *known)
        except InputError as error:
            problems += error.problems
    return problems
