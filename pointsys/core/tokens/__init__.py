"""Named keys of the REST interface: ``models`` the tables, ``services`` making, revoking, loading and counting."""
