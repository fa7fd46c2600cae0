"""Awards, deductions, vetoes and sessions."""
