"""What the office does with a wish that came in: publish, return, reject, convert; the text scanner."""
