"""Preprocessing layers: scaling, adapting to data, random changes of pictures."""
