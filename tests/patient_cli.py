"""`rrft` that commits few files at a time, so that a kill finds some commits done and others not."""

from builders import publish
from cli import main

if __name__ == "__main__":
    publish.MOST_FILES_OF_A_COMMIT = 5  # type: ignore[misc]  # smaller than any test's dataset
    main()
