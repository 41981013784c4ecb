"""Architectures of keras.applications with few channels, and an Inception, for test/fixtures/architectures."""

import keras
from keras import layers
from keras.src.applications.efficientnet import EfficientNet
from keras_models import FORMATS, VERSIONS, Maker, expected, made, sample  # noqa: F401


def inception() -> keras.Model:
    """Branches of windows of several sizes, concatenated."""
    x = image = keras.Input((32, 32, 3))
    x = layers.Conv2D(8, 7, strides=2, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    for width in (4, 6):
        branches = [layers.Conv2D(width, 1, activation="relu")(x)]
        for size in (3, 5):
            narrow = layers.Conv2D(width, 1, activation="relu")(x)
            branches.append(layers.Conv2D(width, size, padding="same", activation="relu")(narrow))
        pooled = layers.MaxPooling2D(3, strides=1, padding="same")(x)
        branches.append(layers.Conv2D(width, 1, activation="relu")(pooled))
        x = layers.BatchNormalization(scale=False)(layers.Concatenate()(branches))
    return keras.Model(image, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))


def efficient_net() -> keras.Model:
    options = {"weights": None, "input_shape": (32, 32, 3), "classes": 10, "classifier_activation": None}
    return EfficientNet(0.1, 0.1, 32, **options)


def mobile_net() -> keras.Model:
    create = keras.applications.MobileNet
    return create((32, 32, 3), 0.05, weights=None, classes=10, classifier_activation=None)


MAKERS = [
    Maker("inception", 32, inception, False, ("SavedModel",)),
    Maker("efficientnet", 32, efficient_net, True, ("TF.js graph",)),
    Maker("mobilenet-v1", 32, mobile_net, False, (".keras",)),
]
MORE: list[Maker] = []
