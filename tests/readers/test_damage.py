"""Whatever happens to a file, it is read or refused with words; nothing else escapes."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evpool.errors import InputError
from evpool.readers import read_figure
from tests.readers.projects import FORMATS, save

FILES = sorted(path for path in FORMATS.rglob("*") if path.suffix not in (".py", ".pyc", ""))
FILES = [path for path in FILES if path.is_file()]
QUIET = [HealthCheck.function_scoped_fixture]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
@settings(max_examples=15, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_a_truncated_or_altered_file(tmp_path, path, data):
    content = path.read_bytes()
    start = data.draw(st.integers(0, len(content)))
    length = data.draw(st.sampled_from([0, 1, 5, len(content)]))
    altered = content[:start] + data.draw(st.binary(max_size=4)) + content[start + length :]
    with suppress(InputError):
        read_figure(
            save(tmp_path, altered, path.name), tips=data.draw(st.sampled_from([None, "upper"]))
        )
