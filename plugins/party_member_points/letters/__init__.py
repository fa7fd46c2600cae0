"""Letters to the units that members work for, and the units' liaisons who acknowledge them."""
