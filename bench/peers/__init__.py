"""Other people's tools on the same rows; each script runs in a virtual environment of its own."""
