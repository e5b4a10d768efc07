"""Each way in which a typed table can be wrong, and what the reader is told."""

import pytest

from evpool.errors import InputError
from evpool.extraction.columns import ARMS as ARM_COLUMNS
from evpool.extraction.columns import ESTIMATES
from evpool.extraction.columns import STUDIES as STUDY_COLUMNS
from evpool.extraction.delimited import read_input
from evpool.extraction.typed import read_typed
from evpool.steps.extract_arms import check_studies, extract_arms
from tests.conftest import ARMS, STUDIES

WANTED = {"outcome": "bbb", "timepoint": "first"}


def extract(paths, wanted=WANTED, unusable="stop", kind="means", sd_rule="exclude", combine=()):
    table = read_input(paths[0], ESTIMATES if kind == "estimates" else ARM_COLUMNS)
    studies = read_input(paths[1], STUDY_COLUMNS)
    check_studies(studies)
    choices = {"kind": kind, "sd_rule": sd_rule, "unusable": unusable, "combine": combine}
    return extract_arms(table, studies, "demo", "bbb_first", wanted, **choices)


def message(paths, **options):
    with pytest.raises(InputError) as caught:
        extract(paths, **options)
    return str(caught.value)


def test_sound_tables_give_one_row_an_arm(typed):
    rows = extract(typed())
    assert [row["study_id"] for row in rows[::2]] == ["ito_2020", "roy_2021", "lee_2022"]
    assert rows[0] | {"n": 10.0, "mean": 2.5, "error": 0.8, "error_type": "sd"} == rows[0]
    assert (rows[0]["label"], rows[0]["year"], rows[0]["source_group"]) == (
        "Ito 2020",
        2020,
        "marrow",
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("ito_2020,bbb,first,treatment,10,2.5", "ito_2020,bbb,first,treatment,10,ca. 2.5",
         "row 2, column 'mean' is 'ca. 2.5': expected a number"),
        ("treatment,10,", "treatment,1e400,", "column 'n' is '1e400': expected a number"),
        ("treatment,10,", "treatment,0,", "row 2 (ito_2020, bbb, first, treatment), column 'n' is "
         "0.0: expected at least 2 animals (one has no SD)"),
        ("treatment,10,", "treatment,1,", "column 'n' is 1.0: expected at least 2 animals"),
        ("treatment,10,", "treatment,2.5,", "column 'n' is 2.5: expected a whole number"),
        ("treatment,10,", "treatment,,", "column 'n' is empty: expected the number of animals"),
        ("2.5,0.8", "2.5,0", "column 'sd' is 0.0: expected a sd above 0"),
        ("2.5,0.8", "2.5,-0.8", "column 'sd' is -0.8: expected a sd above 0"),
        ("2.5,0.8", "2.5,", "column 'sd' is empty: expected the arm's SD"),
        ("2.5,0.8", ",0.8", "column 'mean' is empty: expected the arm's mean"),
        ("ito_2020,bbb,first,treatment", "ito_2021,bbb,first,treatment",
         "column 'study_id' is 'ito_2021': expected a study of studies.csv. Add the study to "
         "studies.csv, or correct the id. Did you mean 'ito_2020'?"),
        ("ito_2020,bbb,first,control,9,1.2,0.7\n", "",
         "column 'role' is 'treatment': expected a control arm beside it"),
        ("ito_2020,bbb,first,control,9", "ito_2020,bbb,first,treatment,9",
         "row 3 (ito_2020, bbb, first, treatment), column 'role' is 'treatment': expected one "
         "treatment arm in a comparison, but row 2 is one too"),
        ("ito_2020,bbb,first,treatment", "ito_2020,bbb,first,treated",
         "column 'role' is 'treated': expected one of treatment, control, sham. Correct the cell. "
         "Did you mean 'treatment'?"),
        ("ito_2020,bbb,first,treatment,10,2.5,0.8", "ito_2020,bbb,first,treatment,10,2.5,0.8,x",
         "row 2, column 'sd' is '8 cells': expected 7 cells"),
        ("2.5,0.8", '"2,5",0.8', "'mean' is '2,5': expected a number. Write a decimal point"),
    ],
)  # fmt: skip
def test_a_broken_cell_is_named_with_place_value_and_remedy(typed, old, new, expected):
    assert old in ARMS
    text = message(typed(arms=ARMS.replace(old, new, 1)))
    assert "arms.csv: " in text
    assert expected in text


