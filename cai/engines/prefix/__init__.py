"""What token sequences begin with alike is computed once.

`tree` finds the common prefixes, `stream` lays them out as one unpadded row of tokens, `attention`
lets every token look at what stands before it in its own sequences, `forward` runs the model over
that row, `reading` takes log-probabilities off it, and `probe` tells for which models all this
gives what the plain way gives.
"""
