import json

import pytest

from evpool.errors import InputError
from evpool.steps.record_config import record_config


def test_the_config_is_kept_whole():
    assert json.loads(record_config({"title": "\u03c4"})) == {"title": "\u03c4"}


def test_a_refusal_is_repeated_as_it_was():
    refusal = str(InputError("config/reviews/r.yaml", ["a: unknown key", "b: missing"]))
    with pytest.raises(InputError) as caught:
        record_config(None, refusal)
    assert str(caught.value) == refusal
