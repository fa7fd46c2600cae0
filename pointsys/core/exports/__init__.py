"""Files that lists leave the site as: their register, and those with phones or ID numbers, which are ordered first."""
