"""What crosses the wire, and nothing else: Pydantic models. Inputs forbid extras and bound every
field; outputs have no defaults."""
