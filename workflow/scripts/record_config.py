"""Keep the checked config beside the results."""

from evpool.steps.record_config import record_config
from evpool.tables import log_to, write_text


def main(config, review, refusal):
    """Write the whole config of one review, or fail with the reason for its refusal."""
    write_text(record_config(review, refusal), config)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            **snakemake.output,
            review=snakemake.params.review,
            refusal=snakemake.params.refusal,
        )
