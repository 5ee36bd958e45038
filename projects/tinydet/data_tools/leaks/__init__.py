"""Find pictures of one split that show what a picture of another split shows."""
