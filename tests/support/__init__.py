"""What tests stand on that is large enough to be a thing of its own."""
