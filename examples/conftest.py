"""Makes the examples importable as installed packages are, without installing them."""

import sys
from pathlib import Path

sys.path.extend(str(project.parent) for project in sorted(Path(__file__).parent.glob("*/pyproject.toml")))
