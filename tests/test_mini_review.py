"""A small review of every kind of input through the real snakemake: the numbers that come out."""

import shutil
from collections import Counter

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.testing import assert_allclose
from PIL import Image

from evpool.extraction.typed import read_typed
from evpool.tables import is_synthetic
from tests.conftest import ROOT, Project

OUTCOMES = ("pain", "death", "mar", "lesion", "dhi", "grip")
MINI = ROOT / "tests/mini_review"


@pytest.fixture(scope="module")
def mini(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("mini"))
    shutil.copy(MINI / "mini.yaml", project / "config/reviews")
    (project / "resources/mini").mkdir()
    for table in MINI.glob("*.csv"):
        shutil.copy(table, project / "resources/mini")
    (project / "resources/mini/figures").mkdir()
    for figure in ("wpd_v4_bar_groups", "wpd_v4_bar_groups_b", "wpd_v4_xy_tip_datasets"):
        shutil.copy(ROOT / f"tests/formats/{figure}.json", project / "resources/mini/figures")
    project.run("--config", "reviews=[mini]")
    return project


def rows(mini, path):
    return pq.ParquetFile(mini / f"results/mini/{path}.parquet").read().to_pylist()


def random_effects(mini, outcome):
    (fit,) = [
        row
        for row in rows(mini, f"{outcome}/pooled")
        if (row["analysis"], row["model"]) == ("overall", "random")
    ]
    return fit


def test_published_effects_pool_to_the_published_result(mini):
    # Zhang 2025, mineral apposition rate: SMD 8.88 (2.23 to 15.53), tau^2 17.02, I^2 74%.
    fit = random_effects(mini, "mar")
    found = [fit["estimate"], fit["ci_low"], fit["ci_high"]]
    assert_allclose(found, [8.88, 2.23, 15.53], rtol=0, atol=0.005)
    assert_allclose(100 * fit["i2"], 74, rtol=0, atol=0.5)
    # The effects are printed to two decimals, which moves tau^2 in the second.
    assert_allclose(fit["tau2"], 17.02, rtol=0, atol=0.01)


def test_the_latest_time_and_the_known_error_bars_are_used(mini):
    effects = {row["study_id"]: row for row in rows(mini, "pain/effects")}
    assert list(effects) == ["a", "b", "d"]
    assert effects["a"]["mean_t"] == 2.1
    assert_allclose(effects["a"]["sd_t"], 0.4 * np.sqrt(8))
    assert effects["d"]["sd_source"] == "from_ci95"
    ledger = rows(mini, "pain/ledger")
    assert Counter(row["reason"] for row in ledger) == {
        "error_type_unknown": 2,
        "sham_not_used": 1,
        "timepoint_not_chosen": 2,
    }


def test_tables_of_counts_are_pooled_both_ways(mini):
    (table,) = [row for row in rows(mini, "death/pooled") if row["analysis"] == "tables"]
    a, b, c, d = np.array([(1, 7, 4, 4), (0, 10, 3, 7), (2, 10, 6, 6)], dtype=float).T
    n = a + b + c + d
    assert_allclose(table["estimate"], np.log((a * d / n).sum() / (b * c / n).sum()), rtol=1e-12)
    assert random_effects(mini, "death")["k"] == 3


def test_the_multiverse_has_every_combination_with_a_number_or_a_reason(mini):
    found = rows(mini, "pain/multiverse")
    assert len(found) == 2 * 2 * 2 * 4
    assert all(row["estimate"] is not None or row["warning"] for row in found)
    own = [row for row in found if row["is_own"]]
    assert_allclose([r["estimate"] for r in own], random_effects(mini, "pain")["estimate"])
    ways = {row["estimate"] for row in found if row["measure"] == "SMD"}
    assert len(ways) > 8


def test_all_subsets_are_pooled(mini):
    assert len(rows(mini, "pain/gosh")) == 2**3 - 1


def test_typed_doses_are_put_on_their_axes_or_named(mini):
    effects = {row["study_id"]: row for row in rows(mini, "death/effects")}
    ant, bee, cat = (effects[study] for study in "abc")
    assert ant["dose_ug"] == 150
    assert_allclose(ant["dose_ug_per_kg"], 150 / 0.275)
    assert ant["dose_particles"] is None
    assert (bee["dose_ug"], bee["dose_axis"]) == (None, None)
    assert "a volume alone does not say" in bee["dose_note"]
    assert_allclose([cat["dose_particles"], cat["dose_particles_per_kg"]], [2.5e9, 1e10])
    assert (
        "Not comparable by dose, so without a value on any axis: Bee 2020."
        in (mini / "results/mini/report.html").read_text()
    )


