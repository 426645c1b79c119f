"""Write golden vectors for the engine's tests: test/golden/*.safetensors, and the key names keys.json.

    python reference/oracles.py [NAME...]

NAME: efficientnet-lite0, architectures, gradients, gradient-maps, keys, resize, smooth, vae, methods, operations, optimised, relabel, zoo,
zoo-maps, test-nets, causal, embedding; all by default.

Inputs are not stored but described, so that a test regenerates them: value i of an input (NHWC, three channels, row-major) is
u_i = uniform(pcg4d(seed, 9, 0, i >> 2)[i & 3]), uniform(r) = (r >> 8) * 2^-24; see sampling.py. The metadata entry `golden` of each file
holds a JSON document with the seeds and shapes. The weights of `architectures` are regenerated too: see seeded.py.
"""

import argparse
import json
import re

import numpy as np
import torch
from curves import causal
from golden import EXAMPLES, GOLDEN, MAP_SIZE, STREAM_INPUT, channels_first, uniform_image, write
from gradients import gradient_maps, gradients
from images import fit_photo, read_photo, to_tensor
from nets import IMAGENET_MEAN, IMAGENET_STD, MEAN, SIZE, STD, TORCHVISION, load_state, load_teacher, normalise, pixel_unit, torchvision_net
from operations import operations
from optimised_masks import optimised
from perturbation import lime, occlusion, rise, score_cam
from PIL import Image
from relabel import LATENT, VAE_SIZE, VAE_WEIGHTS, load_vae
from relabelled import relabelled
from sampling import balanced_gates, masks, normal_deviates, random_gates, uniform_sequence
from seeded import SMALL, float_shapes, golden_size, seeded_tensor
from students import CELLS, gate_features, smooth_student
from zoo import LIBRARIES, build, test_nets, zoo
from zoo import NETS as ZOO
from zoo_maps import zoo_maps

# Of timm's logits, relative to the largest: fully connected layers that timm stores as convolutions sum in another order.
TIMM_TOLERANCE = 1e-4
MOBILENET_REPEATS = (1, 2, 3, 4, 3, 3, 1)


def timm_net(name: str) -> torch.nn.Module:
    """timm's module for one of torchvision's names, without memory for its tensors."""
    import timm

    with torch.device("meta"):
        return timm.create_model("mobilenetv2_100" if name == "mobilenet_v2" else f"{name}.tv_in1k")


def timm_key(name: str, key: str) -> str:
    """timm's name of a tensor that torchvision's net `name` calls `key`."""
    layer, _, tensor = key.rpartition(".")
    if name.startswith("vgg"):
        ends = {"classifier.0": "pre_logits.fc1", "classifier.3": "pre_logits.fc2", "classifier.6": "head.fc"}
        return f"{ends.get(layer, layer)}.{tensor}"
    if name != "mobilenet_v2":
        return key
    if not (match := re.fullmatch(r"features\.(\d+)\.conv\.(.+)", layer)):
        ends = {"0.0": "conv_stem", "0.1": "bn1", "18.0": "conv_head", "18.1": "bn2"}
        return f"{ends.get(layer.removeprefix('features.'), 'classifier')}.{tensor}"
    stage, repeat = 0, int(match[1]) - 1
    while repeat >= MOBILENET_REPEATS[stage]:
        stage, repeat = stage + 1, repeat - MOBILENET_REPEATS[stage]
    layers = {"0.0": "conv_pw", "0.1": "bn1", "1.0": "conv_dw", "1.1": "bn2", "2": "conv_pwl", "3": "bn3"}
    if stage == 0:
        layers = {"0.0": "conv_dw", "0.1": "bn1", "1": "conv_pw", "2": "bn2"}
    return f"blocks.{stage}.{repeat}.{layers[match[2]]}.{tensor}"


