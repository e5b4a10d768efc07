"""The leave-one-out plot against the tables it was drawn from."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.plots.leave_one_out import draw_leave_one_out
from tests.plots.checks import artist, check_same_bytes, check_stamp, check_texts_apart, words
from tests.plots.sample_tables import at_level, effects_table, pooled_tables, refits_table

LABELS = {"measure_label": "MD", "unit": "points"}


def draw(k=21, *, effects=None, **options):
    effects = effects or effects_table(k)
    refits = refits_table(effects, "leave_one_out")
    return draw_leave_one_out(refits, pooled_tables(effects)[1], **(LABELS | options))


def refits(model, k=21):
    table = refits_table(effects_table(k), "leave_one_out").to_pylist()
    return [row for row in table if row["model"] == model]


@pytest.mark.parametrize("model", ["common", "random"])
def test_each_refit_stands_at_its_estimate_and_interval(model):
    figure, rows = draw(model=model), refits(model)
    assert_allclose(artist(figure, "squares").get_offsets()[:, 0], [r["estimate"] for r in rows])
    segments = np.array(artist(figure, "intervals").get_segments())
    assert_allclose(segments[:, 0, 0], [row["ci_low"] for row in rows])
    assert_allclose(segments[:, 1, 0], [row["ci_high"] for row in rows])


def test_band_and_diamond_are_the_overall_result():
    figure = draw()
    _, pooled = pooled_tables(effects_table(21))
    overall = pooled.to_pylist()[1]
    ends = [overall["ci_low"], overall["ci_high"]]
    for gid in ("band", "pooled"):
        x = artist(figure, gid).get_paths()[0].vertices[:, 0]
        assert_allclose([x.min(), x.max()], ends)


def test_texts_are_the_rows():
    found, row = " | ".join(words(draw())), refits("random")[4]
    interval = "{estimate:.2f} [{ci_low:.2f}, {ci_high:.2f}]".format(**row)
    assert f"Author 5 2021 | {interval} | {100 * row['i2']:.0f} | {row['tau2']:.3f}" in found
    assert {"Study omitted", "I² (%)", "τ²", "None omitted"} <= set(words(draw()))


def test_the_level_of_the_intervals_is_not_rounded():
    effects = effects_table(5)
    pooled = at_level(pooled_tables(effects)[1], 0.975)
    figure = draw_leave_one_out(refits_table(effects, "leave_one_out"), pooled, **LABELS)
    assert "MD [97.5% CI]" in words(figure)


def test_common_effect_has_no_tau2_column():
    assert "τ²" not in words(draw(model="common"))


def test_null_is_on_the_axis_only_if_near():
    low, _ = draw(60).axes[0].get_xlim()
    assert low > 0
    low, _ = draw(60, null_value=0.8).axes[0].get_xlim()
    assert low < 0.8


@pytest.mark.parametrize("k", [2, 3, 21, 60])
@pytest.mark.parametrize("size", [12345.678, 1.0, 0.000123])
def test_texts_stand_apart(k, size):
    effects = effects_table(k, size=size, long_names=True)
    check_texts_apart(draw(effects=effects, synthetic=True, title="A title " * 12))


def test_a_single_column_wide_if_names_allow():
    assert_allclose(draw().get_size_inches()[0] * 25.4, 88, atol=1e-6)
    wide = draw(effects=effects_table(21, long_names=True)).get_size_inches()[0] * 25.4
    assert 88 < wide <= 120 + 1e-6


def test_synthetic_is_stamped():
    check_stamp(lambda **options: draw(3, **options))


def test_same_bytes_twice(tmp_path):
    check_same_bytes(lambda: draw(3, synthetic=True), tmp_path)


def test_missing_column_is_named():
    table = refits_table(effects_table(3), "leave_one_out").drop_columns(["label", "ci_low"])
    with pytest.raises(ValueError, match="leave_one_out lacks the columns 'label', 'ci_low'"):
        draw_leave_one_out(table, pooled_tables(effects_table(3))[1], **LABELS)


def test_unknown_model_is_named():
    with pytest.raises(ValueError, match="model must be one of common, random; got 'fixed'"):
        draw(3, model="fixed")
