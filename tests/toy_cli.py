"""`rrft` with the tasks of `toy_task`; run as a program, with processes of its own."""

from builders import registry
from cli import main
from tests import toy_task

if __name__ == "__main__":
    registry.tasks = toy_task.tasks
    main()
