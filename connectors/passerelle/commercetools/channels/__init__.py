"""Channels: places that supply or sell, and systems that orders go to or come from."""
