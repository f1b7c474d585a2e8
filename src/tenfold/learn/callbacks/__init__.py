"""What listens to a fit, and steers it."""
