"""The house holds: imports point one way, light imports stay light, nothing evaluates foreign text."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# evaluators ← builders ← reasonrft ← leaderboards ← cli: each may import what stands before it.
ORDER = ("evaluators", "builders", "reasonrft", "leaderboards", "cli")
SOURCES = sorted(
    [path for package in ORDER[:-1] for path in (ROOT / package).rglob("*.py")] + [ROOT / "cli.py"]
)
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "sympify", "parse_expr", "parse_latex"}


def imported_packages(path: Path) -> set[str]:
    """The first names of all modules that a file imports, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add((node.module or "").partition(".")[0])
    return found


def package_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    allowed = ORDER[: ORDER.index(package_of(path)) + 1]
    found = imported_packages(path)
    assert found & set(ORDER) <= set(allowed)
    assert not found & {"tests", "benchmarks"}  # which no installed package has


def test_the_arrow_test_sees_every_package() -> None:
    assert {package_of(path) for path in SOURCES} == set(ORDER)


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if package_of(p) == "evaluators"], ids=lambda p: p.name
)
def test_graders_open_no_files_and_evaluate_no_text(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }
    # `re.compile` is the one compile that is meant.
    compiled = {
        node.func.value.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "compile"
        and isinstance(node.func.value, ast.Name)
    }
    assert compiled <= {"re"}
    assert not (calls - {"compile"}) & (
        FORBIDDEN_CALLS | {"open", "read_text", "system", "alarm", "signal"}
    )
    assert not imported_packages(path) & {
        "torch",
        "transformers",
        "os",
        "subprocess",
        "pathlib",
        "signal",
        "pickle",
    }


def test_json_of_others_is_read_by_parse() -> None:
    # Elsewhere `json.loads` reads only what this process has made, or drawn for itself.
    assert {
        str(path.relative_to(ROOT)) for path in SOURCES if "json.loads(" in path.read_text()
    } == {
        "builders/card_page.py",  # in an example
        "builders/cleaners/_clevr_files.py",
        "builders/parse.py",
        "builders/repeats.py",
        "builders/task.py",
        "leaderboards/summary.py",
        "reasonrft/grpo.py",
        "reasonrft/nano/architecture.py",
        "reasonrft/nano/tables.py",
    }


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return done.stdout.strip()


def test_importing_the_graders_loads_nothing_heavy() -> None:
    heavy = "{'torch', 'sympy', 'mpmath', 'numpy', 'scipy', 'pandas', 'pydantic', 'typer'}"
    assert run_python(f"import sys, evaluators; print({heavy} & set(sys.modules))") == "set()"


def test_help_loads_nothing_heavy() -> None:
    heavy = "{'torch', 'sympy', 'numpy', 'scipy', 'pandas', 'datasets', 'pydantic'}"
    assert run_python(f"import sys, cli; print({heavy} & set(sys.modules))") == "set()"


def test_a_usual_verdict_needs_no_heavy_import() -> None:
    code = (
        "import sys, evaluators as e; "
        "v = e.grade('<answer>5√3 cm</answer>', e.Number('sqrt(75)')); "
        "print(v.status, {'sympy', 'mpmath', 'numpy', 'scipy'} & set(sys.modules))"
    )
    assert run_python(code) == "correct set()"


def test_public_names_are_complete() -> None:
    import evaluators

    public = {
        name for name, value in vars(evaluators).items()
        if not name.startswith("_") and type(value).__name__ != "module"
    }  # fmt: skip
    assert public == set(evaluators.__all__)
