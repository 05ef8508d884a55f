"""Plays scripts as tests: pytest finds this module through its entry point."""
