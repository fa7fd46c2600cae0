"""The tree of areas, province to grid: ``models`` its tables, ``codes`` the official codes, ``services`` changes."""
