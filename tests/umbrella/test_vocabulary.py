"""Spellings and the names they belong to."""

from evpool.umbrella.vocabulary import alike_names, vocabulary

WORDS = vocabulary(
    "diseases", {"Ischemic Stroke": ["Cerebral I/R"], "IUA": ["POI, IUA"], "POI": ["POI, IUA"]}
)


def test_a_spelling_is_read_whatever_its_case_and_spaces():
    assert WORDS.read(" ischemic  STROKE ") == ("Ischemic Stroke",)
    assert WORDS.read("cerebral i/r") == ("Ischemic Stroke",)
    assert WORDS.read("stroke") == ()


def test_a_spelling_under_two_names_belongs_to_both():
    assert WORDS.read("POI, IUA") == ("IUA", "POI")


def test_an_unknown_spelling_suggests_the_merge_or_a_declaration():
    row = {"line": 7, "ma_id": "xu_2024"}
    near = str(WORDS.problem(row, "disease", "Ischaemic stroke"))
    assert "row 7 (xu_2024), column 'disease' is 'Ischaemic stroke'" in near
    assert "`diseases: {Ischemic Stroke: [Ischaemic stroke]}`" in near
    far = str(WORDS.problem(row, "disease", "Gout"))
    assert "declare it under `diseases`" in far


def test_declared_names_that_look_like_one_are_told():
    (message,) = alike_names("diseases", ["Ischemic Stroke", "Sepsis", "Ischaemic Stroke"])
    assert "merge them: `Ischemic Stroke: [Ischaemic Stroke]`" in message
    assert alike_names("diseases", ["Liver Diseases", "Liver Fibrosis", "Kidney Fibrosis"]) == []