def test_disc_height_is_pooled_in_one_unit_or_set_aside(mini):
    effects = {row["study_id"]: row for row in rows(mini, "dhi/effects")}
    assert list(effects) == ["a", "b", "d"]
    # Ratios 0.06 and 0.04 of a baseline of 0.08: 75% and 50%; the SDs are scaled alike.
    ant = [effects["a"][name] for name in ("mean_t", "sd_t", "mean_c", "sd_c", "n_t")]
    assert_allclose(ant, [75, 7.5, 50, 7.5, 6])
    assert_allclose(effects["b"]["sd_t"], 2.5 * np.sqrt(10))
    # Luo 2018 with n = 9: weight 0.7 + 0.39 / 9 on the midpoint of the quartiles; 100% - change.
    weight = 0.7 + 0.39 / 9
    assert_allclose(effects["d"]["mean_t"], 100 + weight * -30.5 + (1 - weight) * -30)
    ledger = rows(mini, "dhi/ledger")
    assert {(row["study_id"], row["reason"]) for row in ledger} == {("c", "unit_unknown")}
    assert "c" in {row["study_id"] for row in rows(mini, "death/effects")}


def test_arms_are_combined_and_sds_come_from_tests_and_ranges(mini):
    effects = {row["study_id"]: row for row in rows(mini, "grip/effects")}
    ids = [row["row_id"] for row in rows(mini, "grip/arms") if row["study_id"] == "a"]
    assert effects["a"]["source_rows"].split(";") == ids
    assert effects["a"]["n_t"] == 13
    # t = 2.8 of a difference of 0.5 N with 10 animals a side.
    assert_allclose(effects["b"]["sd_c"], 0.5 / 2.8 / np.sqrt(2 / 10))
    assert_allclose(effects["b"]["mean_t"], 1.4)
    assert effects["d"]["sd_source"] == "from_range"
    history = {row["arm"]: row["history"] for row in rows(mini, "grip/harmonised")}
    assert (
        "combine: n 6, mean 1.2, SD 0.3 and n 7, mean 1.5, SD 0.4 -> n 13"
        in (history["low + high"])
    )
    bee = next(r for r in rows(mini, "grip/harmonised") if r["study_id"] == "b")
    steps = [line.split(":")[0] for line in bee["history"].splitlines()]
    assert steps == ["extract", "dose", "convert", "units"]


def test_a_suspicious_scale_and_a_labelled_time_are_told_and_pooled(mini):
    arms = {row["study_id"]: row for row in rows(mini, "grip/harmonised")}
    assert (arms["c"]["time"], arms["c"]["time_unit"]) == (4, "wk")
    assert [study for study, row in arms.items() if "suspected" in (row["flags"] or "")] == ["c"]
    page = (mini / "results/mini/report.html").read_text()
    assert "another unit is suspected, and the study is pooled as stated: Cat 2021." in page
    assert "What the error bars show is not known in: Cat 2021." in page


def test_every_typed_row_is_behind_an_effect_or_on_the_ledger(mini):
    effects = [row for path in OUTCOMES for row in rows(mini, f"{path}/effects")]
    behind = {row_id for row in effects for row_id in row["source_rows"].split(";")}
    typed_aside = [r for r in rows(mini, "ledger") if r["reason"] != "arm_not_asked_for"]
    aside = {row_id for row in typed_aside for row_id in row["row_id"].split(";")}
    tables = mini / "resources/mini"
    typed = [read_typed(tables / f"{name}.csv") for name in ("arms", "figures", "estimates")]
    assert {row["row_id"] for table in typed for row in table.rows} == behind | aside
    assert not behind & aside


def test_bars_of_a_digitised_figure_become_effects(mini):
    effects = rows(mini, "lesion/effects")
    # Means and SEMs as tests/formats/truth_examples.csv says two people read them.
    treated = np.mean([(41.83028286189684, 4.193011647254572),
                       (41.869782971619365, 4.307178631051755)], axis=0)  # fmt: skip
    control = np.mean([(48.21963394342762, 4.991680532445926),
                       (48.38063439065108, 5.1085141903171944)], axis=0)  # fmt: skip
    assert_allclose(effects[0]["yi"], treated[0] - control[0], rtol=1e-9)
    assert_allclose(effects[0]["vi"], treated[1] ** 2 + control[1] ** 2, rtol=1e-9)
    assert [len(effect["source_rows"].split(";")) for effect in effects] == [4, 2]
    assert effects[1]["mean_t"] == 30.5  # adjudicated
    ledger = rows(mini, "lesion/ledger")
    assert [row["reason"] for row in ledger] == ["timepoint_not_chosen"] * 2


