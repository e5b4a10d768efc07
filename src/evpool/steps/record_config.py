"""Keep the checked config of a review; refuse for good what the check refused."""

import json

from evpool.errors import InputError


def record_config(review, refusal=None):
    """Return the whole config of one review as JSON text.

    Parameters
    ----------
    review : dict or None
        What `config.complete_review` returned.
    refusal : str, optional
        Why the config was refused.

    Raises
    ------
    InputError
        If there is a refusal.
    """
    if refusal:
        where, *problems = refusal.split("\n")
        raise InputError(where.rpartition(": ")[0], [p.removeprefix("  - ") for p in problems])
    return json.dumps(review, indent=2, ensure_ascii=False) + "\n"
