"""Any engine on the workers of a Ray cluster: the same results from many machines."""
