"""The ground floor: names, arguments, seeds and messages. Knows no layer and no model."""
