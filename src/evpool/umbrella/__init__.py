"""Umbrella reviews: what many meta-analyses say together."""