def test_the_studies_are_described_weighted_and_counted(mini):
    (wrong,) = [row for row in rows(mini, "flow_checks") if row["holds"] is False]
    assert "40 + 19 = 59, but 60 are printed" in wrong["finding"]
    judged = {
        (row["study_id"], row["domain"]): row["judgement"] for row in rows(mini, "judgements")
    }
    assert judged["a", "random_allocation"] == "yes"
    assert judged["b", "random_allocation"] == "unclear"  # what the consensus says
    assert judged["d", "random_allocation"] == "disagreement"
    assert judged["d", "sample_size"] == "not judged"
    # Three of the studies are pooled; their shares are their random-effects weights.
    effects = {row["effect_id"]: row["study_id"] for row in rows(mini, "pain/effects")}
    weights = {effects[row["effect_id"]]: row["weight"] for row in rows(mini, "pain/weights")
               if (row["analysis"], row["model"]) == ("overall", "random")}  # fmt: skip
    shares = {row["judgement"]: row["share"] for row in rows(mini, "risk_summary")
              if row["domain"] == "random_allocation"}  # fmt: skip
    assert_allclose(shares["yes"], weights["a"] / sum(weights.values()))
    whole, *_ = rows(mini, "rater_agreement")
    assert (whole["subjects"], whole["observed"]) == (4, 0.5)


def test_what_has_no_variance_is_synthesised_without_pooling(mini):
    (whole,) = [row for row in rows(mini, "swim") if row["grouped_by"] == "all studies"]
    assert [whole[name] for name in ("k", "benefit", "harm", "k_change")] == [3, 2, 1, 2]
    assert whole["change_median"] == 21
    doses = {row["study_id"]: row["dose"] for row in rows(mini, "directions")}
    # 100-200 ug for 250-300 g; a volume and a count of particles are no mass.
    assert_allclose(doses.pop("a"), 150 / 0.275)
    assert doses == {"b": None, "c": None}
    page = (mini / "results/mini/report.html").read_text()
    assert "This is not a pooled effect" in page
    assert "Without a dose that can be compared: Bee 2020, Cat 2021." in page


def test_readings_are_compared_and_their_error_reaches_estimate_and_page(mini):
    agreement = rows(mini, "lesion/agreement")
    assert [(row["quantity"], row["pairs"]) for row in agreement] == [("mean", 2), ("error", 2)]
    (clicks,) = rows(mini, "lesion/click_error")
    assert (clicks["source"], clicks["arms_digitised"], clicks["arms_with_error"]) == (
        "setting", 8, 6,
    )  # fmt: skip
    fit = random_effects(mini, "lesion")
    assert fit["ci_low"] < fit["digitisation_low"] < fit["estimate"] < fit["digitisation_high"]
    assert random_effects(mini, "pain")["digitisation_low"] is None
    page = (mini / "results/mini/report.html").read_text()
    said = ["Reading off the figures", "One click is off by 0.50 pixels (SD), as the review"]
    said += ["95% digitisation</th>", "No two readings differ by more than 10% and 2 pixels"]
    assert [text for text in said if text not in page] == []


def test_what_a_digitised_file_holds_beside_the_wanted_arms_is_on_the_ledger(mini):
    left = [row for row in rows(mini, "ledger") if row["reason"] == "arm_not_asked_for"]
    files = Counter(row["detail"].split(",")[0] for row in left)
    assert files["wpd_v4_bar_groups.json"] == files["wpd_v4_bar_groups_b.json"] == 2
    assert "(3 mg/kg): no row asks for this arm, 33.5441 with half bar 3.69" in left[0]["detail"]
    assert {row["study_id"] for row in left} == {"a", "b"}


def test_everything_made_from_simulated_data_says_so(mini):
    tables = list((mini / "results/mini").rglob("*.parquet"))
    assert len(tables) > 40
    assert [path for path in tables if not is_synthetic(path)] == []
    assert is_synthetic(mini / "results/evidence.parquet")
    index = (mini / "results/index.html").read_text()
    assert "SYNTHETIC: simulated, no finding" in index
    assert 'id="papers"' not in index
    figures = list((mini / "results/mini").rglob("*.svg"))
    assert figures
    assert [path for path in figures if "SYNTHETIC" not in path.read_text()] == []
    assert "<title>SYNTHETIC: " in (mini / "results/mini/report.html").read_text()


def test_a_new_picture_of_a_figure_redraws_its_clicks_and_nothing_else(mini):
    drawn = list((mini / "results/mini/digitised").glob("*.svg"))
    assert len(drawn) == 3
    assert 'href="digitised/index.html"' in (mini / "results/mini/report.html").read_text()
    image = Image.new("RGB", (640, 440), "white")
    image.save(mini / "resources/mini/figures/wpd_v4_bar_groups.png")
    chosen = ("--config", "reviews=[mini]")
    assert mini.planned(*chosen) == {("draw_overlays", "mini")}
    mini.run(*chosen)
    assert mini.planned(*chosen) == set()
    drawing = mini / "results/mini/digitised/wpd_v4_bar_groups.json.svg"
    assert "Image: wpd_v4_bar_groups.png" in drawing.read_text()
