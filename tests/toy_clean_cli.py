"""`rrft` with the cleaner of `toy_cleaner`; run as a program, with processes of its own."""

from builders import registry
from cli import main
from tests import toy_cleaner

if __name__ == "__main__":
    registry.cleaners = toy_cleaner.cleaners
    main()
