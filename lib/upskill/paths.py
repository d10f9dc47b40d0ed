"""Where things are, the same from JupyterLab, papermill, nbval and the command line."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
REFERENCE = ROOT / "data" / "reference"
EXAMPLE = ROOT / "data" / "example"
OUTPUTS = ROOT / "outputs"
