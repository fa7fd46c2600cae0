"""The bundled plugins, installed as ``pointsys.plugins``.

The folder stands beside ``pointsys/`` so that a plugin is one folder to read, copy or delete.
"""

# Imported under any other name, every model would be declared a second time.
if __name__ != "pointsys.plugins":
    raise ImportError("import the bundled plugins as pointsys.plugins, not as " + __name__)
