"""The interface for programs: ``/api/v1/…`` with tokens, one error shape, and its own description.

``blueprint`` has the kinds of operations that resources are declared with, ``setup`` puts them into an application.
Everything here goes through the services that pages use; nothing is imported by commands.
"""
