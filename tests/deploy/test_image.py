"""What the image leaves out is missed by nobody: the product draws pictures and compares texts without it."""

from __future__ import annotations

import fnmatch
import subprocess
import sys
from importlib.metadata import files
from pathlib import Path

import pytest

from deploy.image import slim

ROOT = Path(__file__).resolve().parents[2]

#: Those that name modules; the libraries beside them have other names on other systems.
OF_MODULES = [pattern for pattern in slim.OPTIONAL if not pattern.startswith("pillow.libs/")]
#: Works with pictures of every format that is taken, and with likeness of texts, where nothing optional can be loaded.
_WITHOUT = """
import io, sys
for name in sys.argv[1:]:
    sys.modules[name] = None
from PIL import Image
from kernel.files import images
from rapidfuzz import fuzz
from services.community.domain import brakes
for name in images.FORMATS.values():
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(made, name)
    made.seek(0)
    assert Image.open(made, formats=[name]).size == (40, 30), name
assert fuzz.ratio("a text of somebody", "a text of somebody") == 100
import holidays
assert holidays.country_holidays("DE", years=2026)
"""


def optional_modules() -> list[str]:
    """Returns the names of the extensions that the image leaves out."""
    return [
        f"{str(path.parent).replace('/', '.')}.{path.name.split('.')[0]}"
        for package in ("pillow", "rapidfuzz")
        for path in files(package) or ()
        if path.suffix == ".so" and any(fnmatch.fnmatch(str(path), pattern) for pattern in OF_MODULES)
    ]


def test_what_the_image_leaves_out_is_missed_by_nobody() -> None:
    modules = optional_modules()
    assert {"PIL._avif", "PIL._imagingft", "rapidfuzz.distance.metrics_cpp"} <= set(modules)
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT, *modules], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("pattern", OF_MODULES)
def test_what_is_left_out_is_there_to_be_left_out(pattern: str) -> None:
    packages = Path(next(iter(files("pillow") or ())).locate()).parents[1]
    assert list(packages.glob(pattern)), "the pattern fits nothing any more, so that the image grows"
