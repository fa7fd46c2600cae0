"""Changing the site's keys while it works, and retiring the old ones.

``begin`` makes new keys, which every process knows before one writes with them; ``move`` seals and indexes row after
row anew in short transactions; ``retire`` takes the old keys out of the file once nothing needs them. Where a change
stands is read from the values themselves, so that one that was cut off goes on by being started again.
``use`` is what writers ask.
"""
