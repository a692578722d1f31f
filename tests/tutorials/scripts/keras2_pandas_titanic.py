"""Keras 2 (2019): a table read by pandas, dummies, a split by hand, a network."""

import numpy as np
import pandas as pd
from keras.layers import Dense, Dropout
from keras.models import Sequential
from keras.utils import to_categorical

np.random.seed(4)
n = 600
df = pd.DataFrame(
    {
        "Pclass": np.random.choice([1, 2, 3], n),
        "Sex": np.random.choice(["male", "female"], n),
        "Age": np.where(np.random.rand(n) < 0.1, np.nan, np.random.uniform(1, 70, n)),
        "Fare": np.random.exponential(30, n),
    }
)
df["Survived"] = ((df.Sex == "female") | (df.Age < 12)).astype(int)
df.to_csv("train.csv", index=False)

# 读取数据
df = pd.read_csv("train.csv")
df["Age"] = df["Age"].fillna(df["Age"].median())
df = pd.get_dummies(df, columns=["Sex", "Pclass"])
y = df.pop("Survived")
df[["Age", "Fare"]] = (df[["Age", "Fare"]] - df[["Age", "Fare"]].mean()) / df[
    ["Age", "Fare"]
].std()
X = df.astype("float32")
train = np.random.rand(n) < 0.75
X_train, X_test, y_train, y_test = X[train], X[~train], y[train], y[~train]
print(X_train.head(), X_train.dtypes)

model = Sequential()
model.add(Dense(16, input_dim=X_train.shape[1], activation="relu"))
model.add(Dropout(0.1))
model.add(Dense(2, activation="softmax"))
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
history = model.fit(
    X_train,
    to_categorical(y_train),
    epochs=60,
    batch_size=32,
    validation_split=0.2,
    verbose=0,
)
hist = pd.DataFrame(history.history)
hist["epoch"] = history.epoch
print(hist.tail())
y_pred = pd.Series(np.argmax(model.predict(X_test), axis=1), index=X_test.index)
print(pd.crosstab(y_test, y_pred))
score = float((y_pred == y_test).mean())
