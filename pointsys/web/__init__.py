"""Pages of the core. ``access`` declares who may open what; the other modules are one blueprint each."""
