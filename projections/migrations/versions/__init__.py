"""One change each; the first line says what, and whether the old code keeps working."""
