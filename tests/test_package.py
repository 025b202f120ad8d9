"""What is built is what a user installs: a wheel in an empty environment."""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.thorough
def test_the_wheel_works_in_an_empty_environment(tmp_path: Path) -> None:
    # No network: setuptools is the build's only need, and the dependencies are lent by a .pth file.
    source = tmp_path / "source"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "build", "*.egg-info"))
    run(
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        tmp_path / "dist",
        source,
    )
    (wheel,) = (tmp_path / "dist").glob("reason_rft-*.whl")
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel)
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    lent = next(path for path in sys.path if path.endswith("site-packages"))
    (Path(site) / "lent.pth").write_text(lent + "\n")
    rrft = tmp_path / "env" / "bin" / "rrft"
    assert "check" in run(rrft, "--help", cwd=tmp_path)
    assert "strict reading" in run(rrft, "check", ROOT / "examples" / "cases.jsonl", cwd=tmp_path)
    built = run(rrft, "leaderboard", "build", "--out", tmp_path / "site", cwd=tmp_path).strip()
    assert "Super-CLEVR" in Path(built).read_text(encoding="utf-8")
    places = run(
        python,
        "-c",
        "import evaluators, cli; print(evaluators.__file__, cli.__file__)",
        cwd=tmp_path,
    )
    assert all(place.startswith(site) for place in places.split())
    found = "from reasonrft.named_runs import find_run; print(find_run('qwen2-vl-2b-reason-rft'))"
    assert run(python, "-c", found, cwd=tmp_path).startswith(site)


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout
