"""A fictional sub-district to look around in: who lives there, what they did in twelve months, who may sign in.

``story.toml`` and ``names.toml`` hold the tale, ``people`` the inhabitants, ``schedule`` the days on which things
happened, ``year`` the entries, ``cases`` the odd ones that staff have to deal with, ``accounts`` who signs in.
``make`` tells it all through the same services that the pages use, on a clock that runs through those months.
"""
