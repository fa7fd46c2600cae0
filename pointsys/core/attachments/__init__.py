"""Photos that belong to something: decoded and drawn anew, kept below the site's home, told by rows."""
