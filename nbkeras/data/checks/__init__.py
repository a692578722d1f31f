"""Data checks, with their error messages.

`values`: equal numbers of rows, NaN and infinity, sample weights.
`inputs`: number, names and shapes of inputs, compared with the model's.
`labels`: shapes, dtypes and ranges of targets, compared with the output and the loss.
`messages`: error messages of `data.arrays`, about data that is not a usable array.

`models.training.batch_preparation` calls them for `fit`, `evaluate` and `predict`: once
for arrays, before the first step; for each batch of a generator.
"""
