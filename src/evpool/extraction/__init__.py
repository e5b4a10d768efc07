"""From files that people typed, digitised or exported to rows of arms."""
