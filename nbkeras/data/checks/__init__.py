"""Data checks, with their error messages.

`values`: for any data, rows of equal number, NaN and infinity, sample weights.
`inputs`: the number and shapes of inputs against those of the model.
`labels`: targets against the output and the loss: shapes, kinds and ranges of labels.
`messages`: the texts about what is no usable array at all, for `data.arrays`.

`fit`, `evaluate` and `predict` call them from `models.training.batch_preparation`:
arrays once before the first step, batches of a generator one by one.
"""
