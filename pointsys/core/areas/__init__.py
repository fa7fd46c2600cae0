"""The tree of areas, from province to grid: ``models`` its tables, ``codes`` the official codes, ``services`` changes."""
