"""The forest plot against the tables it was drawn from."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from numpy.testing import assert_allclose

from evpool.plots.forest import draw_forest
from tests.plots.checks import (
    artist,
    check_same_bytes,
    check_stamp,
    check_texts_apart,
    texts,
    words,
)
from tests.plots.sample_tables import at_level, effects_table, pooled_tables, subgroups_table

LABELS = {"measure_label": "MD", "unit": "points", "better": "higher"}


def draw(k=21, *, grouped=False, labels=LABELS, effects=None, **options):
    effects = effects or effects_table(k, grouped=grouped)
    weights, pooled = pooled_tables(effects)
    subgroups = subgroups_table(effects) if grouped else None
    return draw_forest(effects, weights, pooled, subgroups, **{**labels, **options})


def test_squares_stand_at_the_effects_with_areas_by_weight():
    effects = effects_table(21)
    weights, _ = pooled_tables(effects)
    squares = artist(draw(effects=effects), "squares")
    assert_allclose(squares.get_offsets()[:, 0], effects["yi"].to_numpy())
    random = np.array([row["weight"] for row in weights.to_pylist() if row["model"] == "random"])
    areas = squares.get_sizes()
    assert_allclose(areas / areas.max(), random / random.max())


def test_intervals_end_where_the_table_says():
    effects = effects_table(21)
    segments = np.array(artist(draw(effects=effects), "intervals").get_segments())
    assert_allclose(segments[:, 0, 0], effects["ci_low"].to_numpy())
    assert_allclose(segments[:, 1, 0], effects["ci_high"].to_numpy())


def test_a_green_band_spans_what_reading_errors_may_do():
    effects = effects_table(21)
    weights, pooled = pooled_tables(effects)
    assert not [text for text in words(draw(effects=effects)) if "reading" in text.lower()]
    middle = np.array([row["estimate"] for row in pooled.to_pylist()])
    for name, shift in (("digitisation_low", -0.03), ("digitisation_high", 0.05)):
        pooled = pooled.append_column(name, pa.array(middle + shift))
    figure = draw_forest(effects, weights, pooled, **LABELS)
    random = pooled.to_pylist()[1]
    (band,) = artist(figure, "stripe").get_paths()
    shapes = [path.vertices[:, 0] for path in artist(figure, "pooled").get_paths()]
    for edges in (band.vertices[:, 0], shapes[-1]):
        assert_allclose(edges.min(), random["digitisation_low"])
        assert_allclose(edges.max(), random["digitisation_high"])
    assert "Reading error" in words(figure)
    assert any("alone may have put the random-effects estimate (95%)" in w for w in words(figure))
    check_texts_apart(figure)


def test_the_level_of_the_intervals_is_not_rounded():
    effects = effects_table(5)
    weights, pooled = pooled_tables(effects)
    pooled = at_level(pooled, 0.999)
    for name in ("digitisation_low", "digitisation_high"):
        pooled = pooled.append_column(name, pooled["estimate"])
    found = words(draw_forest(effects, weights, pooled, **LABELS))
    assert "MD [99.9% CI]" in found
    assert any("estimate (99.9%)" in text for text in found)


def test_diamonds_and_prediction_interval_span_the_pooled_rows():
    effects = effects_table(21)
    _, pooled = pooled_tables(effects)
    common, random = pooled.to_pylist()
    shapes = [path.vertices[:, 0] for path in artist(draw(effects=effects), "pooled").get_paths()]
    assert len(shapes) == 3
    for shape, row in zip(shapes[:2], (common, random), strict=True):
        assert_allclose(
            shape[:4], [row["ci_low"], row["estimate"], row["ci_high"], row["estimate"]]
        )
    assert_allclose([shapes[2].min(), shapes[2].max()], [random["pi_low"], random["pi_high"]])


def test_each_row_stands_at_one_height():
    figure = draw(3)
    squares = artist(figure, "squares").get_offsets()
    heights = {t.get_text(): t.get_position()[1] for t in texts(figure) if "Author" in t.get_text()}
    steps = np.diff(list(heights.values()))
    assert_allclose(np.diff(squares[:, 1]), steps)
    assert list(heights) == ["Author 1 2021", "Author 2 2021", "Author 3 2021"]


def sci_tables():
    """The 21 SCI studies with the overall results of metafor 5.1-12 (tests/reference)."""
    reference = json.loads(Path("tests/reference/sci_first.json").read_text(encoding="utf-8"))
    data, yi, vi = reference["data"], np.array(reference["yi"]), np.array(reference["vi"])
    arms = {"n_t": "n1", "mean_t": "m1", "sd_t": "s1", "n_c": "n2", "mean_c": "m2", "sd_c": "s2"}
    half = 1.959963984540054 * np.sqrt(vi)
    columns = {"effect_id": data["study"], "label": data["study"], "yi": yi, "vi": vi}
    columns |= {"ci_low": yi - half, "ci_high": yi + half}
    effects = pa.table(columns | {name: data[key] for name, key in arms.items()})
    weights, pooled = [], []
    for model, key in (("common", "EE_z"), ("random", "REML_z")):
        fit = reference["pool"][key]
        row = {"analysis": "overall", "model": model, "tau2_method": key.split("_")[0]}
        row |= {"estimate": fit["beta"], "ci_low": fit["ci_lb"], "ci_high": fit["ci_ub"]}
        row |= {"tau2": fit["tau2"], "i2": 0.762931519047476, "q": fit["QE"], "q_df": 20}
        pooled.append(row | {"q_p": fit["QEp"], "pi_low": 0.272743474, "pi_high": 2.370251933})
        w = 1 / (vi + fit["tau2"])
        shares = zip(data["study"], w / w.sum(), strict=True)
        weights += [row | {"effect_id": name, "weight": share} for name, share in shares]
    return effects, pa.Table.from_pylist(weights), pa.Table.from_pylist(pooled)


def test_sci_reads_as_printed():
    # Mou 2025, Figure 2A: MD and both weights as the paper prints them.
    figure = draw_forest(*sci_tables(), **LABELS)
    found = " | ".join(words(figure))
    assert (
        "Jiang 2021 | 16 | 0.91 | 0.53 | 16 | 0.55 | 0.41 | 0.36 [0.03, 0.69] | 13.2 | 6.3" in found
    )
    assert "Common effect | 1.26 [1.14, 1.38] | 100.0" in found
    assert "Random effects | 1.32 [1.07, 1.57] | 100.0" in found
    assert "Prediction interval | [0.27, 2.37]" in found
    assert "Afsartala 2023 | 12 | 0.87 | 1.13 | 6 | 0.43 | 0.65 | 0.44 [−0.38, 1.26]" in found
    sentence = "Heterogeneity: I² = 76%, τ² = 0.2362 (REML), Q = 84.36 (df = 20), p < 0.001"
    assert sentence in " ".join(words(figure))
    check_texts_apart(figure)


def test_no_hyphen_stands_for_minus():
    assert not [text for text in words(draw(60)) if "-" in text]


@pytest.mark.parametrize("k", [1, 3, 21, 60])
@pytest.mark.parametrize("size", [12345.678, 1.0, 0.000123])
def test_texts_stand_apart(k, size):
    effects = effects_table(k, size=size, long_names=True)
    check_texts_apart(draw(effects=effects, synthetic=True, title="A title " * 12))


@pytest.mark.parametrize("k", [3, 21, 60])
@pytest.mark.parametrize("generic", [False, True])
def test_texts_of_subgroups_stand_apart(k, generic):
    effects = effects_table(k, grouped=True, long_names=True, generic=generic)
    arms = ("vehicle-treated sham controls", "adipose-derived exosomes, 100 µg, intravenous")
    check_texts_apart(draw(effects=effects, grouped=True, favours=arms))


def test_page_is_as_wide_as_a_journal():
    assert_allclose(draw(21).get_size_inches()[0] * 25.4, 180, atol=1e-6)
    assert_allclose(draw(60, grouped=True).get_size_inches()[0] * 25.4, 180, atol=1e-6)


@pytest.mark.parametrize(
    ("better", "left", "right"),
    [
        ("higher", "← Favours control", "Favours treatment →"),
        ("lower", "← Favours treatment", "Favours control →"),
    ],
)
def test_favours_labels_follow_better(better, left, right):
    figure = draw(3, better=better)
    sides = {t.get_text(): t for t in texts(figure) if t.get_gid() == "favours"}
    assert set(sides) == {left, right}
    assert sides[left].get_horizontalalignment() == "right"
    assert sides[left].get_position()[0] < sides[right].get_position()[0]
    # Effects are treated minus control whatever is better: nothing is flipped.
    assert_allclose(artist(figure, "squares").get_offsets()[:, 0], effects_table(3)["yi"])


def test_without_direction_nothing_is_favoured():
    assert not [text for text in words(draw(3, better=None)) if "Favours" in text]


def test_generic_estimates_drop_the_arm_columns():
    figure = draw(effects=effects_table(5, generic=True))
    assert not {"Mean", "SD", "n", "Treatment", "Control"} & set(words(figure))


def test_subgroups_stand_in_blocks_with_subtotals_and_test():
    effects = effects_table(21, grouped=True)
    figure = draw(effects=effects, grouped=True)
    found = words(figure)
    order = [found.index(name) for name in ("bone_marrow", "adipose", "Author 2 2021")]
    assert order == sorted(order)
    rows = subgroups_table(effects).to_pylist()
    paths = artist(figure, "pooled").get_paths()
    drawn = [path.vertices[0, 0] for path in paths][: len(rows)]
    assert_allclose(drawn, [row["ci_low"] for row in rows])
    assert "common effect Q = 3.21, df = 2 (p = 0.20); random effects Q = 3.21," in " ".join(found)


def test_subtotal_weights_add_up():
    figure = draw(effects=effects_table(21, grouped=True), grouped=True)
    cells = [t for t in texts(figure) if t.get_horizontalalignment() == "right"]
    right = max(t.get_position()[0] for t in cells)
    column = [t.get_text() for t in cells if t.get_position()[0] == right][1:]
    numbers = [float(text) for text in column]
    subtotals = [numbers[i] for i in (7, 15, 23)]
    assert_allclose(sum(subtotals), 100, atol=0.15)
    assert numbers[-1] == 100


def test_studies_without_level_are_shown_as_such():
    effects = effects_table(6, grouped=True)
    levels = [None, *effects["source"].to_pylist()[1:]]
    subgroups = subgroups_table(effects)
    effects = effects.set_column(effects.column_names.index("source"), "source", pa.array(levels))
    weights, pooled = pooled_tables(effects)
    found = words(draw_forest(effects, weights, pooled, subgroups, **LABELS))
    assert found.index("Not reported") == found.index("Author 1 2021") - 1


def test_the_results_of_studies_without_a_level_stand_below_them():
    # As compare_subgroups names them: 'not reported', where the column is empty.
    effects = effects_table(6, grouped=True)
    place, levels = effects.column_names.index("source"), effects["source"].to_pylist()
    named = pa.array(["not reported", "not reported", *levels[2:]])
    subgroups = subgroups_table(effects.set_column(place, "source", named))
    effects = effects.set_column(place, "source", pa.array([None, None, *levels[2:]]))
    found = words(draw_forest(effects, *pooled_tables(effects), subgroups, **LABELS))
    start = found.index("Not reported")
    assert found.count("Not reported") == 1
    assert found[start + 1] == "Author 1 2021"
    assert "Common effect" in found[start:]
    # The others come first.
    assert set(levels[2:]) <= set(found[:start])


def test_log_scale_is_shown_back_transformed():
    effects = effects_table(9, generic=True, size=0.5)
    figure = draw(effects=effects, log_scale=True, measure_label="ROM", unit=None)
    axes = figure.axes[0]
    shown = [float(label.get_text()) for label in axes.get_xticklabels()]
    assert_allclose(np.exp(axes.get_xticks()), shown, rtol=0.06)
    assert 1.0 in shown
    assert_allclose(artist(figure, "squares").get_offsets()[:, 0], effects["yi"].to_numpy())
    first = np.exp([effects[name][0].as_py() for name in ("yi", "ci_low", "ci_high")])
    assert "{:.2f} [{:.2f}, {:.2f}]".format(*first) in words(figure)


def test_intervals_that_leave_the_axis_end_in_arrowheads():
    effects = effects_table(9)
    wide = pc.if_else(pc.equal(effects["label"], "Author 3 2021"), 40.0, effects["ci_high"])
    effects = effects.set_column(effects.column_names.index("ci_high"), "ci_high", wide)
    figure = draw(effects=effects)
    _, right = figure.axes[0].get_xlim()
    assert right < 10
    heads = [c for c in figure.axes[0].collections if np.ravel(c.get_offsets())[0] == right]
    assert len(heads) == 1
    assert heads[0].get_offsets()[0, 1] == artist(figure, "squares").get_offsets()[2, 1]


def test_reference_lines():
    figure = draw(9)
    _, pooled = pooled_tables(effects_table(9))
    estimate = pooled.to_pylist()[1]["estimate"]
    assert artist(figure, "null-line").get_segments()[0][0][0] == 0
    assert artist(figure, "pooled-line").get_segments()[0][0][0] == estimate


def test_synthetic_is_stamped():
    check_stamp(lambda **options: draw(3, **options))


def test_same_bytes_twice(tmp_path):
    check_same_bytes(lambda: draw(3, synthetic=True), tmp_path)


def test_missing_column_is_named():
    effects = effects_table(3).drop_columns(["yi"])
    weights, pooled = pooled_tables(effects_table(3))
    with pytest.raises(ValueError, match=r"effects lacks the column 'yi'; it has review, outcome"):
        draw_forest(effects, weights, pooled, **LABELS)


def test_several_overall_rows_are_refused():
    weights, pooled = pooled_tables(effects_table(3))
    twice = pa.concat_tables([pooled, pooled])
    with pytest.raises(ValueError, match=r"4 rows with analysis 'overall' for 2 models.*Filter"):
        draw_forest(effects_table(3), weights, twice, **LABELS)


def test_several_outcomes_are_refused():
    effects = effects_table(3)
    weights, pooled = pooled_tables(effects)
    other = effects.set_column(1, "outcome", pa.array(["a", "b", "b"]))
    with pytest.raises(ValueError, match="effects holds 2 values of 'outcome'"):
        draw_forest(other, weights, pooled, **LABELS)


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="better must be one of higher, lower; got 'up'"):
        draw(3, better="up")
    with pytest.raises(ValueError, match="moderator must be one of source; got 'sex'"):
        draw(3, grouped=True, moderator="sex")


def test_common_tau2_rows_are_shown_on_request():
    effects = effects_table(9, grouped=True)
    weights, pooled = pooled_tables(effects)
    rows = subgroups_table(effects).to_pylist()
    shared = [row | {"tau2_common": True, "ci_low": row["ci_low"] - 0.1} for row in rows]
    both = pa.Table.from_pylist(rows + [row for row in shared if row["model"] == "random"])
    for chosen, drop in ((False, 0.0), (True, 0.1)):
        figure = draw_forest(effects, weights, pooled, both, tau2_common=chosen, **LABELS)
        lows = [path.vertices[0, 0] for path in artist(figure, "pooled").get_paths()][:6]
        expected = [row["ci_low"] - drop * (row["model"] == "random") for row in rows]
        assert_allclose(lows, expected)


def test_names_and_limits_can_be_given():
    figure = draw(9, grouped=True, level_labels={"adipose": "Fat tissue"}, limits=(-1.0, 2.0))
    assert {"Fat tissue", "bone_marrow"} <= set(words(figure))
    assert figure.axes[0].get_xlim() == (-1.0, 2.0)
