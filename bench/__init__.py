"""The workloads that are measured, and what each is compared with."""
