"""What does running for real need? Expectations, alerts, backfills, peak mode, backups: above the feeds."""
