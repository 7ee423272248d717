"""The world: processes, files, environment. Nothing else in the project touches them."""
