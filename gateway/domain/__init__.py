"""The words: frozen values that every room shares. They import msgspec and the errors, nothing else."""
