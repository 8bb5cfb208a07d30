"""What all resources share when a plan is made: steps, references, what is compared and how it is written."""
