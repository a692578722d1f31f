"""Trains a memory network on a toy question answering task."""

from __future__ import print_function
from keras.models import Sequential
from keras.layers.embeddings import Embedding
from keras.layers import Activation, Dense, Merge, Permute, Dropout
from keras.layers import LSTM
from keras.preprocessing.sequence import pad_sequences
from functools import reduce
import numpy as np
import re


def tokenize(sent):
    return [x.strip() for x in re.split(r"(\W+)", sent) if x.strip()]


def vectorize_stories(data, word_idx, story_maxlen, query_maxlen):
    X = []
    Xq = []
    Y = []
    for story, query, answer in data:
        x = [word_idx[w] for w in story]
        xq = [word_idx[w] for w in query]
        y = np.zeros(len(word_idx) + 1)
        y[word_idx[answer]] = 1
        X.append(x)
        Xq.append(xq)
        Y.append(y)
    return (
        pad_sequences(X, maxlen=story_maxlen),
        pad_sequences(Xq, maxlen=query_maxlen),
        np.array(Y),
    )


rng = np.random.RandomState(4)
people = ["Mary", "John"]
places = ["kitchen", "garden", "office"]


def story():
    where = {}
    text = []
    order = list(rng.permutation(people))
    for who in order:
        where[who] = places[rng.randint(3)]
        text += tokenize("%s went to the %s ." % (who, where[who]))
    asked = people[rng.randint(2)]
    return text, tokenize("Where is %s ?" % asked), where[asked]


train_stories = [story() for _ in range(1000)]
test_stories = [story() for _ in range(200)]
vocab = sorted(
    reduce(
        lambda x, y: x | y,
        (
            set(story + q + [answer])
            for story, q, answer in train_stories + test_stories
        ),
    )
)
vocab_size = len(vocab) + 1
story_maxlen = max(map(len, (x for x, _, _ in train_stories + test_stories)))
query_maxlen = max(map(len, (x for _, x, _ in train_stories + test_stories)))
word_idx = dict((c, i + 1) for i, c in enumerate(vocab))
inputs_train, queries_train, answers_train = vectorize_stories(
    train_stories, word_idx, story_maxlen, query_maxlen
)
inputs_test, queries_test, answers_test = vectorize_stories(
    test_stories, word_idx, story_maxlen, query_maxlen
)

# embed the input sequence into a sequence of vectors
input_encoder_m = Sequential()
input_encoder_m.add(
    Embedding(input_dim=vocab_size, output_dim=32, input_length=story_maxlen)
)
input_encoder_m.add(Dropout(0.1))
# embed the question into a sequence of vectors
question_encoder = Sequential()
question_encoder.add(
    Embedding(input_dim=vocab_size, output_dim=32, input_length=query_maxlen)
)
question_encoder.add(Dropout(0.1))
# compute a 'match' between input sequence elements (which are vectors) and the question vector sequence
match = Sequential()
match.add(Merge([input_encoder_m, question_encoder], mode="dot", dot_axes=[2, 2]))
match.add(Activation("softmax"))
# embed the input into a single vector with size = story_maxlen:
input_encoder_c = Sequential()
input_encoder_c.add(
    Embedding(input_dim=vocab_size, output_dim=query_maxlen, input_length=story_maxlen)
)
input_encoder_c.add(Dropout(0.1))
# sum the match vector with the input vector:
response = Sequential()
response.add(Merge([match, input_encoder_c], mode="sum"))
response.add(Permute((2, 1)))
# concatenate the match vector with the question vector, and do logistic regression on top
answer = Sequential()
answer.add(Merge([response, question_encoder], mode="concat", concat_axis=-1))
answer.add(LSTM(32))
answer.add(Dropout(0.1))
answer.add(Dense(vocab_size))
answer.add(Activation("softmax"))
answer.compile(
    optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"]
)
answer.fit(
    [inputs_train, queries_train, inputs_train],
    answers_train,
    batch_size=32,
    nb_epoch=25,
    verbose=2,
    validation_data=([inputs_test, queries_test, inputs_test], answers_test),
)
score = answer.evaluate([inputs_test, queries_test, inputs_test], answers_test)[1]
