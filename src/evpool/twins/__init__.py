"""Synthetic twins: reviews of simulated figures for real study designs, from a stated model.

A twin takes from its real review which studies there are, with their moderators, times and group
sizes, and nothing that was found: true effects come from `resources/<twin>/model.yaml`, animals
from the true effects, and tables or digitised figures from the animals. `python -m evpool.twins`
writes the twins' files anew, byte for byte.
"""
