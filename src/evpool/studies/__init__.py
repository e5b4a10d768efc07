"""What the studies of a review are: their characteristics, flow, risk of bias and directions."""
