"""Image files: found in folders, inspected, decoded, and kept decoded."""
