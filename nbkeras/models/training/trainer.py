"""What users call to train, evaluate and predict; everything is delegated."""

from nbkeras.models.training import (
    compile_ahead,
    custom_step_errors,
    evaluate_predict,
    fitting,
    on_batch,
)


class Trains:
    """Mixed into Model: fit, evaluate, predict, and the same for single batches."""

    @property
    def epochs_done(self):
        """Whole epochs that the weights have been trained for, over all fits."""
        return self._epochs_done

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        class_weight=None,
        sample_weight=None,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
        validation_freq=1,
        background=False,
        **old,
    ):
        """Train for a number of epochs; returns the History.

        A second `fit` goes on from the weights and the optimizer's state of the first,
        with the next orders of rows: 2 + 2 epochs are the same as 4.

        Args:
            x: array, list or dict of arrays, DataFrame, generator, Sequence, or any
                iterable of batches (x, y) or (x, y, sample_weight).
            y: targets, where x does not bring them.
            batch_size: rows a step; 32 if not given.
            epochs: number of the last epoch (the first is `initial_epoch`).
            verbose: 0 nothing, 1 a moving line, 2 a line an epoch, "auto" the display
                that suits the place.
            callbacks: list of Callback.
            validation_split: fraction of the last rows kept for validation.
            validation_data: (x, y), (x, y, weights) or an iterable of batches.
            shuffle: whether rows are drawn in a new order each epoch.
            class_weight: {class number: factor of its samples' loss}.
            sample_weight: (rows,) factors of the samples' loss.
            initial_epoch: where to count from, to go on with an earlier fit.
            steps_per_epoch: batches an epoch; all if not given.
            validation_steps: batches of a validation; all if not given.
            validation_batch_size: rows a validation step.
            validation_freq: every how many epochs to validate, or a list of epochs.
            background: True trains on a thread and returns a `train.Run` at once,
                with pause, resume, step, stop, wait and learning_rate. `predict`
                meanwhile uses the weights of the last step done.
            old: Keras 1 and 2 spellings such as nb_epoch.

        Raises:
            ValueError: data or arguments that cannot work, before any step.
            KeyboardInterrupt: after Ctrl-C, at a step edge; model, optimizer and
                `model.history` are whole, and fit can go on.
        """
        self._need_compile("fit")
        given = dict(
            x=x,
            y=y,
            batch_size=batch_size,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_split=validation_split,
            validation_data=validation_data,
            shuffle=shuffle,
            class_weight=class_weight,
            sample_weight=sample_weight,
            initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
            validation_batch_size=validation_batch_size,
            validation_freq=validation_freq,
            **old,
        )
        return fitting.fit(self, given, background)

    def compile_ahead(self, x=None, y=None, batch_size=None, tasks="fit"):
        """Begin to compile what `fit` will run, on a thread; returns at once.

        A following `fit` with data of these shapes and dtypes takes the compiled step,
        or waits for it if it is under way; with others it compiles its own. Numbers
        are the same either way. Data with sample weights is another shape.

        Args:
            x: the data, of which only shape, dtype and number of rows are looked at,
                or `jax.ShapeDtypeStruct`; by default floats for the model's `Input`.
            y: targets likewise; by default what the loss takes for the outputs.
            batch_size: rows a step; 32 if not given.
            tasks: "fit", "evaluate" or "predict", or a list of these.

        Returns:
            A handle with `status` ("waiting", "compiling", "ready", "failed" or
            "cancelled"), `error`, `wait(timeout)` and `cancel()`. It raises nothing:
            if it fails, `fit` compiles.

        Raises:
            ValueError, TypeError: no shapes can be found in what was given.
        """
        if tasks != "predict":
            self._need_compile("compile_ahead")
        return compile_ahead.compile_ahead(self, x, y, batch_size, tasks)

    def evaluate(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose="auto",
        sample_weight=None,
        steps=None,
        callbacks=None,
        return_dict=False,
        **old,
    ):
        """Loss and metrics on data; a number, a list, or with return_dict a dict."""
        self._need_compile("evaluate")
        given = dict(
            x=x,
            y=y,
            batch_size=batch_size,
            verbose=verbose,
            sample_weight=sample_weight,
            steps=steps,
            callbacks=callbacks,
            **old,
        )
        found = evaluate_predict.evaluate(self, given)
        return found if return_dict else self._in_order(found)

    def predict(
        self, x, batch_size=None, verbose="auto", steps=None, callbacks=None, **old
    ):
        """Outputs for `x` as NumPy arrays, rows in order; needs no compile."""
        given = dict(
            x=x,
            batch_size=batch_size,
            verbose=verbose,
            steps=steps,
            callbacks=callbacks,
            **old,
        )
        return evaluate_predict.predict(self, given)

    def train_on_batch(
        self, x, y=None, sample_weight=None, class_weight=None, return_dict=False
    ):
        """One optimisation step on one batch; the batch's loss and metrics."""
        self._need_compile("train_on_batch")
        found = on_batch.train(self, x, y, sample_weight, class_weight)
        return found if return_dict else self._in_order(found)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Loss and metrics of one batch."""
        self._need_compile("test_on_batch")
        found = on_batch.test(self, x, y, sample_weight)
        return found if return_dict else self._in_order(found)

    def predict_on_batch(self, x):
        """Outputs of one batch as NumPy arrays."""
        return on_batch.predict(self, x)

    def _in_order(self, found):
        values = [found[name] for name in self._objective.names if name in found]
        return values[0] if len(values) == 1 else values

    def _need_compile(self, what):
        custom_step_errors.refuse(self, what)
        if not self.compiled:
            raise RuntimeError(
                f"{what} needs a compiled model, and {self.name!r} is not compiled. "
                "Write first: model.compile(optimizer='adam', "
                "loss='categorical_crossentropy', metrics=['accuracy'])."
            )
