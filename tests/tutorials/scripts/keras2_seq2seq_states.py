"""Keras 2 (2017): an encoder gives its LSTM states to a decoder, which is fed its target."""

import numpy as np
from keras.layers import LSTM, Dense, Input
from keras.models import Model
from keras.utils import to_categorical

np.random.seed(7)
num_tokens, length, latent_dim = 5, 4, 24
source = np.random.randint(1, num_tokens, size=(400, length))
# The target is the source in the order of the numbers, after a start token.
target = np.sort(source, axis=1)
encoder_input_data = to_categorical(source, num_tokens)
decoder_input_data = to_categorical(
    np.c_[np.zeros(400, int), target[:, :-1]], num_tokens
)
decoder_target_data = to_categorical(target, num_tokens)

encoder_inputs = Input(shape=(None, num_tokens))
encoder = LSTM(latent_dim, return_state=True)
encoder_outputs, state_h, state_c = encoder(encoder_inputs)
encoder_states = [state_h, state_c]

decoder_inputs = Input(shape=(None, num_tokens))
decoder_lstm = LSTM(latent_dim, return_sequences=True, return_state=True)
decoder_outputs, _, _ = decoder_lstm(decoder_inputs, initial_state=encoder_states)
decoder_dense = Dense(num_tokens, activation="softmax")
decoder_outputs = decoder_dense(decoder_outputs)

model = Model([encoder_inputs, decoder_inputs], decoder_outputs)
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.optimizer.learning_rate = 0.02
model.fit(
    [encoder_input_data, decoder_input_data],
    decoder_target_data,
    batch_size=40,
    epochs=40,
    verbose=0,
)

# Inference: one token at a time, with the states of the step before.
encoder_model = Model(encoder_inputs, encoder_states)
state_inputs = [Input(shape=(latent_dim,)), Input(shape=(latent_dim,))]
step_outputs, h, c = decoder_lstm(decoder_inputs, initial_state=state_inputs)
decoder_model = Model(
    [decoder_inputs] + state_inputs, [decoder_dense(step_outputs), h, c]
)

states = encoder_model.predict(encoder_input_data, verbose=0)
token = np.zeros(400, int)
written = []
for _ in range(length):
    fed = to_categorical(token, num_tokens)[:, None]
    output, h, c = decoder_model.predict([fed] + list(states), verbose=0)
    token = np.argmax(output[:, 0], axis=-1)
    written.append(token)
    states = [h, c]
score = np.mean(np.stack(written, axis=1) == target)
