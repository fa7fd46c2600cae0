"""What is held of people and by what right; notices, requests, erasing and freezing."""
