"""Writing what channels hold."""
