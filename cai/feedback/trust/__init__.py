"""Can the judge be trusted? What is measured of it, and the gate that training must pass."""
