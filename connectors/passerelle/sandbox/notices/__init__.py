"""Notifications: what subscriptions are told, and the way to their queues."""
