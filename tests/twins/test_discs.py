"""The disc twin: shared controls, units, and figures that read back as they were clicked."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evpool.config import read_yaml
from evpool.digitisation.reader_agreement import find_disagreements
from evpool.extraction.digitised import read_figures
from evpool.twins import discs
from evpool.twins.clicks import BOTTOM, TOP, Clicks, axis_ends, click
from evpool.twins.make import read_twin
from evpool.twins.tables import draw_twin
from tests.conftest import ROOT

RESOURCES = ROOT / "resources"
TWIN = RESOURCES / "ivdd_synthetic"


@pytest.fixture(scope="module")
def twin():
    model, studies, designs = read_twin(RESOURCES, "ivdd_synthetic")
    return model, studies, designs, *draw_twin(model, designs)


def rows(path):
    with open(path, encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def test_both_ways_of_delivery_share_the_vehicle(twin):
    design = twin[2]["dhi"]
    own = [c for c in design.comparisons if design.arms[c.treated].study_id == "liao_2022"]
    named = [(design.arms[c.treated].label, design.arms[c.control].label) for c in own]
    one_week = [("exo", "PBS"), ("exo-hydrogel", "PBS"), ("exo-hydrogel", "hydrogel")]
    assert named == one_week * 2  # at 4 and at 8 weeks
    assert own[0].control == own[1].control != own[3].control
    assert own[1].treated == own[2].treated


def test_studies_measure_when_the_paper_says_and_four_more_without_a_unit(twin):
    model, _, designs, _, _ = twin
    measured = {(a.study_id, a.time) for a in designs["dhi"].arms}
    real = {
        (row["study_id"], float(week))
        for row in rows(RESOURCES / "ivdd/studies.csv")
        for week in row["dhi_weeks"].split(";")
        if week
    }
    unknown = set(model.settings["unit_unknown"])
    assert real <= measured
    assert {study for study, _ in measured - real} == unknown
    typed = rows(TWIN / "figures.csv")
    assert {r["study_id"] for r in typed if not r["unit"]} == unknown
    units = {row["unit"] for row in typed if row["outcome"] == "dhi"}
    assert units == {"", "% of baseline", "ratio", "%"}


def test_the_committed_projects_read_back_as_they_were_clicked(twin):
    model, _, designs, drawn, bars = twin
    clicks = discs.read_figures(model, designs, drawn, bars)
    table = read_figures(TWIN / "figures.csv")
    assert table.problems == []
    places = {
        (name, arm.study_id, f"{arm.label}, {arm.time:g} wk"): i
        for name, design in designs.items()
        for i, arm in enumerate(design.arms)
    }
    for row in table.rows:
        i = places[row["outcome"], row["study_id"], row["label"]]
        clicked = clicks[row["outcome"]]["ab".index(row["digitiser"])]
        mean, error = clicked.values()
        pixel = clicked.high[0, i] / (BOTTOM - TOP)
        # The file keeps four digits of a pixel.
        read = [row["mean"], row["error"]]
        assert_allclose(read, [mean[0, i], error[0, i]], rtol=0, atol=3e-4 * pixel)


def test_a_third_of_the_studies_is_done_by_two_people(twin):
    typed = rows(TWIN / "figures.csv")
    first, again = ([r for r in typed if r["digitiser"] == who] for who in "ab")
    second = {row["study_id"] for row in again}
    assert len(second) == round(19 / 3)
    assert len([row for row in first if row["study_id"] in second]) == len(again)
    assert len(first) + len(again) == len(typed)


def test_two_people_differ_by_the_noise_of_the_model(twin):
    model, _, designs, drawn, bars = twin
    noise, axis = (model.settings[f"{name}_noise"] for name in ("click", "axis"))
    ratios = []
    for seed in range(60):
        clicks = discs.read_figures(replace(model, seed=seed), designs, drawn, bars)["mri"]
        place, again = ((c.low_y - c.mean_y) / (c.low_y - c.high_y) for c in clicks[:2])
        expected = 2 * (noise**2 + axis**2 * ((1 - place) ** 2 + place**2))
        ratios.append(((place - again) * (BOTTOM - TOP)) ** 2 / expected)
    assert_allclose(np.mean(ratios), 1, rtol=0.06)


def test_a_third_person_settles_exactly_what_the_workflow_lists(twin):
    # Every disagreement that the workflow finds in the committed files, by its own threshold.
    typed = read_figures(TWIN / "figures.csv").rows
    readings = [{"review": "", "timepoint": None} | row for row in typed]
    settings = read_yaml(ROOT / "config/config.yaml")["analysis"]["reading"]
    open_to = {
        (row["study_id"], row["comparison"], row["arm"], outcome)
        for outcome in twin[2]
        for row in find_disagreements(
            [row for row in readings if row["outcome"] == outcome],
            settings["disagreement_percent"],
            settings["disagreement_pixels"],
        )
    }
    settled = rows(TWIN / "adjudication.csv")
    assert {
        (row["study_id"], int(row["comparison"]), row["arm"], row["outcome"]) for row in settled
    } == open_to


def test_only_bars_that_differ_in_percent_and_in_pixels_are_disputed():
    # One pixel is 0.1: bars of 100 px at a mean of 20, the second's tip 0, 1, 9, 11 pixels higher.
    tips = 210.0 - np.array([[0.0, 1.0, 9.0, 11.0]])
    at = np.full((1, 4), 310.0)
    ends = {"low_y": np.full((1, 4), BOTTOM), "high_y": np.full((1, 4), TOP)}
    ends["high"] = np.full((1, 4), (BOTTOM - TOP) / 10)
    first, second = (Clicks(mean_y=at, tip_y=tip, **ends) for tip in (at - 100, tips))
    assert discs.disputed(first, second, 10, 2).tolist() == [[False, False, False, True]]
    assert discs.disputed(first, second, 0.5, 2).tolist() == [[False, False, True, True]]


def test_printed_units_turn_back_into_percent_of_baseline(twin):
    model, _, designs, _, _ = twin
    scale = discs.printed_per_unit(model, designs, "dhi")
    units = discs.units_of(model, designs)
    for arm, per in zip(designs["dhi"].arms, scale, strict=True):
        unit, base = units[arm.study_id]
        if unit in discs.BASELINE_UNITS:
            # printed value over the printed baseline, in percent
            assert_allclose(100 * per / (base * discs.BASELINE_UNITS[unit]), 1.0)
    assert (discs.printed_per_unit(model, designs, "mri") == 1).all()


def test_clicks_scatter_by_their_noise_and_not_to_one_side():
    mean, error = np.full((20000, 2), 50.0), np.full((20000, 2), 10.0)
    figure = np.array([0, 0])
    clicks = click(mean, error, figure, np.random.default_rng(1), noise=0.7, axis_noise=0.0)
    pixel = clicks.high[0, 0] / (BOTTOM - TOP)
    read_mean, read_error = clicks.values()
    assert_allclose(read_mean.mean(), 50, atol=4 * 0.7 * pixel / np.sqrt(20000))
    assert_allclose(read_mean.std(), 0.7 * pixel, rtol=0.02)
    assert_allclose(read_error.std(), 0.7 * np.sqrt(2) * pixel, rtol=0.02)
    still = click(mean[:1], error[:1], figure, np.random.default_rng(1), noise=0, axis_noise=0)
    assert_allclose(still.values()[0], 50, rtol=1e-12)
    assert_allclose(still.values()[1], 10, rtol=1e-12)


@pytest.mark.parametrize(("top", "end"), [(62.0, 70.0), (4.1, 4.5), (0.15, 0.2), (99.0, 150.0)])
def test_an_axis_ends_on_a_round_number_above_its_bars(top, end):
    assert axis_ends(np.array([[top, top / 2]]), np.array([0, 0])).tolist() == [[end, end]]


def test_another_seed_gives_other_clicks_of_the_same_design(twin):
    model, _, designs, drawn, bars = twin
    other = replace(model, seed=1)
    first = discs.read_figures(model, designs, drawn, bars)["mri"][0].mean_y
    again = discs.read_figures(other, designs, drawn, bars)["mri"][0].mean_y
    assert not np.allclose(first, again)
