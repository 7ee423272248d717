"""Everything that is measured. Importing this fills the table of scenarios."""

from scenarios import asking, crowds, output, starting, staying, web

__all__ = ["asking", "crowds", "output", "starting", "staying", "web"]
