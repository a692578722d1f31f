"""TensorFlow 2 (2021): tf.Module, negative samples, and minimize with a function."""

import numpy as np
import tensorflow as tf

tf.random.set_seed(1)
rng = np.random.RandomState(0)
# Words of two groups that only occur beside words of their own group.
vocab_size, embedding_dim, num_ns = 12, 8, 4
group = rng.randint(2, size=800)
targets = 2 * rng.randint(vocab_size // 2, size=800) + group
contexts = 2 * rng.randint(vocab_size // 2, size=800) + group


class Word2Vec(tf.Module):
    def __init__(self, vocab_size, embedding_dim, name=None):
        super().__init__(name=name)
        self.target_embedding = tf.Variable(
            tf.random.normal([vocab_size, embedding_dim], stddev=0.1), name="target"
        )
        self.context_embedding = tf.Variable(
            tf.random.normal([vocab_size, embedding_dim], stddev=0.1), name="context"
        )
        self.seen = tf.Variable(0, trainable=False, dtype=tf.int32)

    @tf.Module.with_name_scope
    def __call__(self, target, context):
        word_emb = tf.gather(self.target_embedding, target)
        context_emb = tf.gather(self.context_embedding, context)
        return tf.einsum("be,bce->bc", word_emb, context_emb)


pairs = []
for context in contexts:
    context_class = tf.expand_dims(tf.constant([context], dtype="int64"), 1)
    negative, _, _ = tf.random.log_uniform_candidate_sampler(
        true_classes=context_class,
        num_true=1,
        num_sampled=num_ns,
        unique=True,
        range_max=vocab_size,
        seed=int(rng.randint(1000)),
        name="negative_sampling",
    )
    pairs.append(np.concatenate([[context], negative.numpy()]))
pairs = np.array(pairs)
labels = np.eye(num_ns + 1)[np.zeros(len(pairs), int)].astype("float32")

model = Word2Vec(vocab_size, embedding_dim)
assert model.name == "word2_vec"
assert len(model.trainable_variables) == 2
assert len(model.variables) == 3
optimizer = tf.keras.optimizers.Adam(0.02)


def loss():
    logits = model(targets, pairs)
    return tf.reduce_mean(
        tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    )


for epoch in range(60):
    optimizer.minimize(loss, model.trainable_variables)
    model.seen.assign_add(len(pairs))
scores = model.target_embedding.numpy() @ model.context_embedding.numpy().T
same = np.arange(vocab_size)[:, None] % 2 == np.arange(vocab_size) % 2
score = float(np.mean((scores > np.median(scores, axis=1, keepdims=True)) == same))
