"""The learning-rate finder computed."""
