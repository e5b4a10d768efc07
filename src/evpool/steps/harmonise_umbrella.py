"""Step 2 of an umbrella review: one name for each thing, each printed effect once, the ledger."""

from evpool.umbrella.effects import compare, heterogeneity, merge_effects
from evpool.umbrella.inputs import vocabularies
from evpool.umbrella.risk import compare_risk, rate_reviews

TABLES = ("reviews", "effects", "diseases", "doses", "sources", "pairs", "risk", "amstar2", "flow")
SIDE_TABLES = ("doses", "risk_of_bias")


def harmonise_umbrella(extracted, umbrella):
    """Bring the typed tables of an umbrella review onto common names.

    Parameters
    ----------
    extracted : dict of str to list of dict
        Rows of EXTRACTED by table.
    umbrella : dict
        The umbrella review's whole config.

    Returns
    -------
    tables : dict of str to list of dict
        Rows of REVIEWS, EFFECTS, DISEASES, DOSES, SOURCES, PAIRS, RISK, AMSTAR and FLOW.
    ledger : list of dict
        Rows of LEDGER: each typed row that is behind no row of a table, with the reason.
    """
    words = vocabularies(umbrella)
    used = {name: [row for row in rows if not row["unusable"]] for name, rows in extracted.items()}
    reviews = [_review(row, words, used) for row in used["meta_analyses"]]
    labels = {row["ma_id"]: row["label"] for row in reviews}
    tables = {"reviews": reviews, "diseases": _diseases(used, reviews, words)}
    tables["effects"], unused = _effects(extracted, tables, labels, words, umbrella)
    tables["doses"] = [_dose(row, reviews, words) for row in used["doses"]]
    tables["pairs"] = _pairs(used, tables, words, umbrella["sensitivity"]["i2_below"])
    tables["sources"] = _sources(used["sources"], tables["pairs"], words)
    typed = used["meta_analyses"]
    tables["risk"] = compare_risk(typed, used["risk_of_bias"], umbrella["risk_words"])
    critical = umbrella["amstar2"]["critical"]
    tables["amstar2"] = rate_reviews(typed, used["amstar2"], critical)
    for row in (*tables["risk"], *tables["amstar2"]):
        row["label"] = labels[row["ma_id"]]
    tables["flow"] = [
        {
            **{name: row[name] for name in ("stage", "phase", "detail", "count", "location")},
            "computed": False,
            "source_rows": row["row_id"],
        }
        for row in used["prisma"]
    ]
    return tables, _ledger(extracted, unused, umbrella["id"])


def _names(cell, vocabulary):
    """Read a cell of several spellings as the names they stand for, each once."""
    parts = [part.strip() for part in (cell or "").split(";") if part.strip()]
    return list(dict.fromkeys(name for part in parts for name in vocabulary.read(part)))


def _review(row, words, used):
    diseases = words["diseases"].read(row["disease"])
    absent = [name for name in SIDE_TABLES if row["ma_id"] not in {r["ma_id"] for r in used[name]}]
    kept = ("ma_id", "authors", "year", "journal", "n_studies", "intervention", "animal_models")
    kept += ("outcomes", "main_findings")
    return {
        **{name: row[name] for name in kept},
        "label": _label(row),
        "disease_printed": row["disease"],
        "diseases": ";".join(diseases),
        "sources": ";".join(_names(row["ev_sources"], words["sources"])),
        "missing_from": "; ".join(absent) or None,
        "source_rows": row["row_id"],
    }


def _label(row):
    """Name a review as papers do: 'Liu 2020a'."""
    authors = (row["authors"] or row["ma_id"]).removesuffix(" et al.")
    suffix = row["ma_id"].rpartition("_")[2]
    return f"{authors} {suffix if suffix[:4].isdigit() else row['year']}"


def of_disease(reviews, disease):
    """Return the reviews that are about a disease."""
    return [row for row in reviews if disease in row["diseases"].split(";")]


def _union(rows, column):
    return ";".join(dict.fromkeys(x for row in rows for x in (row[column] or "").split(";") if x))


