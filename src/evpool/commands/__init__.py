"""What the command `evpool` does."""
