"""What holds the shape of the code: direction of imports, sizes, names, packaging, purity of the facts."""
