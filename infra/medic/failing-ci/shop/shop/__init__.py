"""What a shop needs to know."""
