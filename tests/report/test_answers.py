"""Predictions of unlabelled files, in words."""

from collections import Counter

import numpy as np

from tenfold.report.answers import answer_line, counts_sentence

ROW = np.array([0.2, 0.5, 0.2, 0.1], dtype=np.float32)


def test_names_the_most_probable_classes_best_first_and_of_equals_the_first():
    classes = ("ant", "bee", "cow", "dog")
    assert answer_line("a.png", ROW, classes, 1) == "a.png: bee (50.0 %)"
    assert answer_line("a.png", ROW, classes, 2) == "a.png: bee (50.0 %), ant (20.0 %)"
    assert answer_line("a\x1b.png", ROW, classes, 9).startswith(r"a\x1b.png: bee (50.0 %), ant")


def test_counts_the_commonest_ten_classes():
    assert counts_sentence(Counter(cat=2, dog=1)) == "Predicted 3 images: 2 as cat, 1 as dog."
    many = Counter({f"c{i:02}": 20 - i for i in range(12)})
    assert counts_sentence(many).endswith("11 as c09, the rest as 2 other classes.")
