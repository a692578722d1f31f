"""What a folder or a batch of images holds, as numbers and words."""
