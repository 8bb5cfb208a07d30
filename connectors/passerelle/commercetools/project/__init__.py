"""What a project must have before feeds run: its model, and the setup that brings it there."""