def test_two_controls_in_one_comparison(typed):
    text = message(typed(arms=ARMS + "ito_2020,bbb,first,control,9,1.3,0.5\n"))
    assert (
        "row 8 (ito_2020, bbb, first, control), column 'role' is 'control': expected one " in text
    )
    assert "row 3 is one too. Number the comparisons of the study in a column 'comparison'" in text


def test_a_duplicated_row(typed):
    text = message(typed(arms=ARMS + "lee_2022,bbb,first,control,12,1.1,0.4\n"))
    assert "expected no row twice, but row 7 says the same. Remove one of them." in text


def test_every_problem_of_the_file_is_told_at_once(typed):
    broken = ARMS.replace("treatment,10,2.5", "treated,0,much").replace("control,12", "control,1")
    text = message(typed(arms=broken))
    for expected in ("'treated'", "'n' is 0.0", "'much'", "row 7", "'n' is 1.0"):
        assert expected in text
    assert text.startswith(text.split(":")[0] + ": 4 problems")


def test_problems_of_other_outcomes_do_not_stop_this_one(typed):
    other = "ito_2020,grip,first,treatment,0,2.5,0.8\nito_2020,grip,first,control,9,1.2,0.7\n"
    assert len(extract(typed(arms=ARMS + other))) == 6
    assert "'n' is 0.0" in message(typed(arms=ARMS + other), wanted={"outcome": "grip"})


def test_an_outcome_that_no_row_has(typed):
    text = message(typed(), wanted={"outcome": "bbq", "timepoint": "first"})
    assert "outcome 'bbb_first' has no rows: none has outcome = 'bbq', timepoint = 'first'" in text
    assert "The table has outcome: bbb; timepoint: first" in text


def test_selecting_by_a_column_that_is_not_there(typed):
    text = message(typed(), wanted={"time_point": "first"})
    assert "column 'time_point', which the table lacks. Did you mean 'timepoint'?" in text


@pytest.mark.parametrize("missing", ["study_id", "outcome", "role", "n", "mean", "sd"])
def test_a_misspelt_column_is_suggested(typed, missing):
    header, rows = ARMS.split("\n", 1)
    misspelt = [name + "s" if name == missing else name for name in header.split(",")]
    text = message(typed(arms=",".join(misspelt) + "\n" + rows))
    assert f"column {missing!r} is missing. Did you mean {missing + 's'!r}?" in text


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "the table is empty; it needs a header line and rows"),
        (ARMS.split("\n")[0] + "\n", "the table has a header but no rows"),
        ("study_id,mean,mean\n", "column 'mean' appears 2 times; keep one"),
        (ARMS.replace("Ito", "I\xf6").replace("ito", "it\xf6").encode("latin-1"), "is not UTF-8"),
    ],
)
def test_an_unreadable_table(typed, content, expected):
    assert expected in message(typed(arms=content))


def test_a_missing_table(typed, tmp_path):
    paths = typed()
    assert "there is no such file" in message((tmp_path / "none.csv", paths[1]))


def test_a_number_too_long_for_a_number_is_text_or_refused(typed):
    long = "99999999999999999999"
    rows = extract(typed(studies=STUDIES.replace("marrow", long).replace("fat", "7")))
    assert rows[0]["source_group"] == long
    paths = typed(studies=STUDIES.replace(",2020,", f",{long},"))
    assert f"column 'year' is '{long}': expected a whole number" in message(paths)


