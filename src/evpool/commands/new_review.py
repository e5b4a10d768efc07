"""Begin a review: its config, empty tables and a folder for figures, made from their declarations.

The tables come from `extraction.columns` and the config from the schema: neither can lag behind.
"""

import csv
import io
import re
import textwrap
from pathlib import Path

import yaml

from evpool.config import read_yaml
from evpool.errors import InputError
from evpool.extraction import columns
from evpool.load_reviews import CONFIG, REVIEW_FILES
from evpool.tables import write_text

WIDTH = 96
CHOSEN = ("measure", "tau2_method", "ci_method")  # what every review should decide for itself
ABOUT = {
    "studies": "one row a study; further columns are moderators",
    "arms": "one row an arm: a group's n, mean and spread, or events, at one time",
    "figures": "one row an arm that a digitised file in figures/ holds",
    "estimates": "one row a comparison whose effect is published as such",
    "claims": "one row a number or statement that a paper printed, to be audited",
    "adjudication": "one row an arm whose digitisers disagree: what a third person settled on",
    "prisma": "one row a count of the flow diagram",
    "risk_of_bias": "one row a study, domain and rater",
    "changes": "one row an outcome of a study: its percent change or direction, where no effect is "
    "printed",
    "risk_counts": "how many studies got a judgement, where the single ones are not known",
}


def new_review(name, schemas, root=Path()):
    """Make the files of a new review.

    Parameters
    ----------
    name : str
        The review's id.
    schemas : Path
        The folder of the JSON Schemas.
    root : Path
        The project's folder.

    Returns
    -------
    made : list of Path
        The files made, relative to the project.
    listed : bool
        Whether the review now stands in config/config.yaml; if not, that file's `reviews` is
        written in a way that can't be added to without losing comments.

    Raises
    ------
    InputError
        If the name can't be an id, or anything of the review exists already; nothing is made.
    """
    pattern = read_yaml(schemas / "config.schema.yaml")["properties"]["reviews"]["items"]["pattern"]
    schema = read_yaml(schemas / "review.schema.yaml")
    config = read_yaml(root / CONFIG)
    files = _files(name, schema, config["analysis"])
    _refuse(name, pattern, files, root, config)
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        write_text(text, root / path)
    listed = with_review((root / CONFIG).read_text(encoding="utf-8"), name)
    if listed:
        write_text(listed, root / CONFIG)
    return list(files), bool(listed)


def _refuse(name, pattern, files, root, config):
    if not re.search(pattern, name):
        legal = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
        legal = legal if re.search(pattern, legal) else f"review_{legal}".rstrip("_")
        problem = "a review's name begins with a-z and goes on with a-z, 0-9 and _"
        raise InputError(f"the name {name!r}", [f"{problem}; take, for instance, {legal!r}"])
    folder = Path("resources") / name
    existing = [str(path) for path in (*files, folder) if (root / path).exists()]
    if name in config["reviews"]:
        existing.append(f"{CONFIG}: {name}")
    if existing:
        problems = [f"{path} exists already" for path in dict.fromkeys(existing)]
        raise InputError(
            f"the review {name!r}", [*problems, "nothing was changed; choose another name"]
        )


def table_columns(schema):
    """Return the declared columns of every table that a review may have, by the table's name."""
    names = schema["properties"]["tables"]["properties"]
    return {name: getattr(columns, name.upper()) for name in names}


def _files(name, schema, defaults):
    folder = Path("resources") / name
    tables = table_columns(schema)
    files = {REVIEW_FILES / f"{name}.yaml": review_text(name, schema, defaults)}
    files |= {folder / f"{table}.csv": _header(own) for table, own in tables.items()}
    files[folder / "README.md"] = _readme(name, tables)
    files[folder / "figures/README.md"] = (
        "The digitiser's own files (WebPlotDigitizer projects and others), which ../figures.csv "
        "points to;\ndocs/formats.md says which files are read.\n"
    )
    return files


def _header(declared):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([column.name for column in declared])
    return out.getvalue()


def _readme(name, tables):
    """Describe the tables and their columns, and ask where the data come from."""
    parts = [f"# {name}", "", "Say here where the data come from, and who typed or digitised them."]
    parts += ["", "A table without rows below its header is taken as absent. **Bold** columns must"]
    parts += ["have a value in every row; leave unknown cells of the others empty."]
    for table, declared in tables.items():
        parts += ["", f"`{table}.csv`: {ABOUT.get(table, 'see docs/formats.md')}", ""]
        parts += [f"- {_described(column)}" for column in declared]
    return "\n".join(parts) + "\n"


