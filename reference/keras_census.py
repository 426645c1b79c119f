"""Exports Keras' own classifiers by SavedModel and tf2onnx, and computes what they give, for scripts/onnx-coverage.ts, as onnx_census.py does of PyTorch's.

    python reference/keras_census.py OUT

Nets are of random weights, at their own size; VGG16 with 512 hidden units in place of 4,096, since tf2onnx takes more than 20 GB for its 553 MB.
MobileNetV2 comes twice, the second time with the softmax that Keras gives it.
"""

import json
import os
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import onnxruntime
import tensorflow as tf
from safetensors.numpy import save_file

NETS = ["MobileNetV2", "ResNet50", "EfficientNetB0", "VGG16", "DenseNet121", "Xception", "MobileNetV3Small"]
OPSET = 17


def draw(weight: keras.Variable, generator: np.random.Generator):
    """Of such sizes that values neither vanish nor explode by much."""
    name, shape = weight.path.rsplit("/", 1)[-1], weight.shape
    if len(shape) >= 2:
        fan = shape[0] * shape[1] * (1 if "depthwise" in weight.path else shape[2]) if len(shape) == 4 else shape[0]
        weight.assign(generator.normal(0, np.sqrt(2 / fan), shape).astype(np.float32))
    elif "variance" in name:
        weight.assign(generator.uniform(0.75, 1.25, shape).astype(np.float32))
    elif name == "gamma":
        weight.assign(generator.uniform(0.5, 1, shape).astype(np.float32))
    else:
        weight.assign(generator.uniform(-0.1, 0.1, shape).astype(np.float32))


def sizes(name: str) -> dict:
    # It leaves the size open.
    return {"input_shape": (224, 224, 3)} if name == "MobileNetV3Small" else {}


def narrow_vgg() -> keras.Model:
    body = keras.applications.VGG16(weights=None, include_top=False, input_shape=(224, 224, 3))
    dense = keras.layers.Dense
    head = [keras.layers.Flatten(), dense(512, activation="relu"), dense(512, activation="relu"), dense(1000)]
    return keras.Model(body.input, keras.Sequential(head)(body.output))


def write(folder: Path, name: str, activation: str | None, suffix: str):
    path = folder / f"keras-{name}{suffix}-tf2onnx.onnx"
    if path.with_suffix(".safetensors").exists():
        return
    generator = np.random.default_rng(zlib.crc32(name.encode()))
    model = narrow_vgg() if name == "VGG16" else getattr(keras.applications, name)(**sizes(name), weights=None, classifier_activation=activation)
    for weight in model.weights:
        if not weight.path.startswith("normalization"):
            draw(weight, generator)
    _, height, width, channels = model.input_shape
    image = generator.uniform(0, 255, (1, height, width, channels)).astype(np.float32)
    if not any(type(layer).__name__ in ("Rescaling", "Normalization") for layer in model.layers):
        image = image / 127.5 - 1
    model(image)
    with tempfile.TemporaryDirectory() as saved:
        model.export(saved, verbose=False)
        convert = [sys.executable, "-m", "tf2onnx.convert", "--saved-model", saved, "--opset", f"{OPSET}", "--output", str(path)]
        subprocess.run(convert, check=True, capture_output=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    logits = session.run(None, {session.get_inputs()[0].name: image})[0][0]
    target = int(logits.argmax())
    x = tf.constant(image)
    with tf.GradientTape() as tape:
        tape.watch(x)
        out = model(x, training=False)
        score = out[0, target]
    facts = {"library": "keras", "net": name + suffix.replace("-", " with "), "exporter": "tf2onnx", "target": target}
    tensors = {"input": image[0], "logits": logits}
    if activation is None:
        tensors["gradient"] = tape.gradient(score, x).numpy()[0]
    save_file({key: np.ascontiguousarray(value) for key, value in tensors.items()}, path.with_suffix(".safetensors"), metadata={"golden": json.dumps(facts)})
    print(path.name, image.shape, "tensorflow from onnxruntime", float(np.abs(out.numpy()[0] - logits).max() / np.abs(logits).max()), flush=True)


def main(out: str):
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    for name in NETS:
        try:
            write(folder, name, None, "")
        except Exception as error:
            print(name, "FAILED", error, flush=True)
    write(folder, "MobileNetV2", "softmax", "-softmax")


if __name__ == "__main__":
    main(*sys.argv[1:])
