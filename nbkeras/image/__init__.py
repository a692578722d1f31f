"""Images: reading, changing at random, and streaming them to training."""
