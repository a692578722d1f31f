"""Graph attention network for node classification, after keras.io."""

import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(2)
rng = np.random.default_rng(1)
n, classes = 120, 3
labels = rng.integers(0, classes, n)
node_states = np.eye(classes)[labels] + rng.normal(size=(n, classes)) * 0.9
node_states = node_states.astype("float32")
pairs = [
    (i, j) for i in range(n) for j in rng.choice(np.where(labels == labels[i])[0], 4)
]
pairs += [(i, i) for i in range(n)]
edges = np.array(pairs, "int32")
indices = rng.permutation(n)
train_indices, test_indices = indices[:60], indices[60:]


class GraphAttention(layers.Layer):
    def __init__(
        self,
        units,
        kernel_initializer="glorot_uniform",
        kernel_regularizer=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = units
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[0][-1], self.units),
            trainable=True,
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            name="kernel",
        )
        self.kernel_attention = self.add_weight(
            shape=(self.units * 2, 1),
            trainable=True,
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            name="kernel_attention",
        )
        self.built = True

    def call(self, inputs):
        node_states, edges = inputs
        node_states_transformed = ops.matmul(node_states, self.kernel)
        node_states_expanded = ops.take(node_states_transformed, edges, axis=0)
        node_states_expanded = ops.reshape(
            node_states_expanded, (ops.shape(edges)[0], -1)
        )
        attention_scores = ops.leaky_relu(
            ops.matmul(node_states_expanded, self.kernel_attention)
        )
        attention_scores = ops.squeeze(attention_scores, -1)
        attention_scores = ops.exp(ops.clip(attention_scores, -2, 2))
        attention_scores_sum = ops.segment_sum(
            data=attention_scores,
            segment_ids=edges[:, 0],
            num_segments=ops.shape(node_states)[0],
            sorted=False,
        )
        attention_scores_sum = ops.take(attention_scores_sum, edges[:, 0])
        attention_scores_norm = attention_scores / attention_scores_sum
        node_states_neighbors = ops.take(node_states_transformed, edges[:, 1], axis=0)
        out = ops.segment_sum(
            data=node_states_neighbors * attention_scores_norm[:, None],
            segment_ids=edges[:, 0],
            num_segments=ops.shape(node_states)[0],
        )
        return out


class MultiHeadGraphAttention(layers.Layer):
    def __init__(self, units, num_heads=4, merge_type="concat", **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.merge_type = merge_type
        self.attention_layers = [GraphAttention(units) for _ in range(num_heads)]

    def call(self, inputs):
        atom_features, pair_indices = inputs
        outputs = [
            attention_layer([atom_features, pair_indices])
            for attention_layer in self.attention_layers
        ]
        if self.merge_type == "concat":
            outputs = ops.concatenate(outputs, axis=-1)
        else:
            outputs = ops.mean(ops.stack(outputs, axis=-1), axis=-1)
        return ops.relu(outputs)


class GraphAttentionNetwork(keras.Model):
    def __init__(
        self,
        node_states,
        edges,
        hidden_units,
        num_heads,
        num_layers,
        output_dim,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.node_states = node_states
        self.edges = edges
        self.preprocess = layers.Dense(hidden_units * num_heads, activation="relu")
        self.attention_layers = [
            MultiHeadGraphAttention(hidden_units, num_heads) for _ in range(num_layers)
        ]
        self.output_layer = layers.Dense(output_dim)

    def call(self, inputs):
        node_states = self.node_states
        x = self.preprocess(node_states)
        for attention_layer in self.attention_layers:
            x = attention_layer([x, self.edges]) + x
        outputs = self.output_layer(x)
        return ops.take(outputs, inputs, axis=0)


gat_model = GraphAttentionNetwork(node_states, edges, 8, 2, 2, classes)
gat_model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.SGD(0.1, momentum=0.9),
    metrics=[keras.metrics.SparseCategoricalAccuracy(name="acc")],
)
gat_model.fit(
    x=train_indices,
    y=labels[train_indices],
    validation_split=0.1,
    batch_size=30,
    epochs=30,
    verbose=0,
    callbacks=[
        keras.callbacks.EarlyStopping(
            monitor="val_acc", min_delta=1e-5, patience=15, restore_best_weights=True
        )
    ],
)
_, score = gat_model.evaluate(x=test_indices, y=labels[test_indices], verbose=0)
test_probs = keras.activations.softmax(
    ops.convert_to_tensor(gat_model.predict(x=test_indices, verbose=0))
)
print("score", score, ops.convert_to_numpy(test_probs)[0])
