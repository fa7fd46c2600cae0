"""The append-only log of what people did.

``models`` holds the tables, ``kinds`` the activity kinds, ``record`` the one way in, ``decisions`` confirming,
rejecting and voiding, ``policy`` who may confirm what, ``credit`` the minutes an entry is worth, ``queries`` lists.
"""
