"""What a model gave, as of each epoch that its run kept."""