def test_a_study_listed_twice_and_a_reserved_column(typed):
    text = message(typed(studies=STUDIES + "ito_2020,Ito,2020,fat\n"))
    assert "row 5, column 'study_id' is 'ito_2020': expected a study once, but row 2" in text
    text = message(typed(studies=STUDIES.replace("source_group", "vi")))
    assert "column 'vi' has the name of a results column; rename it" in text


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + ARMS.encode(),
        ARMS.replace("\n", "\r\n").encode(),
        ARMS.replace(",", ";").replace(".", ",").encode(),
        b"\xef\xbb\xbf" + ARMS.replace(",", ";").replace(".", ",").encode(),
        ARMS.replace(",", "\t").encode(),
    ],
)
def test_what_a_spreadsheet_saves_is_read_rightly(typed, content):
    plain = extract(typed())
    again = extract(typed(arms=content))
    numbers = ("n", "mean", "error", "role", "study_id")
    assert [[row[n] for n in numbers] for row in again] == [
        [row[n] for n in numbers] for row in plain
    ]


def test_a_workbook_is_read_like_a_table(typed, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    paths = typed()
    book = openpyxl.Workbook()
    for line in ARMS.splitlines():
        cells = line.split(",")
        book.active.append([float(c) if c.replace(".", "").isdigit() else c for c in cells])
    book.save(tmp_path / "arms.xlsx")
    numbers = ("n", "mean", "error", "role", "study_id")
    again = extract((tmp_path / "arms.xlsx", paths[1]))
    assert [[row[n] for n in numbers] for row in again] == [
        [row[n] for n in numbers] for row in extract(paths)
    ]
    book.active["E2"] = "ten"
    book.save(tmp_path / "arms.xlsx")
    assert "arms.xlsx: 1 problem" in message((tmp_path / "arms.xlsx", paths[1]))


def test_a_thousands_separator_is_refused_even_between_semicolons(typed):
    text = ARMS.replace(",", ";").replace(".", ",").replace("2,5", "1.002,5", 1)
    assert "column 'mean' is '1.002,5': expected a number" in message(typed(arms=text))


def test_a_moderator_with_decimal_commas_is_a_number_between_semicolons_only(typed):
    def doses(low, high, separator=";"):
        lines = zip(STUDIES.splitlines(), ("dose", low, high, ""), strict=True)
        text = "".join(f"{line.replace(',', separator)}{separator}{dose}\n" for line, dose in lines)
        return [row["dose"] for row in extract(typed(studies=text))[::2]]

    assert doses("2,5", "10") == [2.5, 10.0, None]
    assert doses("2,5", "ca. 10") == ["2,5", "ca. 10", None]
    assert doses('"2,5"', "10", ",") == ["2,5", "10", None]
    arms = "".join(
        f"{line.replace(',', ';').replace('.', ',')};{'week' if place == 0 else '0,5'}\n"
        for place, line in enumerate(ARMS.splitlines())
    )
    assert {row["week"] for row in extract(typed(arms=arms))} == {0.5}


def test_unusable_rows_may_go_to_the_ledger_but_structure_never(typed):
    rows = extract(typed(arms=ARMS.replace("2.5,0.8", "2.5,0")), unusable="ledger")
    assert [row["unusable"] for row in rows] == ["sd_not_positive", *[None] * 5]
    assert "column 'sd' is 0.0" in rows[0]["detail"]
    text = message(typed(arms=ARMS.replace("treatment", "treated", 1)), unusable="ledger")
    assert "'treated'" in text


COUNTS = """study_id,outcome,role,n,events
ito_2020,death,treatment,10,2
ito_2020,death,control,9,5
"""


def test_counts_need_events_and_no_mean(typed):
    wanted = {"outcome": "death"}
    rows = extract(typed(arms=COUNTS), wanted, kind="counts")
    assert [(row["events"], row["n"], row["mean"]) for row in rows] == [(2, 10, None), (5, 9, None)]
    text = message(typed(arms=COUNTS.replace("10,2", "10,12")), wanted=wanted, kind="counts")
    assert "column 'events' is 12.0: expected a whole number from 0 to n" in text
    text = message(typed(arms=COUNTS.replace("9,5", "9,")), wanted=wanted, kind="counts")
    assert "column 'events' is empty" in text


PUBLISHED = """study_id,outcome,measure,estimate,ci_low,ci_high,se,n_t
ito_2020,mar,SMD,5.28,-0.06,10.63,,
roy_2021,mar,SMD,12.08,,,2.2,6
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("12.08,,,2.2", "12.08,,,", "column 'se' is empty: expected an se, a variance, ci_low"),
        ("12.08,,,2.2", "12.08,,,0", "column 'se' is 0.0: expected a value above 0"),
        ("-0.06,10.63", "11,10.63", "column 'ci_low' is 11.0: expected a limit below ci_high"),
        ("5.28,-0.06", "11.28,-0.06", "'estimate' is 11.28: expected an estimate inside its own"),
        ("12.08,,,2.2", ",,,2.2", "column 'estimate' is empty: expected the published effect"),
        ("roy_2021,mar", "ito_2020,mar", "column 'comparison' is empty: expected one estimate of a "
         "comparison, but row 2 is one too. Number the study's `comparison`s, or take"),
        ("2.2,6", "2.2,6.5", "column 'n_t' is 6.5: expected a whole number of animals, 1 or more"),
        ("2.2,6", "2.2,0", "column 'n_t' is 0.0: expected a whole number of animals, 1 or more"),
    ],
)  # fmt: skip
def test_published_estimates(typed, old, new, expected):
    options = {"wanted": {"outcome": "mar"}, "kind": "estimates"}
    assert [row["role"] for row in extract(typed(arms=PUBLISHED), **options)] == ["contrast"] * 2
    assert expected in message(typed(arms=PUBLISHED.replace(old, new)), **options)


def numbered(text, *numbers):
    """Give the rows of a table a `comparison` each."""
    cells = ["comparison", *numbers]
    return "".join(f"{c},{line}\n" for c, line in zip(cells, text.splitlines(), strict=True))


def test_several_estimates_of_a_study_are_told_apart_by_their_number(typed):
    twice = PUBLISHED.replace("roy_2021", "ito_2020")
    options = {"wanted": {"outcome": "mar"}, "kind": "estimates"}
    rows = extract(typed(arms=numbered(twice, 1, 2)), **options)
    assert [(row["comparison"], row["estimate"]) for row in rows] == [(1, 5.28), (2, 12.08)]
    text = message(typed(arms=numbered(twice, "", 1)), **options)
    assert "row 3 (ito_2020, mar), column 'comparison' is 1: expected one estimate of a" in text
    other = numbered(twice, 1, 1).replace(",mar,SMD,12", ",mar 2,SMD,12")
    text = message(typed(arms=other), **options | {"wanted": {"outcome": ["mar", "mar 2"]}})
    assert "expected one estimate of a comparison, but row 2 is one too" in text


def test_comparisons_are_numbered_from_one_and_an_empty_number_is_one(typed):
    options = {"wanted": {"outcome": "death"}, "kind": "counts"}
    assert len(extract(typed(arms=numbered(COUNTS, "", 1)), **options)) == 2
    text = message(typed(arms=numbered(COUNTS, 0, 0)), **options)
    assert "row 3 (ito_2020, death, control), column 'comparison' is 0: expected a number" in text
    more = COUNTS + COUNTS.split("\n", 1)[1].replace(",2", ",3").replace(",5", ",6")
    text = message(typed(arms=numbered(more, "", "", 1, 1)), **options)
    assert "expected one treatment arm in a comparison, but row 2 is one too" in text


def typed_errors(kind):
    """ARMS with the first arm's error of the given kind, the others SDs."""
    lines = ARMS.replace(",sd", ",error,error_type").splitlines()
    return "\n".join([lines[0], f"{lines[1]},{kind}", *(f"{line},sd" for line in lines[2:])])


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        (",sem", "column 'error_type' is 'sem': expected sd, or nothing, beside an 'sd'. Move the"),
        (",unknown", "column 'error_type' is 'unknown': expected sd, or nothing"),
        ("0.4,ci95", "column 'error_type' is 'ci95': expected sd, or nothing"),
        ("0.4,", "column 'error' is 0.4: expected nothing beside the sd 0.8, or the same"),
        (",", None),
        (",sd", None),
        ("0.8,sd", None),
    ],
)
def test_an_sd_is_one_and_nothing_beside_it_says_otherwise(typed, beside, expected):
    lines = ARMS.replace("mean,sd", "mean,sd,error,error_type").splitlines()
    rows = [lines[0], f"{lines[1]},{beside}", *(f"{line},," for line in lines[2:])]
    paths = typed(arms="\n".join(rows) + "\n")
    if expected:
        assert expected in message(paths, unusable="ledger", sd_rule="assume_sem")
    else:
        assert (extract(paths)[0]["error"], extract(paths)[0]["error_type"]) == (0.8, "sd")


