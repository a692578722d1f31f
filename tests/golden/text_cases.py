"""What the layers for texts are tried on: settings, what to adapt to, and inputs.

`make_text_layers.py` asks real Keras about them, once; the tests compare.
"""

WORDS = [["cat", "dog", "cat"], ["cow", "dog", "cat"], ["", "ant", "[UNK]"]]
TEXTS = [
    "The cat, the DOG; and the cow!",
    "  A cat\tand a\ncat ",
    "Ärger über\u00a0Öl: naïve café",
    "",
    "it's 3.5 o'clock - well_known",
]
NEW_TEXTS = ["the cat saw a unicorn", "", "and and the"]
NUMBERS = [[12, 36, 12], [1138, 42, 36], [-7, 0, 12]]
VOCABULARY = ["cat", "dog", "cow"]
LETTERS = ["A", "B", "C", "D", "E", "", "abcdefghij" * 9]

# (class, settings, adapt data or None, input)
CASES = [
    *(
        ("StringLookup", settings, WORDS, [["cat", "emu", ""], ["dog", "yak", "cow"]])
        for settings in (
            {},
            {"max_tokens": 3},
            {"mask_token": ""},
            {"num_oov_indices": 3},
            {"num_oov_indices": 3, "salt": [5, 9]},
            {"num_oov_indices": 2, "mask_token": "", "output_mode": "count"},
            {"output_mode": "one_hot"},
            {"output_mode": "multi_hot"},
            {"output_mode": "count"},
            {"output_mode": "tf_idf"},
            {"output_mode": "tf_idf", "max_tokens": 9, "pad_to_max_tokens": True},
            {"output_mode": "multi_hot", "max_tokens": 9, "pad_to_max_tokens": True},
        )
    ),
    ("StringLookup", {"vocabulary": VOCABULARY}, None, ["cow", "emu"]),
    ("StringLookup", {"vocabulary": ["[UNK]", *VOCABULARY]}, None, ["cow", "emu"]),
    (
        "StringLookup",
        {"vocabulary": VOCABULARY, "output_mode": "one_hot"},
        None,
        [["cow"], ["emu"]],
    ),
    (
        "StringLookup",
        {
            "vocabulary": VOCABULARY,
            "idf_weights": [0.25, 0.75, 0.6],
            "output_mode": "tf_idf",
        },
        None,
        [["cow", "cow", "emu"]],
    ),
    *(
        ("IntegerLookup", settings, NUMBERS, [[12, 5, 0], [42, 36, -3]])
        for settings in (
            {},
            {"mask_token": 0},
            {"num_oov_indices": 4},
            {"num_oov_indices": 4, "oov_method": "farmhash"},
            {"num_oov_indices": 4, "oov_method": "farmhash", "salt": 7},
            {"output_mode": "multi_hot"},
            {"output_mode": "count", "mask_token": 0},
            {"output_mode": "tf_idf"},
        )
    ),
    (
        "IntegerLookup",
        {"vocabulary": [12, 36, 1138, 42], "invert": True},
        None,
        [[1, 3, 4], [4, 0, 2]],
    ),
    *(
        ("TextVectorization", settings, TEXTS, NEW_TEXTS)
        for settings in (
            {},
            {"max_tokens": 5},
            {"output_sequence_length": 3},
            {"output_sequence_length": 9},
            {"standardize": None},
            {"standardize": "lower"},
            {"standardize": "strip_punctuation"},
            {"split": "character"},
            {"ngrams": 2},
            {"ngrams": (1, 3)},
            {"output_mode": "multi_hot"},
            {"output_mode": "count", "ngrams": 2},
            {"output_mode": "tf_idf"},
            {"output_mode": "multi_hot", "max_tokens": 30, "pad_to_max_tokens": True},
            {"output_mode": "count", "max_tokens": 6},
        )
    ),
    ("TextVectorization", {"vocabulary": VOCABULARY}, None, "a cow, a cat"),
    (
        "TextVectorization",
        {"vocabulary": VOCABULARY, "split": None, "output_sequence_length": 4},
        None,
        WORDS,
    ),
    ("Hashing", {"num_bins": 3}, None, [[letter] for letter in LETTERS]),
    ("Hashing", {"num_bins": 1000}, None, LETTERS),
    ("Hashing", {"num_bins": 3, "mask_value": ""}, None, LETTERS),
    ("Hashing", {"num_bins": 1000, "salt": 1337}, None, LETTERS),
    ("Hashing", {"num_bins": 1000, "salt": [137, 42]}, None, LETTERS),
    ("Hashing", {"num_bins": 1000}, None, NUMBERS),
    ("Hashing", {"num_bins": 5, "output_mode": "one_hot"}, None, [["A"], ["B"]]),
    ("Hashing", {"num_bins": 5, "output_mode": "multi_hot"}, None, [LETTERS]),
    ("Hashing", {"num_bins": 5, "output_mode": "count"}, None, [LETTERS]),
    ("HashedCrossing", {"num_bins": 1000}, None, [LETTERS[:3], [101, 102, -101]]),
    (
        "HashedCrossing",
        {"num_bins": 5, "output_mode": "one_hot"},
        None,
        [LETTERS[:3], [101, 102, 101]],
    ),
    (
        "HashedCrossing",
        {"num_bins": 1000},
        None,
        [LETTERS[:3], LETTERS[3:6], [1, 2, 3]],
    ),
]
