"""Units, companies and departments, and the wishes that are sent to them."""
