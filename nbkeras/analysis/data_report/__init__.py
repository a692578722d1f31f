"""What a folder or a batch of pictures holds, as numbers and words."""