def _described(column):
    shown = f"**{column.name}**" if column.filled else column.name
    kinds = {"int64": "a whole number", "float64": "a number", "bool": "true or false"}
    kind = " | ".join(column.choices) or kinds.get(column.type, "")
    return f"{shown}: {kind}" if kind else shown


def with_review(text, name):
    """Return config.yaml's text with a review added to `reviews`, all else untouched; or None."""
    block = re.search(
        r"^reviews:[ \t]*(#.*)?\n((?:[ \t]*(?:- .*|#.*)?\n)*[ \t]*- .*\n)", text, re.M
    )
    flow = re.search(r"^reviews:[ \t]*\[(.*?)\]", text, re.M)
    if block:
        indent = re.search(r"^([ \t]*)- ", block[2], re.M)[1]
        changed = f"{text[: block.end()]}{indent}- {name}\n{text[block.end() :]}"
    elif flow:
        changed = f"{text[: flow.end(1)]}, {name}{text[flow.end(1) :]}"
    else:
        return None
    try:
        before, after = yaml.safe_load(text), yaml.safe_load(changed)
    except yaml.YAMLError:
        return None
    return changed if after == before | {"reviews": [*before["reviews"], name]} else None


def review_text(name, schema, defaults):
    """Write a review's config: valid as it is, with every other choice as a comment.

    Parameters
    ----------
    name : str
        The review's id.
    schema : dict
        The JSON Schema of review files; its descriptions become the comments.
    defaults : dict
        The project-wide `analysis` choices.

    Returns
    -------
    str
        YAML. A line that begins with '#: ' is a choice at its default.
    """
    top, outcome = schema["properties"], _resolved(schema["$defs"]["outcome"], schema)["properties"]
    analysis = schema["$defs"]["analysis"]["properties"]
    head = f"""\
        # {name}: what is pooled, from which rows, and how.
        # A line that begins with '#:' is a choice that you may make: remove the '#: '.
        # `evpool check {name}` tells what is wrong or missing; `snakemake --cores 4` runs it."""
    parts = [textwrap.dedent(head), *_key("title", f"Title of {name}", top, schema)]
    parts += _optional(top, schema, {}, ("title", "outcomes", "analysis"))
    parts += ["", *_comment(_said(top["analysis"], schema)), "analysis:"]
    for key in CHOSEN:
        parts += _key(key, defaults[key], analysis, schema, "  ")
    parts += _optional(analysis, schema, defaults, CHOSEN, "  ")
    parts += ["", *_comment(_said(top["outcomes"], schema)), "outcomes:", "  outcome_1:"]
    own = {"label": "Outcome 1", "rows": {"outcome": "outcome_1"}, "better": "higher"}
    for key, value in own.items():
        parts += _key(key, value, outcome, schema, "    ")
    parts += _optional(outcome, schema, {}, (*own, "analysis"), "    ")
    return "\n".join(parts) + "\n"


def _optional(properties, schema, defaults, done, indent=""):
    """Return the lines of the keys that a review may leave out, as '#: ' comments."""
    lines = []
    for key, node in properties.items():
        value = _example(_resolved(node, schema), defaults.get(key))
        if key not in done and value is not None:
            lines += _key(key, value, properties, schema, indent, "#: ")
    return lines


def _key(key, value, properties, schema, indent="", mark=""):
    """Return a comment on a key, and the key with its value."""
    flow = None if isinstance(value, dict | list) else False
    text = yaml.safe_dump({key: value}, default_flow_style=flow, sort_keys=False, width=WIDTH - 8)
    lines = [f"{indent}{mark}{line}" for line in text.splitlines()]
    return [*_comment(_said(properties[key], schema), indent), *lines]


def _example(node, default):
    """Return the value that a key is shown with: an example, its default or its first choice."""
    if "examples" in node:
        return node["examples"][0]
    if default is not None:
        return default
    return node.get("default", node.get("enum", [None])[0])


def _comment(text, indent=""):
    mark = f"{indent}# "
    return textwrap.wrap(
        text, WIDTH, initial_indent=mark, subsequent_indent=mark, break_on_hyphens=False
    )


def _said(node, schema):
    """Return what the schema says of a key: its description and its choices."""
    whole = _resolved(node, schema)
    items = _resolved(whole.get("items", {}), schema)
    said = whole.get("description", "").strip()
    for word, choices in (("One of", whole.get("enum")), ("Any of", items.get("enum"))):
        if choices:
            said = f"{said} {word} {', '.join(map(str, choices))}.".strip()
    return said


def _resolved(node, schema):
    """Return a node of the schema with its reference, if it is one, filled in."""
    if "$ref" not in node:
        return node
    target = schema
    for part in node["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    return {**_resolved(target, schema), **{k: v for k, v in node.items() if k != "$ref"}}
