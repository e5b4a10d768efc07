"""Bad input of an umbrella review: stopped with a message, or marked for the ledger."""

import pytest

from evpool.errors import InputError
from evpool.steps.extract_umbrella import extract_umbrella
from tests.umbrella.samples import change, config, extracted, typed


def refusal(tables, **changes):
    with pytest.raises(InputError) as caught:
        extract_umbrella(tables, config() | changes)
    return str(caught.value)


def marked(tables, name, key, value):
    rows = extract_umbrella(tables, config())[name]
    (row,) = [row for row in rows if row[key] == value]
    return row


def test_the_real_tables_pass_and_mark_what_is_not_among_the_reviews():
    rows = {name: [row for row in rows if row["unusable"]] for name, rows in extracted().items()}
    found = {
        name: [(row["ma_id"], row["unusable"]) for row in rows[name]] for name in rows if rows[name]
    }
    outside = ("zhao_2023", "review_not_included")
    assert found == {
        "reported_effects": [
            ("yue_2024", "no_estimate"),
            ("zhang_2025", "no_estimate"),
            outside,
            outside,
            outside,
        ],
        "doses": [("zhidu_2024", "review_in_one_table_only")],
    }


def test_a_review_in_one_table_only_stops_the_run_or_goes_to_the_ledger():
    tables = typed()
    change(tables["risk_of_bias"], "ma_id", "mou_2025", ma_id="mou_2026")
    said = refusal(tables, unusable_rows="stop")
    assert "resources/umbrella/risk_of_bias.csv, row" in said
    assert "'ma_id' is 'mou_2026': expected a review of meta_analyses.csv" in said
    assert "Did you mean 'mou_2025'?" in said
    assert "doses.csv, row 48 (zhidu_2024)" in said  # every table at once
    row = marked(tables, "risk_of_bias", "ma_id", "mou_2026")
    assert row["unusable"] == "review_in_one_table_only"


def test_an_i2_of_150_stops_the_run_or_goes_to_the_ledger():
    tables = typed()
    change(tables["diseases"], "disease", "Asthma", i2_high_pct=150.0)
    said = refusal(tables, unusable_rows="stop")
    assert "(Asthma), column 'i2_high_pct' is 150.0: expected an I² from 0 to 100" in said
    assert marked(tables, "diseases", "disease", "Asthma")["unusable"] == "i2_out_of_range"


@pytest.mark.parametrize(("low", "high"), [(0.0, 100.0), (100.0, 100.0)])
def test_an_i2_of_0_or_of_100_is_possible(low, high):
    tables = typed()
    change(tables["diseases"], "disease", "Asthma", i2_low_pct=low, i2_high_pct=high)
    assert marked(tables, "diseases", "disease", "Asthma")["unusable"] is None


def test_limits_the_wrong_way_round_are_named():
    tables = typed()
    change(tables["reported_effects"], "effect_id", "E019", ci_lower=-4.67, ci_upper=-7.07)
    row = marked(tables, "reported_effects", "effect_id", "E019")
    assert row["unusable"] == "limits_reversed"
    assert row["detail"] == "ci_lower is -4.67: expected at most ci_upper, which is -7.07"


def test_a_disease_with_two_spellings_stops_the_run_and_suggests_the_merge():
    tables = typed()
    change(tables["meta_analyses"], "ma_id", "xu_2024", disease="Ischaemic stroke")
    said = refusal(tables)
    assert "resources/umbrella/meta_analyses.csv: 1 problem" in said.splitlines()[0]
    assert "(xu_2024), column 'disease' is 'Ischaemic stroke'" in said
    assert "Did you mean 'Ischemic Stroke'?" in said
    assert "`diseases: {Ischemic Stroke: [Ischaemic stroke]}`" in said


def test_the_declared_spelling_is_read():
    tables, umbrella = typed(), config()
    change(tables["meta_analyses"], "ma_id", "xu_2024", disease="Ischaemic stroke")
    umbrella["diseases"]["Ischemic Stroke"].append("Ischaemic stroke")
    assert extract_umbrella(tables, umbrella)["meta_analyses"]


def test_an_unknown_source_route_or_word_for_risk_stops_the_run_with_all_of_them():
    tables = typed()
    change(
        tables["meta_analyses"], "ma_id", "xu_2024", ev_sources="BM;BMM", rob_overall="Moderat risk"
    )
    change(tables["doses"], "ma_id", "xu_2024", routes="IV;Intranasaal")
    said = refusal(tables)
    assert said.startswith("the tables of the umbrella review: 3 problems")
    assert "'ev_sources' is 'BMM'" in said
    assert "Did you mean 'Moderate risk'?" in said
    assert "'routes' is 'Intranasaal'" in said


def test_an_id_that_stands_twice_is_named_with_the_row_of_the_first():
    tables = typed()
    change(tables["reported_effects"], "effect_id", "E003", effect_id="E002")
    assert "expected a value that no other row has; row 3 has the same" in refusal(tables)


def test_an_impossible_ratio_goes_to_the_ledger():
    tables = typed()
    change(tables["reported_effects"], "effect_id", "E009", estimate=-6.45)
    row = marked(tables, "reported_effects", "effect_id", "E009")
    assert row["unusable"] == "impossible_ratio"


def test_an_unknown_amstar_answer_is_named_with_the_closest():
    tables = typed()
    row = {"line": 2, "row_id": "x", "ma_id": "mou_2025", "item_4": "partialy yes"}
    tables["amstar2"].rows.append(row)
    said = refusal(tables)
    assert "column 'item_4' is 'partialy yes'" in said
    assert "Did you mean 'partial yes'?" in said
