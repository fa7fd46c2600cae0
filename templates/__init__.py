"""The core's page templates, installed as ``pointsys.templates`` so that Flask finds them in a wheel too."""
