"""The kit: a provider to try things with, a CLI that plays recordings, and the checks every plugin must pass.

Nothing is imported here: `echo` works where neither pytest nor hypothesis is installed.
"""
