"""The words, the template and the style of a review's report."""
