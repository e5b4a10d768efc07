"""From an arm as a paper prints it to one that can be compared: checks, SD, unit, dose, time."""
