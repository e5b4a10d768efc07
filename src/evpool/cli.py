"""The command `evpool`: begin a review, check it, follow a number back to its pixel."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from evpool.errors import InputError, closest

SCHEMAS = Path("workflow/schemas")
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Begin a review, check it without running, follow a pooled number back to its pixel.",
)


@app.command("new-review")
def new_review_command(
    name: Annotated[str, typer.Argument(help="The review's id: a-z, 0-9 and _.")],
):
    """Make a review's config, empty tables and a folder for figures."""
    from evpool.commands.new_review import new_review

    _enter_project()
    made, listed = _or_exit(lambda: new_review(name, SCHEMAS))
    _say("Made", "bold green")
    for path in made:
        _say(f"  {path}")
    if listed:
        _say(f"{name} now stands under `reviews` in config/config.yaml.")
    else:
        _say(f"Add {name} to `reviews` in config/config.yaml yourself.", "yellow")
    _say("Next", "bold")
    _say(f"  1. Fill resources/{name}/studies.csv and arms.csv; or put digitised files into")
    _say(f"     resources/{name}/figures/ and run evpool add-figures {name}")
    _say(f"  2. Name your outcomes in config/reviews/{name}.yaml.")
    _say(f"  3. evpool check {name}")
    _say(f"  4. snakemake --cores 4, then open results/{name}/report.html")


@app.command("add-figures")
def add_figures_command(
    review: Annotated[str, typer.Argument(help="The review, which has a folder in resources/.")],
):
    """List the arms of new files in the review's figures folder in its figures.csv."""
    from evpool.commands.add_figures import TO_FILL, add_figures

    _enter_project()
    table = Path("resources") / review / "figures.csv"
    if not table.is_file():
        known = [path.parent.name for path in Path("resources").glob("*/figures.csv")]
        _exit(f"there is no {table}.{closest(review, known)} `evpool new-review` makes one")
    added, refused = _or_exit(lambda: add_figures(table))
    for name, count in added:
        _say(f"{name}: {count} row{'' if count == 1 else 's'} added")
    for message in refused:
        _say(message, "yellow")
    if added:
        _say(f"Fill in {', '.join(TO_FILL)} in {table}, then: evpool check {review}", "bold")
    else:
        _say(f"No new file in {table.parent / 'figures'} was added.")
    raise typer.Exit(1 if refused else 0)


@app.command("check")
def check_command(
    reviews: Annotated[
        list[str] | None, typer.Argument(help="The reviews; all that are listed, unless named.")
    ] = None,
):
    """Tell everything that a run would complain about, without running; exit 1 if there is any."""
    from evpool.commands.check import check_review
    from evpool.commands.check_umbrella import check_umbrella_review
    from evpool.config import check_defaults, read_yaml, schema_problems
    from evpool.load_reviews import CONFIG, REVIEW_FILES
    from evpool.umbrella.load import is_umbrella_file

    _enter_project()
    config, schema = read_yaml(CONFIG), read_yaml(SCHEMAS / "review.schema.yaml")
    problems = schema_problems(config, read_yaml(SCHEMAS / "config.schema.yaml"))
    if problems:
        _exit(str(InputError(CONFIG, problems)))
    _or_exit(lambda: check_defaults(config, schema))
    known = dict.fromkeys([*config["reviews"], *(p.stem for p in REVIEW_FILES.glob("*.yaml"))])
    for review in reviews or ():
        if review not in known:
            hint = closest(review, known)
            _exit(f"there is no review {review!r}.{hint} `evpool new-review` makes one")
    chosen = list(dict.fromkeys(reviews or config["reviews"]))
    broken = []
    for review in chosen:
        if is_umbrella_file(REVIEW_FILES / f"{review}.yaml"):
            findings = check_umbrella_review(review, config, SCHEMAS)
        else:
            findings = check_review(review, schema, config["analysis"])
        broken += [review] if _show(findings) else []
    for review in chosen:
        if review not in config["reviews"]:
            _say(f"{review} does not run: add it to `reviews` in {CONFIG}.", "yellow")
    raise typer.Exit(1 if broken else 0)


@app.command("trace")
def trace_command(
    result: Annotated[
        Path, typer.Argument(help="An outcome's folder in results/, or any table in it.")
    ],
    study: Annotated[
        str | None, typer.Argument(help="A study's id or label; without one, all are listed.")
    ] = None,
):
    """Follow a study's numbers from the pooled estimate back to the row, point and pixel."""
    from evpool.commands.trace import find_study, outcome_folder, studies_of, trace_study

    here = Path.cwd()
    _enter_project()
    path = Path(os.path.relpath(here / result))
    folder = _or_exit(lambda: outcome_folder(path))
    if study is None:
        for name, label, pooled, aside in studies_of(folder):
            _say(f"{name} ({label}): {pooled} pooled, {aside} rows set aside")
        return
    found = _or_exit(lambda: find_study(study, folder))
    for depth, text in trace_study(found, folder):
        _say("  " * depth + text, "" if depth else "bold")


def _show(findings):
    """Print what a check found, grouped by file; tell whether anything stops a run."""
    count = len(findings.problems)
    if count:
        _say(f"{findings.review}: {count} problem{'s' if count > 1 else ''}", "bold red")
    else:
        _say(f"{findings.review}: nothing to complain about", "bold green")
    groups = {}
    for where, problem in findings.problems:
        groups.setdefault(where, []).append(problem)
    for where, problems in groups.items():
        _say(f"  {where}", "bold")
        for problem in problems:
            _say(f"    - {problem}")
    for note in findings.notes:
        _say(f"  {note}", "dim")
    return bool(count)


def _enter_project():
    """Go to the project's folder: the current one, or the nearest above it."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / SCHEMAS).is_dir() and (folder / "Snakefile").is_file():
            os.chdir(folder)
            return
    _exit(f"{here} is in no evpool project: go to the folder that holds its Snakefile")


def _or_exit(call):
    try:
        return call()
    except (InputError, ValueError) as error:
        return _exit(str(error))


def _exit(message):
    _say(message, "red", error=True)
    raise typer.Exit(1)


def _say(text, style="", error=False):
    """Print one line as it is: values may hold brackets, and a pipe must not be wrapped."""
    Console(stderr=error, highlight=False).print(Text(text, style=style), soft_wrap=True)