def architectures():
    """Logits (inputs x 1000) of torchvision's nets with seeded weights, equal to those of timm's nets with the same weights: of two images,
    of one where they are large."""
    tensors, cases = {}, {}
    for name in TORCHVISION:
        size = golden_size(name)
        seeds = [1, 2] if size == SMALL else [1]
        cases[name] = {"size": size, "seeds": seeds}
        x = normalise(torch.cat([channels_first(uniform_image(seed, *size)) for seed in seeds]), IMAGENET_MEAN, IMAGENET_STD)
        model, other = torchvision_net(name), timm_net(name)
        state = {key: seeded_tensor(key, shape) for key, shape in float_shapes(model).items()}
        shapes = float_shapes(other)
        renamed = {(to := timm_key(name, key)): tensor.reshape(shapes[to]) for key, tensor in state.items()}
        logits = load_state(model, state, name)(x)
        difference = (load_state(other, renamed, f"timm's {name}")(x) - logits).abs().max() / logits.abs().max()
        if not difference <= TIMM_TOLERANCE:
            raise SystemExit(f"{name}: the logits of timm differ by {difference:.1e} of the largest")
        print(f"{name}: largest logit {logits.abs().max():.1f}; timm differs by {difference:.1e} of it")
        tensors[f"{name}.logits"] = logits.numpy()
    facts = {"input": "(u - mean) / std", "mean": IMAGENET_MEAN, "std": IMAGENET_STD, "nets": cases}
    write("architectures", tensors, facts)


def keys():
    """{net: {library: {key: shape}}}, a line a net, of the libraries that have it."""
    lines = []
    for name in (*TORCHVISION, *ZOO):
        if name in TORCHVISION:
            nets = {"timm": timm_net(name), "torchvision": torchvision_net(name)}
        else:
            nets = {library: build(library, key) for library, key in LIBRARIES[name].items()}
        shapes = {library: float_shapes(net) for library, net in nets.items()}
        lines.append(f'"{name}":{json.dumps(shapes, separators=(",", ":"))}')
    path = GOLDEN / "keys.json"
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


def efficientnet():
    """Logits (inputs x 1000), and mean and standard deviation of the activations after every stage (inputs x stages)."""
    seeds, model = [1, 2], load_teacher()
    x = torch.cat([normalise(channels_first(uniform_image(seed, SIZE, SIZE))) for seed in seeds])
    stages = model.activations(x)
    logits = stages.pop("logits")
    flat = [stage.double().flatten(1) for stage in stages.values()]
    tensors = {
        "logits": logits.numpy(),
        "mean": torch.stack([stage.mean(1) for stage in flat], 1).float().numpy(),
        "deviation": torch.stack([stage.std(1, correction=0) for stage in flat], 1).float().numpy(),
    }
    write("efficientnet-lite0", tensors, {"seeds": seeds, "input": "(u - mean) / std", "mean": MEAN, "std": STD, "stages": list(stages)})


