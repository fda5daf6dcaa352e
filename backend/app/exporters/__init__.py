"""What leaves the product as a file: pure writers from rows to bytes, without database or web."""
