import builtins
import io
import zipfile
from datetime import datetime

import pytest

from evpool.errors import InputError
from evpool.readers.spreadsheet import split_sheet
from tests.readers.projects import save

ROWS = [["study_id", "n", "mean"], ["ito_2020", 10, 2.5], [None, None, None], ["roy_2021", 8.0, 2]]


def workbook(folder, rows=ROWS, change=None):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    book.save(folder / "arms.xlsx")
    return folder / "arms.xlsx"


def refused(path, words, **more):
    with pytest.raises(InputError, match=words):
        split_sheet(path, **more)


def test_a_sheet_is_the_header_and_rows_of_its_csv(tmp_path):
    header, rows = split_sheet(workbook(tmp_path))
    assert header == ["study_id", "n", "mean"]
    assert rows == [(2, ["ito_2020", "10", "2.5"]), (4, ["roy_2021", "8", "2"])]


def test_merged_headers_and_formulas_without_a_result(tmp_path):
    def change(book):
        book.active.merge_cells("B1:C1")
        book.active["B2"] = "=5+5"

    refused(
        workbook(tmp_path, change=change), "2 problems(.|\n)*cells B1:C1(.|\n)*cell B2: a formula"
    )


def test_a_number_shown_as_a_percentage_is_refused(tmp_path):
    def change(book):
        for cell, value, shown in [
            ("B2", 0.482, "0.0%"), ("C2", 48.2, '0.0"%"'), ("B4", 48.2, r"0\%"), ("C4", "5%", "0%"),
        ]:  # fmt: skip
            book.active[cell].value, book.active[cell].number_format = value, shown

    words = "1 problem\n.*cell B2: shown as a percentage, but saved as 0.482, a hundredth of that"
    refused(workbook(tmp_path, change=change), words)


def test_one_of_several_sheets_must_be_named(tmp_path):
    path = workbook(tmp_path, change=lambda book: book.create_sheet("notes"))
    refused(path, "sheets Sheet, notes; wanted: just one")
    refused(path, "wanted: arms", sheet="arms")
    assert split_sheet(path, sheet="Sheet")[0] == ROWS[0]


def test_dates_truths_and_empty_columns(tmp_path):
    rows = [["when", "ok", None], [datetime(2025, 3, 1), True, None]]
    _, rows = split_sheet(workbook(tmp_path, rows))
    assert rows == [(2, ["2025-03-01T00:00:00", "true"])]
    refused(workbook(tmp_path, []), "it is empty")


def test_a_file_that_is_no_workbook(tmp_path):
    pytest.importorskip("openpyxl")
    refused(save(tmp_path, "a,b\n1,2\n", "a.xlsx"), "truncated, or no .xlsx")
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as package:
        package.writestr("a.txt", "a")
    refused(save(tmp_path, memory.getvalue(), "b.xlsx"), "truncated, or no .xlsx")


def test_a_workbook_with_any_byte_altered_is_read_or_refused(tmp_path):
    content, told = workbook(tmp_path).read_bytes(), set()
    for place in range(0, len(content), 23):
        altered = bytearray(content)
        altered[place] ^= 0x55
        try:
            split_sheet(save(tmp_path, bytes(altered), "a.xlsx"))
        except InputError as error:
            told.add("truncated, or no .xlsx" in str(error))
    assert True in told


def test_without_openpyxl_the_remedy_is_a_csv(tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **more):
        if name == "openpyxl":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    refused(save(tmp_path, "x", "a.xlsx"), "needs the package openpyxl(.|\n)*CSV UTF-8")
