"""Accounts, their roles, sessions and one-time links: ``models`` the tables, ``services`` sign-in and granting."""
