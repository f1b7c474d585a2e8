"""Which pairs of images show the same shot. `pairs.find_pairs` is the way in."""
