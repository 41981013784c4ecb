"""Architectures of keras.applications with seeded random weights, and the files that Keras and TensorFlow.js write of them.

TensorFlow.js's converter is to be importable: tensorflowjs, tf_keras and tensorflow_hub, installed with --no-deps.
"""

import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

VERSIONS = f"Keras {keras.__version__}, TensorFlow {tf.__version__}"
IMAGES = 2


@dataclass(frozen=True)
class Maker:
    """A model to be made. `size` is the extent of its square images, `formats` the keys of FORMATS it is written in.

    `pixels` says that 0 … 255 goes in.
    """

    name: str
    size: int
    build: Callable[[], keras.Model]
    pixels: bool
    formats: tuple[str, ...]


# Files


def keras_archive(model: keras.Model, x: np.ndarray, folder: Path) -> Path:
    file = folder / "model.keras"
    model.save(file)
    return file


def hdf5(model: keras.Model, x: np.ndarray, folder: Path) -> Path:
    file = folder / "model.h5"
    model.save(file)
    return file


def saved_model(model: keras.Model, x: np.ndarray, folder: Path) -> Path:
    model.export(folder / "saved", verbose=False)
    return folder / "saved"


def converters():
    """TensorFlow.js's, which import what they do not need for these models."""
    for name in ("jax", "jax.experimental", "jax.experimental.jax2tf", "tensorflow_decision_forests"):
        module = sys.modules.setdefault(name, types.ModuleType(name))
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, module)
    from tensorflowjs.converters import converter, tf_saved_model_conversion_v2

    return converter, tf_saved_model_conversion_v2


def tfjs_layers(model: keras.Model, x: np.ndarray, folder: Path) -> Path:
    layers, _ = converters()
    layers.dispatch_keras_h5_to_tfjs_layers_model_conversion(str(hdf5(model, x, folder)), str(folder / "web"))
    return folder / "web"


def tfjs_graph(model: keras.Model, x: np.ndarray, folder: Path) -> Path:
    _, graph = converters()
    graph.convert_tf_saved_model(str(saved_model(model, x, folder)), str(folder / "web"))
    return folder / "web"


# By the title of the column: writes a model into a folder and returns what to open.
FORMATS: dict[str, Callable[[keras.Model, np.ndarray, Path], Path]] = {
    ".keras": keras_archive,
    ".h5": hdf5,
    "SavedModel": saved_model,
    "TF.js layers": tfjs_layers,
    "TF.js graph": tfjs_graph,
}

# Weights


def images(maker: Maker, count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    shape = (count, maker.size, maker.size, 3)
    return (random.uniform(0, 255, shape) if maker.pixels else random.standard_normal(shape)).astype(np.float32)


def randomised(model: keras.Model, maker: Maker) -> keras.Model:
    """Gives every layer a say: zeros, ones and small scales become random, running statistics those of noise."""
    random = np.random.default_rng(1)
    for weight in model.trainable_weights:
        values = weight.numpy().ravel()
        if values.size > 1 and not np.all(values == values[0]):
            continue
        noise = random.random(weight.shape)
        weight.assign(0.5 + noise if values[0] != 0 else 0.2 * noise - 0.1)
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    if norms:
        model(images(maker, 8, 2), training=True)
    for norm, momentum in zip(norms, momenta):
        norm.momentum = momentum
    return model


# What is expected


def expected(model: keras.Model, maker: Maker) -> dict[str, np.ndarray]:
    """Images, logits, classes k and j, gradients of F = f_j − f_k, and the float32 noise of each gradient."""
    x = images(maker, IMAGES, 3)

    def logits_and_gradients(network: keras.Model, dtype: str, pairs: np.ndarray | None):
        inputs = tf.constant(x, dtype)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            logits = network(inputs, training=False)
            if pairs is None:
                pairs = np.argsort(-logits.numpy(), axis=1)[:, :2]
            chosen = tf.gather(logits, pairs, batch_dims=1)
            total = tf.reduce_sum(chosen[:, 1] - chosen[:, 0])
        return logits.numpy(), pairs, tape.gradient(total, inputs).numpy()

    logits, pairs, gradients = logits_and_gradients(model, "float32", None)
    keras.config.set_floatx("float64")
    twin = maker.build()
    twin.set_weights(model.get_weights())
    _, _, exact = logits_and_gradients(twin, "float64", pairs)
    keras.config.set_floatx("float32")
    difference = (gradients - exact).reshape(IMAGES, -1)
    noise = np.linalg.norm(difference, axis=1) / np.linalg.norm(exact.reshape(IMAGES, -1), axis=1)
    return {"x": x, "logits": logits, "pairs": pairs, "gradients": gradients, "noise": noise}


def sample(x: np.ndarray) -> np.ndarray:
    """What an exporter is given as its example."""
    return x


# Makers


def application(name: str, size: int = 64, *, pixels: bool = False, **options) -> Maker:
    def build() -> keras.Model:
        create = getattr(keras.applications, name)
        return create(weights=None, input_shape=(size, size, 3), classifier_activation=None, **options)

    return Maker(f"keras {name}", size, build, pixels, tuple(FORMATS))


# The smallest of each family.
MAKERS = [
    application("MobileNet"),
    application("MobileNetV2"),
    application("MobileNetV3Small", pixels=True),
    application("EfficientNetB0", pixels=True),
    application("EfficientNetV2B0", pixels=True),
    application("ResNet50"),
    application("ResNet50V2"),
    application("DenseNet121"),
    application("Xception", 96),
    application("InceptionV3", 96),
    application("InceptionResNetV2", 96),
    application("NASNetMobile", 64),
    application("ConvNeXtTiny", pixels=True),
    application("VGG16"),
]
MORE = [
    application("MobileNetV3Large", pixels=True),
    application("EfficientNetV2S", pixels=True),
    application("ResNet101"),
    application("ResNet101V2"),
    application("DenseNet169"),
    application("VGG19"),
]


def made(maker: Maker) -> keras.Model:
    keras.utils.set_random_seed(0)
    return randomised(maker.build(), maker)