@pytest.mark.parametrize("rule", ["exclude", "assume_sem", "assume_sd", "impute_cv"])
def test_an_unknown_error_bar_never_stops_the_run_but_is_marked(typed, rule):
    rows = extract(typed(arms=typed_errors("unknown")), sd_rule=rule)
    assert [row["unusable"] for row in rows] == ["error_type_unknown", *[None] * 5]
    assert "choose an `sd_rule`" in rows[0]["detail"]


def test_an_error_bar_must_say_what_it_is_or_that_it_is_unknown(typed):
    text = message(typed(arms=typed_errors("")))
    assert "column 'error_type' is empty: expected what the error is. Write what the bar" in text
    text = message(typed(arms=typed_errors("none")))
    assert "column 'error' is 0.8: expected no error beside the error_type 'none'" in text
    rows = extract(typed(arms=typed_errors("none").replace(",0.8", ",")))
    assert rows[0]["unusable"] == "no_error_bar"


def test_a_normalised_difference_needs_its_sham(typed):
    text = message(typed(), kind="means_with_sham")
    assert "expected a sham arm beside it" in text


def test_the_history_starts_with_what_was_typed_and_the_line_is_found_again(typed):
    paths = typed()
    rows = extract(paths)
    assert rows[0]["history"].startswith("extract: treatment: n 10, mean 2.5, error 0.8, error_ty")
    lines = {row["row_id"]: row["line"] for row in read_typed(paths[0]).rows}
    assert lines[rows[1]["row_id"]] == 3


