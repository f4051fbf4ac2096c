"""The estimators, against R's certificates, against independent programs, and on inputs at the edge."""
