"""The closing report: one layer that page, API, command and press kit ask, and nothing else."""