def test_why_an_arm_is_set_aside_stays_true_when_a_row_is_inserted_above_it(typed):
    # Its own rows are the same then, so the outcome is not extracted again.
    broken = ARMS.replace("control,9,1.2", "control,,1.2")
    first, *rest = broken.splitlines(keepends=True)
    longer = "".join([first, "ito_2020,vas,first,control,9,3.0,0.7\n", *rest])
    told = [[row["detail"] for row in extract(typed(arms), unusable="ledger")]
            for arms in (broken, longer)]  # fmt: skip
    assert told[0] == told[1]
    assert told[0][1].startswith("column 'n' is empty: expected the number of animals in the arm. ")


WIDE = """study_id,outcome,role,n,mean,sd,median,q1,q3,min,max,t_value,p_value
ito_2020,bbb,treatment,10,2.5,,,2,3,,,,
ito_2020,bbb,control,9,,,1.2,1,1.5,0.5,2,,
roy_2021,bbb,treatment,8,2.1,,,,,,,2.9,
roy_2021,bbb,control,8,1.0,,,,,,,,
lee_2022,bbb,treatment,12,1.9,,,,,,,,0.03
lee_2022,bbb,control,12,1.1,0.4,,,,,,,
"""


def test_quartiles_extremes_and_tests_stand_for_an_sd(typed):
    rows = extract(typed(arms=WIDE), wanted={"outcome": "bbb"})
    assert [row["unusable"] for row in rows] == [None] * 6
    assert (rows[0]["q1"], rows[1]["max"], rows[2]["t_value"], rows[4]["p_value"]) == (
        2,
        2,
        2.9,
        0.03,
    )
    assert "median 1.2, q1 1, q3 1.5, min 0.5, max 2" in rows[1]["history"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("2.5,,,2,3", "2.5,,,2,", "column 'q3' is empty: expected a value beside q1"),
        ("2.5,,,2,3", "2.5,,,3,2", "column 'q3' is 2.0: expected min <= q1 <= median <= q3 <= max"),
        ("2.5,,,2,3", "2.5,,,2,2", "column 'q3' is 2.0: expected a value different from q1"),
        ("1.2,1,1.5", "1.7,1,1.5", "column 'q3' is 1.5: expected min <= q1 <= median"),
        ("9,,,1.2,1,1.5,0.5,2", "9,3,,1.2,1,1.5,0.5,2", "'mean' is 3.0: expected a mean from"),
        ("9,,,1.2,", "9,,,,", "column 'mean' is empty: expected the arm's mean (or its median"),
        ("2.9,", "0,", "column 't_value' is 0.0: expected a t that is not 0"),
        ("2.1,", "1.0,", "column 'mean' is 1.0: expected a mean other than the control's"),
        (",0.03", ",1.2", "column 'p_value' is 1.2: expected the exact two-sided P value"),
        (",0.03", ",<0.05", "column 'p_value' is '<0.05': expected a number. A bound is no value"),
        ("2.9,", ",", "row 4 (roy_2021, bbb, treatment), column 'sd' is empty: expected"),
    ],
)  # fmt: skip
def test_numbers_that_give_no_sd_are_named(typed, old, new, expected):
    assert old in WIDE
    text = message(typed(arms=WIDE.replace(old, new, 1)), wanted={"outcome": "bbb"})
    assert expected in text


