"""Do the numbers that a paper prints agree with one another? No data are needed to ask."""
