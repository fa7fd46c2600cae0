"""What is measured, beside what: ``python -m benchmarks`` prints ratios and rates next to the goals.

``databases`` gives each engine a place of its own, ``town`` fills a site and ``log`` gives it a long log. ``record``,
``imports``, ``start``, ``reads`` (with ``probe``) and ``memory`` are the measurements. Each runs in a process of its
own, so that its memory is its own; ``report`` prints what they return.
Figures vary from machine to machine and hour to hour: ratios within one run are what counts.
"""
