"""Standalone prices."""