def resized():
    """Photos of bytes floor(256 u) as Pillow resizes them: uint8 (height, width, 3), or (height, width) of grey inputs, a case."""

    def case(photo, size, resize="squash", channels="rgb", filter="bilinear", share=0.875):
        (h, w), (height, width) = photo, size
        given = dict(height=height, width=width, resize=resize, channels=channels, filter=filter, share=share)
        name = f"{h}x{w}-{resize}-{height}x{width}-{filter}-{channels}-{share}"
        return dict(name=name, height=h, width=w, input=given)

    plain = [((37, 53), (16, 16)), ((5, 7), (20, 31)), ((1, 1), (8, 8)), ((100, 3), (7, 64)), ((2, 255), (2, 254))]
    cases = [case(*sizes) for sizes in plain]
    # 200 x 300 grows; 400 x 300 shrinks to 341 x 256, whose crop starts at 58.5: halves go to the even number.
    cases += [case(photo, (SIZE, SIZE), "crop") for photo in ((200, 300), (400, 300))]
    # Each is enlarged, made smaller, left alone along one axis, and made smaller than the filter is wide.
    cases += [case(*sizes, filter="bicubic") for sizes in (*plain, ((60, 40), (11, 40)), ((300, 200), (3, 2)))]
    cases += [case((33, 47), (50, 41), channels="grey", filter=filter) for filter in ("bilinear", "bicubic")]
    cases += [case((90, 70), (33, 47), "crop", channels, "bicubic") for channels in ("rgb", "grey")]
    # The height decides, the width by far, the width by a little.
    cases += [case(photo, (48, 192), "crop", "grey") for photo in ((40, 500), (200, 300), (48, 192))]
    cases += [case((200, 300), (48, 192)), case((61, 50), (40, 24), "crop", share=0.9)]
    cases += [case(photo, (32, 32), "crop", share=1) for photo in ((50, 41), (32, 32), (17, 300))]
    cases += [case((230, 259), (SIZE, SIZE), "crop", filter="bicubic", share=SIZE / 232)]
    tensors = {}
    for seed, described in enumerate(cases):
        described["seed"] = seed
        photo = Image.fromarray((uniform_image(seed, described["height"], described["width"]) * 256).astype(np.uint8))
        given = described["input"]
        if given["channels"] == "grey":
            photo = photo.convert("L")
        size = (given["height"], given["width"], given["share"], given["filter"])
        tensors[described["name"]] = fit_photo(photo, given["resize"], *size)
    write("resize", tensors, {"input": "floor(256 u)", "cases": cases})


def smooth():
    """The smooth student in float64: probabilities p given (n), weights (32 x 32)."""
    tensors, cases, count, keep = {}, [], 60, 0.4
    for seed, kind in ((11, "balanced"), (12, "random")):
        samples = np.arange(count)
        features = gate_features(masks(*(balanced_gates(seed, samples) if kind == "balanced" else random_gates(seed, samples, keep))))
        # A region of the gates decides, with noise.
        region = features.reshape(count, CELLS, CELLS)[:, 10:18, 12:22].mean((1, 2))
        p = (0.1 + 0.5 * region + 0.4 * uniform_sequence(seed, STREAM_INPUT, count)).astype(np.float32)
        w, ratio = smooth_student(features, p.astype(np.float64))
        tensors |= {f"{kind}.p": p, f"{kind}.w": w.reshape(CELLS, CELLS).astype(np.float32)}
        cases.append({"gates": kind, "seed": seed, "samples": count, "keep": keep, "ratio": ratio})
    write("smooth", tensors, {"cases": cases})


def vae():
    """decoded (64, 64, 3) of one z; mu and logvar (2 x 500) of clamp(decoded, 0, 1) and of an image of uniforms."""
    if not VAE_WEIGHTS.exists():
        print(f"{VAE_WEIGHTS.name} is missing: vae skipped; run this again when reference/vae.py has written it")
        return
    model, seed = load_vae(), 21
    decoded = model.decode(torch.from_numpy(normal_deviates(seed, np.zeros(1, dtype=np.int64), LATENT)).float())
    images = torch.cat([decoded.clamp(0, 1), channels_first(uniform_image(seed, VAE_SIZE, VAE_SIZE))])
    mu, logvar = model.encode(images)
    tensors = {"decoded": decoded[0].permute(1, 2, 0).numpy(), "mu": mu.numpy(), "logvar": logvar.numpy()}
    facts = {"seed": seed, "z": "normal deviates of sample 0, stream 1", "images": ["clamp(decoded, 0, 1)", "u"]}
    write("vae", tensors, facts)


