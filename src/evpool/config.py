"""Read and check a review's config; cut it into the settings of each step."""

import hashlib
from pathlib import Path

import yaml

from evpool.arms.doses import COLUMNS as DOSE_COLUMNS
from evpool.arms.sentinels import CODES
from evpool.errors import InputError, closest
from evpool.extraction.delimited import is_export
from evpool.labels import by_text

SPECIFICATION = ("measure", "measure_options", "timepoint", "sd_rule", "tau2_method", "ci_method")
SPECIFICATION += ("pi_method", "ci_level", "shared_control")
METHOD = ("tau2_method", "ci_method", "pi_method", "ci_level", "tau2_ci_method", "i2_ci_method")
TABLES = ("studies", "arms", "figures", "estimates", "claims")
TABLES += ("prisma", "risk_of_bias", "risk_counts", "changes", "adjudication")
IN_OUTCOME_UNITS = ("MD",)  # measures whose effects are in the unit of the outcome's means
NESTED = ("bias", "reading")  # choices that a later layer overrides key by key
COUNTS = ("OR", "RR", "RD", "AS", "PETO")
# The same in C, where there is one: ten times faster, which shows with a thousand outcomes.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_review(path, schema):
    """Read one review's config file and check it.

    Parameters
    ----------
    path : Path
        config/reviews/<review>.yaml.
    schema : dict
        The JSON Schema of review files.

    Returns
    -------
    dict
        The document as written.

    Raises
    ------
    InputError
        If the file is missing, is not YAML or breaks the schema: every problem with its key.
    """
    document = read_yaml(path)
    problems = schema_problems(document, schema)
    if problems:
        raise InputError(path, problems)
    return document


def complete_review(document, review, defaults):
    """Fill a checked review with the choices that hold unless it says otherwise.

    Parameters
    ----------
    document : dict
        What `read_review` returned.
    review : str
        The review's id.
    defaults : dict
        The project-wide `analysis` choices.

    Returns
    -------
    dict
        The review with its `id`, the paths of its `tables`, and for every outcome the whole
        `analysis` and all the exclusions that hold there.
    """
    given = document.get("tables", {})
    common = document.get("analysis", {})
    outcomes = {
        name: {
            "unit": "",
            "table": "arms",
            "units": {},
            "change": None,
            "combine": [],
            **outcome,
            "analysis": _merged(defaults, common, outcome.get("analysis", {})),
            "exclude": [*document.get("exclude", []), *outcome.get("exclude", [])],
        }
        for name, outcome in document.get("outcomes", {}).items()
    }
    return {
        "id": review,
        "title": document["title"],
        "citation": document.get("citation", ""),
        "doi": document.get("doi", ""),
        "synthetic": document.get("synthetic", False),
        "unusable_rows": document.get("unusable_rows", "stop"),
        "missing_codes": document.get("missing_codes", list(CODES)),
        "doses": document.get("doses"),
        "characteristics": document.get("characteristics"),
        "risk_of_bias": document.get("risk_of_bias"),
        "swim": document.get("swim"),
        "labels": by_text(document.get("labels", {})),
        "tables": _tables(given, f"resources/{review}"),
        "outcomes": outcomes,
    }


def _tables(given, folder):
    """Return every table's path; without a table of studies, an export of arms names its own."""
    tables = {name: given.get(name, f"{folder}/{name}.csv") for name in TABLES}
    alone = "studies" not in given and not Path(tables["studies"]).is_file()
    return tables | ({"studies": tables["arms"]} if alone and is_export(tables["arms"]) else {})


def _merged(*layers):
    """Merge analysis choices: a later layer overrides an earlier one, NESTED ones key by key."""
    whole = {}
    for layer in layers:
        both = {
            name: {**whole[name], **layer[name]}
            for name in NESTED
            if name in whole and name in layer
        }
        whole = {**whole, **layer, **both}
    return whole


