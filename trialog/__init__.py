"""The front door: the one package that sees all others, and wires them."""