def methods():
    """Maps of cat.jpg by the methods that perturb it, for the first choice, every other line and column, LIME's coefficients (segments), and
    scikit-image's segments of two photos: uint8 (height, width)."""
    from skimage.segmentation import quickshift, slic

    seed, step = 3, 2
    sizes = {"cat": MAP_SIZE, "coffee": (SIZE, SIZE)}
    photos = {name: fit_photo(read_photo(EXAMPLES / f"{name}.jpg"), "crop", *size) for name, size in sizes.items()}
    tensors = {}
    for name, photo in photos.items():
        unit = pixel_unit(*sizes[name])
        tensors[f"{name}.quickshift"] = quickshift(photo, 0.2, 4 * unit, 200 * unit, rng=seed).astype(np.uint8)
        tensors[f"{name}.slic"] = slic(photo, n_segments=100, compactness=10, start_label=0).astype(np.uint8)
    model = load_teacher()
    x = normalise(to_tensor(photos["cat"]))
    target = int(model(x[None]).argmax())

    def probability(images: torch.Tensor) -> torch.Tensor:
        return model(images).softmax(1)[:, target]

    facts = {
        **{"sizes": sizes, "seed": seed, "target": target, "step": step},
        "occlusion": {"window": 128, "stride": 48},
        "rise": {"masks": 8, "cells": 7, "keep": 0.5},
        "score-cam": {"layer": "blocks.0"},
        "lime": {"samples": 16},
    }
    tensors["occlusion"] = occlusion(probability, x, **facts["occlusion"])[::step, ::step]
    tensors["rise"] = rise(probability, x, seed, *facts["rise"].values())[::step, ::step].astype(np.float32)
    tensors["score-cam"] = score_cam(probability, x, model.activations(x[None])["stage0"][0])[::step, ::step].astype(np.float32)
    pixels = to_tensor(photos["cat"]).permute(1, 2, 0).double().numpy()
    tensors["lime"] = lime(probability, pixels, tensors["cat.quickshift"], seed, facts["lime"]["samples"]).astype(np.float32)
    write("methods", tensors, facts)


def embedding():
    """Of three groups of rows: their affinities, float32 (rows, rows), as scikit-learn finds them, and the divergences that its exact t-SNE
    reaches from rows that differ by 1e-6: the descent is chaotic, and no single run is right. Column k of row i is a uniform number, plus
    `apart` where i mod 3 is k."""
    from scipy.spatial.distance import squareform
    from sklearn.manifold import TSNE
    from sklearn.manifold._t_sne import _joint_probabilities
    from sklearn.metrics import pairwise_distances

    facts = {"seed": 5, "rows": 93, "columns": 8, "apart": 1.0, "perplexity": 15}
    rows, columns = facts["rows"], facts["columns"]
    x = uniform_sequence(facts["seed"], STREAM_INPUT, rows * columns).reshape(rows, columns)
    x[np.arange(rows), np.arange(rows) % 3] += facts["apart"]
    divergences = []
    for run in range(8):
        moved = x + 1e-6 * np.random.default_rng(run).standard_normal(x.shape)
        tsne = TSNE(method="exact", init="pca", perplexity=facts["perplexity"], random_state=0).fit(moved)
        divergences.append(float(tsne.kl_divergence_))
    affinities = squareform(_joint_probabilities(pairwise_distances(x, squared=True), facts["perplexity"], 0))
    write("embedding", {"affinities": affinities.astype(np.float32)}, {**facts, "divergences": divergences})


ORACLES = {
    "efficientnet-lite0": efficientnet,
    "architectures": architectures,
    "gradients": gradients,
    "gradient-maps": gradient_maps,
    "keys": keys,
    "resize": resized,
    "smooth": smooth,
    "vae": vae,
    "methods": methods,
    "operations": operations,
    "zoo": zoo,
    "test-nets": test_nets,
    "zoo-maps": zoo_maps,
    "causal": causal,
    "optimised": optimised,
    "relabel": relabelled,
    "embedding": embedding,
}


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    names = parser.parse_args().names or list(ORACLES)
    if not set(names) <= ORACLES.keys():
        parser.error(f"NAME is one of {', '.join(ORACLES)}")
    for name in names:
        ORACLES[name]()


if __name__ == "__main__":
    main()
