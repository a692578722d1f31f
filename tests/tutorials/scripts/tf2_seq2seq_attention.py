"""tf.keras (2019): seq2seq with Bahdanau attention reverses short words."""
# 带注意力机制的序列到序列模型

import numpy as np
import tensorflow as tf

tf.random.set_seed(7)
np.random.seed(7)

# 超参数
BATCH_SIZE = 64
embedding_dim = 16
units = 48
EPOCHS = 14
length = 4
vocab = list("abcdef")
lang = tf.keras.preprocessing.text.Tokenizer(filters="", lower=False)
words = ["".join(np.random.choice(vocab, length)) for _ in range(640)]
src = [" ".join("<" + w + ">") for w in words]
tgt = [" ".join("<" + w[::-1] + ">") for w in words]
lang.fit_on_texts(src + tgt)
src = tf.keras.preprocessing.sequence.pad_sequences(
    lang.texts_to_sequences(src), padding="post"
)
tgt = tf.keras.preprocessing.sequence.pad_sequences(
    lang.texts_to_sequences(tgt), padding="post"
)
vocab_size = len(lang.word_index) + 1

# 构建数据集
dataset = tf.data.Dataset.from_tensor_slices((src[:576], tgt[:576])).shuffle(576)
dataset = dataset.batch(BATCH_SIZE, drop_remainder=True)
steps_per_epoch = 576 // BATCH_SIZE


class Encoder(tf.keras.Model):
    def __init__(self, vocab_size, embedding_dim, enc_units, batch_sz):
        super(Encoder, self).__init__()
        self.batch_sz = batch_sz
        self.enc_units = enc_units
        self.embedding = tf.keras.layers.Embedding(vocab_size, embedding_dim)
        self.gru = tf.keras.layers.GRU(
            self.enc_units,
            return_sequences=True,
            return_state=True,
            recurrent_initializer="glorot_uniform",
        )

    def call(self, x, hidden):
        x = self.embedding(x)
        output, state = self.gru(x, initial_state=hidden)
        return output, state

    def initialize_hidden_state(self):
        return tf.zeros((self.batch_sz, self.enc_units))


class BahdanauAttention(tf.keras.layers.Layer):
    def __init__(self, units):
        super(BahdanauAttention, self).__init__()
        self.W1 = tf.keras.layers.Dense(units)
        self.W2 = tf.keras.layers.Dense(units)
        self.V = tf.keras.layers.Dense(1)

    def call(self, query, values):
        # 扩展时间维度以执行加法
        query_with_time_axis = tf.expand_dims(query, 1)
        score = self.V(tf.nn.tanh(self.W1(query_with_time_axis) + self.W2(values)))
        attention_weights = tf.nn.softmax(score, axis=1)
        context_vector = attention_weights * values
        context_vector = tf.reduce_sum(context_vector, axis=1)
        return context_vector, attention_weights


class Decoder(tf.keras.Model):
    def __init__(self, vocab_size, embedding_dim, dec_units, batch_sz):
        super(Decoder, self).__init__()
        self.batch_sz = batch_sz
        self.dec_units = dec_units
        self.embedding = tf.keras.layers.Embedding(vocab_size, embedding_dim)
        self.gru = tf.keras.layers.GRU(
            self.dec_units, return_sequences=True, return_state=True
        )
        self.fc = tf.keras.layers.Dense(vocab_size)
        self.attention = BahdanauAttention(self.dec_units)

    def call(self, x, hidden, enc_output):
        context_vector, attention_weights = self.attention(hidden, enc_output)
        x = self.embedding(x)
        x = tf.concat([tf.expand_dims(context_vector, 1), x], axis=-1)
        output, state = self.gru(x)
        output = tf.reshape(output, (-1, output.shape[2]))
        x = self.fc(output)
        return x, state, attention_weights


encoder = Encoder(vocab_size, embedding_dim, units, BATCH_SIZE)
decoder = Decoder(vocab_size, embedding_dim, units, BATCH_SIZE)
optimizer = tf.keras.optimizers.Adam(0.01)
loss_object = tf.keras.losses.SparseCategoricalCrossentropy(
    from_logits=True, reduction="none"
)


def loss_function(real, pred):
    mask = tf.math.logical_not(tf.math.equal(real, 0))
    loss_ = loss_object(real, pred)
    mask = tf.cast(mask, dtype=loss_.dtype)
    loss_ *= mask
    return tf.reduce_mean(loss_)


@tf.function
def train_step(inp, targ, enc_hidden):
    loss = 0
    with tf.GradientTape() as tape:
        enc_output, enc_hidden = encoder(inp, enc_hidden)
        dec_hidden = enc_hidden
        dec_input = tf.expand_dims([lang.word_index["<"]] * BATCH_SIZE, 1)
        # Teacher forcing: 将目标词作为下一个输入
        for t in range(1, targ.shape[1]):
            predictions, dec_hidden, _ = decoder(dec_input, dec_hidden, enc_output)
            loss += loss_function(targ[:, t], predictions)
            dec_input = tf.expand_dims(targ[:, t], 1)
    batch_loss = loss / int(targ.shape[1])
    variables = encoder.trainable_variables + decoder.trainable_variables
    gradients = tape.gradient(loss, variables)
    optimizer.apply_gradients(zip(gradients, variables))
    return batch_loss


checkpoint = tf.train.Checkpoint(optimizer=optimizer, encoder=encoder, decoder=decoder)
for epoch in range(EPOCHS):
    enc_hidden = encoder.initialize_hidden_state()
    total_loss = 0
    for batch, (inp, targ) in enumerate(dataset.take(steps_per_epoch)):
        batch_loss = train_step(inp, targ, enc_hidden)
        total_loss += batch_loss
    if (epoch + 1) % 7 == 0:
        checkpoint.save(file_prefix="training_checkpoints/ckpt")
        print("Epoch {} Loss {:.4f}".format(epoch + 1, total_loss / steps_per_epoch))


def evaluate(row):
    attention_plot = np.zeros((targ.shape[1], row.shape[0]))
    inputs = tf.convert_to_tensor(row[None])
    hidden = [tf.zeros((1, units))]
    enc_out, enc_hidden = encoder(inputs, hidden)
    dec_hidden = enc_hidden
    dec_input = tf.expand_dims([lang.word_index["<"]], 0)
    result = ""
    for t in range(targ.shape[1]):
        predictions, dec_hidden, attention_weights = decoder(
            dec_input, dec_hidden, enc_out
        )
        attention_weights = tf.reshape(attention_weights, (-1,))
        attention_plot[t] = attention_weights.numpy()
        predicted_id = tf.argmax(predictions[0]).numpy()
        if lang.index_word[predicted_id] == ">":
            return result, attention_plot
        result += lang.index_word[predicted_id]
        # 预测的 ID 被输送回模型
        dec_input = tf.expand_dims([predicted_id], 0)
    return result, attention_plot


checkpoint.restore(tf.train.latest_checkpoint("training_checkpoints"))
right = total = 0
for row, word in zip(src[576:608], words[576:608]):
    result, attention = evaluate(row)
    right += sum(a == b for a, b in zip(result, word[::-1]))
    total += length
score = right / total
