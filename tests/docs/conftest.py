"""Makes the example of the hooks page importable, as a plugin that lies in some folder would be."""

import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "docs" / "example"
sys.path.append(str(EXAMPLE))