def read_yaml(path):
    """Read a YAML file.

    Raises
    ------
    InputError
        If the file is missing or is not YAML; the message gives line and column.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        try:
            return yaml.load(text, LOADER)
        except yaml.YAMLError:
            return yaml.safe_load(text)  # fails too, and says it better
    except FileNotFoundError:
        raise InputError(path, ["there is no such file; create it, or correct `reviews`"]) from None
    except yaml.YAMLError as error:
        raise InputError(path, [f"not valid YAML: {' '.join(str(error).split())}"]) from None


def schema_problems(document, schema):
    """Return what of a document breaks a JSON Schema, one sentence a problem."""
    # Imported here: the jobs read settings, and only the main process validates.
    from jsonschema import Draft202012Validator

    errors = Draft202012Validator(schema).iter_errors(document)
    return [_sentence(error) for error in sorted(errors, key=lambda error: error.json_path)]


def check_defaults(config, schema):
    """Raise InputError unless config.yaml's `analysis` makes every choice, and a known one."""
    analysis = schema["$defs"]["analysis"]
    every = {**analysis, "required": list(analysis["properties"]), "$defs": schema["$defs"]}
    problems = schema_problems(config["analysis"], every)
    if problems:
        raise InputError("config/config.yaml: analysis", problems)


def check_moderators(review, columns):
    """Raise InputError if the review names a moderator that no typed table has.

    Parameters
    ----------
    review : dict
        What `complete_review` returned.
    columns : list of str
        The columns of the study and arm tables; if empty, there is nothing to check against.
    """
    problems = [
        f"outcomes.{name}.analysis.subgroups names {moderator!r}, which is no column of the "
        f"typed tables.{closest(moderator, columns)} They have: {', '.join(dict.fromkeys(columns))}"
        for name, outcome in review["outcomes"].items()
        for moderator in outcome["analysis"]["subgroups"]
        if columns and moderator not in columns
    ]
    if problems:
        raise InputError(f"config/reviews/{review['id']}.yaml", problems)


def check_exclusions(review, studies):
    """Raise InputError if a set or a named analysis leaves out a study that there is not.

    So it does if a multiverse names an unknown set.

    Parameters
    ----------
    review : dict
        What `complete_review` returned.
    studies : list of str
        The review's study ids; if empty, there is nothing to check against.
    """
    problems = []
    for name, outcome in review["outcomes"].items():
        where, sets = f"outcomes.{name}.analysis", outcome["analysis"]["exclusion_sets"]
        left_out = {f"exclusion_sets.{label}": listed for label, listed in sets.items()}
        for label, changes in outcome["analysis"]["analyses"].items():
            left_out[f"analyses.{label}.exclude"] = changes.get("exclude", [])
        problems += [
            f"{where}.{key} names the study {study!r}, which is not in the study table."
            f"{closest(study, studies)}"
            for key, listed in left_out.items()
            for study in listed
            if studies and study not in studies
        ]
        problems += [
            f"{where}.multiverse.exclusion_set names {label!r}, which is no exclusion set."
            f"{closest(label, sets)} Known: {', '.join(['none', *sets])}"
            for label in (outcome["analysis"]["multiverse"] or {}).get("exclusion_set", [])
            if label not in ("none", *sets)
        ]
    if problems:
        raise InputError(f"config/reviews/{review['id']}.yaml", problems)


def check_named_studies(review, studies):
    """Raise InputError if `exclude` or `combine` names an unknown study, and so would do nothing.

    Parameters
    ----------
    review : dict
        What `complete_review` returned.
    studies : list of str
        The review's study ids; if empty, there is nothing to check against.
    """
    named = {
        (key, entry["study_id"])
        for outcome in review["outcomes"].values()
        for key in ("exclude", "combine")
        for entry in outcome[key]
    }
    problems = [
        f"`{key}` names the study {study!r}, which is not in the study table."
        f"{closest(study, studies)}"
        for key, study in sorted(named)
        if studies and study not in studies
    ]
    if problems:
        raise InputError(f"config/reviews/{review['id']}.yaml", problems)