def _diseases(used, reviews, words):
    printed = {words["diseases"].read(row["disease"])[0]: row for row in used["diseases"]}
    kept = ("main_outcomes", "effectiveness_label", "effectiveness_note", "consistency_label")
    rows = []
    for name in words["diseases"].names:
        own, row = of_disease(reviews, name), printed.get(name, {})
        if not own and not row:
            continue
        rows.append(
            {
                "disease": name,
                "n_reviews_printed": row.get("n_reviews"),
                "n_reviews": len(own),
                "reviews": ";".join(r["ma_id"] for r in own),
                "sources": _union(own, "sources"),
                "animal_models": _union(own, "animal_models"),
                "sources_printed": row.get("ev_sources"),
                "animal_models_printed": row.get("animal_models"),
                **{column: row.get(column) for column in kept},
                "i2_low": row.get("i2_low_pct"),
                "i2_high": row.get("i2_high_pct"),
                "source_rows": ";".join(
                    filter(None, [row.get("row_id"), _union(own, "source_rows")])
                ),
            }
        )
    return rows


def _effects(extracted, tables, labels, words, umbrella):
    diseases = {row["disease"]: row for row in tables["diseases"]}
    effects, unused = merge_effects(extracted["reported_effects"], words, diseases)
    for row in effects:
        better = umbrella["outcomes"][row["outcome"]]["better"]
        row |= {"better": better, "label": labels.get(row["ma_id"]), **compare(row, better)}
    return effects, unused


def _dose(row, reviews, words):
    review = next(r for r in reviews if r["ma_id"] == row["ma_id"])
    return {
        "ma_id": row["ma_id"],
        "label": review["label"],
        "diseases": review["diseases"],
        "sources": ";".join(_names(row["msc_sources"], words["sources"])),
        "routes": ";".join(_names(row["routes"], words["routes"])),
        "dose_text": row["dose_text_plain"] or row["dose_text"],
        **{f"ug_{end}": row[f"dose_ug_{end}"] for end in ("low", "high", "singled_out")},
        **{name: row[name] for name in ("particles_low", "particles_high", "dose_units")},
        **{name: row[name] for name in ("dose_response_studied", "note")},
        "source_rows": row["row_id"],
    }


def _pairs(used, tables, words, limit):
    """Disease by source: the reviews that name both, and whether the table of sources does."""
    table = {}
    for row in used["source_disease"]:
        for disease in words["diseases"].read(row["disease"]):
            key = (disease, words["sources"].read(row["source_code"])[0])
            table.setdefault(key, []).append(row["row_id"])
    rows = []
    for disease in tables["diseases"]:
        own = of_disease(tables["reviews"], disease["disease"])
        for source in words["sources"].names:
            naming = [r for r in own if source in r["sources"].split(";")]
            typed = table.get((disease["disease"], source), [])
            if naming or typed:
                rows.append(
                    {
                        "disease": disease["disease"],
                        "source_code": source,
                        "n_reviews": len(naming),
                        "reviews": ";".join(r["ma_id"] for r in naming) or None,
                        "in_table_of_sources": bool(typed),
                        "heterogeneity": heterogeneity(disease, limit),
                        "source_rows": ";".join([*(r["source_rows"] for r in naming), *typed]),
                    }
                )
    return rows


def _sources(rows, pairs, words):
    harmonised = []
    for row in rows:
        code = words["sources"].read(row["source_code"])[0]
        own = [pair for pair in pairs if pair["source_code"] == code]
        reviews = {name for pair in own for name in (pair["reviews"] or "").split(";") if name}
        harmonised.append(
            {
                "source_code": code,
                "source_name": row["source_name"],
                "n_studies_printed": row["n_studies"],
                "n_reviews": len(reviews),
                "diseases_printed": row["diseases"],
                "diseases": ";".join(p["disease"] for p in own if p["n_reviews"]) or None,
                "key_outcomes": row["key_outcomes"],
                "reported_efficacy": row["reported_efficacy"],
                "source_rows": row["row_id"],
            }
        )
    return harmonised


def _ledger(extracted, unused, review):
    rows = [
        _set_aside(row, review, row["unusable"], row["detail"])
        for name, table in extracted.items()
        for row in table
        if row["unusable"] and name != "reported_effects"
    ]
    for group in unused:
        cause = next(row for row in group if row["unusable"])
        for row in group:
            own = row["detail"] or f"prints the number of {cause['effect_id']}: {cause['detail']}"
            rows.append(_set_aside(row, review, row["unusable"] or cause["unusable"], own))
    return rows


def _set_aside(row, review, reason, detail):
    return {
        "review": review,
        "outcome": row.get("outcome"),
        "source_file": row["source_file"],
        "row_id": row["row_id"],
        "study_id": row.get("ma_id") or row.get("effect_id") or row.get("disease"),
        "step": "extract",
        "reason": reason,
        "detail": detail,
    }
