"""Puts this folder on the import path, so that tests of several kinds can share a module by its name."""
