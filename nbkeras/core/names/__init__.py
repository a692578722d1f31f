"""Names: how they are made, shown and looked up, and what they were called before."""
