"""Write the files of the twins anew: python -m evpool.twins [resources]"""

import sys
from pathlib import Path

from evpool.twins.make import TWINS, twin_files


def main(resources="resources"):
    """Write every twin's files below `resources`."""
    for twin in TWINS:
        for name, text in twin_files(Path(resources), twin).items():
            path = Path(resources) / twin / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            print(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
