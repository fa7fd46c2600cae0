"""The command line, one module for each command group.

``frame`` is what they stand on: lazy loading, the site's application, refusals and exit codes; ``texts`` speaks
the site's language without an application; ``console`` prints results, tables and progress. A command that is
not asked for is not imported, so that the small ones start at once.
"""
