"""The trial's statistics, kept current: load, endpoints, estimates, figures, and the job that repeats it."""