@pytest.mark.parametrize("typed_n", ["8-10", "8 – 10", "8 to 10"])
def test_a_range_of_n_takes_its_lower_end_and_says_so(typed, typed_n):
    rows = extract(typed(arms=ARMS.replace("treatment,10,", f"treatment,{typed_n},", 1)))
    assert (rows[0]["n"], rows[0]["flags"]) == (8, "n_lower_end")
    assert f"n {typed_n} is a range: its lower end 8 is taken" in rows[0]["history"]
    assert rows[1]["flags"] is None


def test_a_range_of_n_must_rise_and_stands_in_no_other_column(typed):
    text = message(typed(arms=ARMS.replace("treatment,10,2.5", "treatment,10-8,2-3", 1)))
    assert "column 'n' is '10-8': expected a range in rising order" in text
    assert "column 'mean' is '2-3': expected a number" in text


def test_several_arms_of_a_role_are_sound_where_the_review_combines_them(typed):
    more = ARMS + "ito_2020,bbb,first,treatment,10,3.5,0.8\n"
    assert "name the study under the outcome's `combine`" in message(typed(arms=more))
    rows = extract(typed(arms=more), combine=[{"study_id": "ito_2020", "reason": "x"}])
    assert len(rows) == 7
    other = [{"study_id": "ito_2020", "comparison": 2, "reason": "x"}]
    assert "expected one treatment arm" in message(typed(arms=more), combine=other)


@pytest.mark.parametrize("typed_n", ["999", "9999", "-1", "-99"])
def test_a_code_for_a_missing_n_is_refused_once_or_set_aside(typed, typed_n):
    paths = typed(arms=ARMS.replace("treatment,10,", f"treatment,{typed_n},", 1))
    text = message(paths)
    assert (
        "expected the number of animals, not a code for a missing value. If it stands for" in text
    )
    assert "arms.csv: 1 problem\n" in text
    rows = extract(paths, unusable="ledger")
    assert [row["unusable"] for row in rows] == ["sentinel_value", *[None] * 5]


def test_a_code_for_a_missing_mean_or_sd_is_refused_where_it_is_implausible(typed):
    text = message(typed(arms=ARMS.replace("2.5,0.8", "-999,-1", 1)))
    assert "column 'mean' is -999.0: expected a mean, not a code for a missing value" in text
    assert "column 'sd' is -1.0: expected a sd, not a code for a missing value" in text
    assert "arms.csv: 2 problems\n" in text


def test_a_label_that_says_a_time_is_a_time(typed):
    paths = typed(arms=ARMS.replace("first", "4 weeks"))
    rows = extract(paths, wanted={"outcome": "bbb"})
    assert {(row["timepoint"], row["time"], row["time_unit"]) for row in rows} == {
        ("4 weeks", 4.0, "wk")
    }
    assert "extract: timepoint 4 weeks is read as 4 wk" in rows[0]["history"]