def check_doses(review, columns):
    """Raise InputError if `doses` names no typed column, or its own columns are typed already.

    Parameters
    ----------
    review : dict
        What `complete_review` returned.
    columns : list of str
        The columns of the study and arm tables; if empty, there is nothing to check against.
    """
    doses = review["doses"]
    if not doses or not columns:
        return
    problems = [
        f"doses.{key} names {doses[key]!r}, which is no column of the typed tables."
        f"{closest(doses[key], columns)}"
        for key in ("column", "body_weight")
        if key in doses and doses[key] not in columns
    ]
    problems += [
        f"the typed tables have a column {name!r}, which `doses` would make; rename it, or leave "
        "`doses` out and use the typed one"
        for name in DOSE_COLUMNS
        if name in columns
    ]
    problems += [
        f"doses.ratios.{i}: `low` <= `value` <= `high` must hold; got {ratio['low']:g}, "
        f"{ratio['value']:g}, {ratio['high']:g}"
        for i, ratio in enumerate(doses.get("ratios", []))
        if not ratio["low"] <= ratio["value"] <= ratio["high"]
    ]
    if problems:
        raise InputError(f"config/reviews/{review['id']}.yaml", problems)


def rows_table(review, outcome):
    """Return the path of the typed table that holds an outcome's rows."""
    return review["tables"][review["outcomes"][outcome]["table"]]


def extraction_settings(review, outcome):
    """Return the part of a review that decides which typed rows an outcome takes."""
    settings = review["outcomes"][outcome]
    return {
        "wanted": settings["rows"],
        "kind": data_kind(settings),
        "sd_rule": settings["analysis"]["sd_rule"],
        "unusable": review["unusable_rows"],
        "doses": review["doses"],
        "combine": settings["combine"],
        "missing_codes": review["missing_codes"],
    }


def harmonisation_settings(review, outcome):
    """Return the part of a review that decides which arms are used, their SDs and their units."""
    unusable, outcome = review["unusable_rows"], review["outcomes"][outcome]
    units = outcome["units"]
    return {
        "exclude": outcome["exclude"],
        "timepoint": outcome["analysis"]["timepoint"],
        "sd_rule": outcome["analysis"]["sd_rule"],
        "shared_control": outcome["analysis"]["shared_control"],
        "keep_sham": data_kind(outcome) == "means_with_sham",
        "units": {
            "target": outcome["unit"],
            "needed": outcome["analysis"]["measure"] in IN_OUTCOME_UNITS,
            "mismatch": unusable,
            "declared": units.get("conversions", []),
            "missing": units.get("missing", "assume"),
        },
        "change": outcome["change"],
        "combine": outcome["combine"],
        "effect": {
            "measure": outcome["analysis"]["measure"],
            "options": outcome["analysis"]["measure_options"],
            "impossible": unusable,
        },
    }


def data_kind(outcome):
    """Return what an outcome's effects are computed from: means, counts or published estimates."""
    measure = outcome["analysis"]["measure"]
    if outcome["table"] == "estimates":
        return "estimates"
    if measure in COUNTS:
        return "counts"
    return "means_with_sham" if measure == "NMD" else "means"


def own_specification(analysis):
    """Return the part of an outcome's analysis that is one specification of a multiverse."""
    return {name: analysis[name] for name in SPECIFICATION}


def simulation_settings(analysis):
    """Return the part of an outcome's analysis that says how its reading errors are simulated."""
    return {
        "measure": analysis["measure"],
        "options": analysis["measure_options"],
        "draws": analysis["reading"]["draws"],
        "seed": analysis["seed"],
    }


def method_settings(analysis):
    """Return the part of an outcome's analysis that says how to pool."""
    return {name: analysis[name] for name in METHOD}


def source_digest():
    """Digest the package's own source: a rule that carries it reruns when the library changes."""
    digest = hashlib.sha256()
    root = Path(__file__).parent
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _sentence(error):
    key = ".".join(str(part) for part in error.absolute_path) or "the file"
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        strangers = [name for name in error.instance if name not in known]
        return "; ".join(
            f"{key}: unknown key {name!r}.{closest(name, known)} Known keys: {', '.join(known)}"
            for name in strangers
        )
    if error.validator == "enum":
        known = error.validator_value
        return (
            f"{key} is {error.instance!r}: expected one of "
            f"{', '.join(map(str, known))}.{closest(error.instance, known)}"
        )
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return f"{key}: the key {', '.join(map(repr, missing))} is missing; add it"
    return f"{key}: {error.message}"
