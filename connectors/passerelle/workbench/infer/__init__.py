"""Infer: a first draft of a mapping from a sample."""

from .drafting import infer, profile_sample
from .guess import Guess, Layout
from .layouts import guess_layout

__all__ = ["Guess", "Layout", "guess_layout", "infer", "profile_sample"]
