"""Image files: listing folders, inspecting, decoding and caching."""
