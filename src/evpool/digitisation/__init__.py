"""What two people read off the same figures, and how far off a reading may be."""
