"""Imports: from a sheet to people and to the log, in steps that can stop anywhere without leaving half a thing.

``columns`` knows the headers, ``table`` finds them in a sheet, ``people`` and ``activity_log`` read and judge rows
(create, update, unchanged, duplicate, error), ``staging`` keeps judged rows sealed until somebody agrees,
``apply`` makes them real in one transaction, ``undo`` takes a batch back. ``runner`` puts the steps together for
the command line and for the browser; ``roster`` is the short way for a list of names from a chat.
"""
