"""Train the 500-D, 64x64 VAE that draws synthetic neighbours (Hua et al., "Interpret the predictions of deep networks via
re-label distillation", eqs. 3-5).

The net is the optimal linear VAE (probabilistic PCA, Tipping & Bishop 1999) plus convolutional residuals whose last layers
start at zero: training begins at PCA's quality and can only gain. The PCA basis is stored once and used by both directions.

    encoder  mu     = (x - mean) V * encode_scale + Linear(conv(x))        logvar = prior_logvar + Linear(conv(x))
    decoder  linear = mean + (z * decode_scale) V^T                        x'     = linear + unet(linear)

The likelihood is Gaussian with its variance at the optimum (Rybkin et al. 2021), so there is no beta to choose.

    python reference/vae.py --data tiny-imagenet-64.tar --work WORK --epochs 8
    python reference/vae.py --data tiny-imagenet-64.tar --work WORK --export weights/vae.safetensors
"""

import argparse
import io
import json
import math
import tarfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

LATENT, SIZE, HELD_OUT = 500, 64, 1000
PIXELS = SIZE * SIZE * 3


def load_images(tar_path: Path, cache: Path) -> np.ndarray:
    """All images of the archive, uint8 (n, 64, 64, 3), in the order of their names; decoded once into `cache`."""
    if not cache.exists():
        images = []
        with tarfile.open(tar_path) as archive:
            for member in sorted((m for m in archive if m.isfile() and m.name.upper().endswith(".JPEG")), key=lambda m: m.name):
                image = Image.open(io.BytesIO(archive.extractfile(member).read())).convert("RGB")
                images.append(np.asarray(image, dtype=np.uint8))
        np.save(cache, np.stack(images))
    return np.load(cache, mmap_mode="r")


def split(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(training, held-out) images; the held-out thousand is the start of a fixed permutation."""
    order = np.random.default_rng(0).permutation(len(images))
    return order[HELD_OUT:], order[:HELD_OUT]


def principal_components(images: np.ndarray, rows: np.ndarray, count: int) -> dict[str, torch.Tensor]:
    """Mean (12288), orthonormal basis (12288, count), its variances, and the mean variance left outside it."""
    mean = torch.zeros(PIXELS, dtype=torch.float64)
    for start in range(0, len(rows), 2000):
        mean += torch.from_numpy(images[np.sort(rows[start : start + 2000])]).reshape(-1, PIXELS).double().sum(0)
    mean = (mean / len(rows) / 255).float()
    covariance = torch.zeros(PIXELS, PIXELS)
    for start in range(0, len(rows), 4000):
        batch = torch.from_numpy(images[np.sort(rows[start : start + 4000])]).reshape(-1, PIXELS).float() / 255 - mean
        covariance.addmm_(batch.T, batch)
    covariance /= len(rows)
    # Subspace iteration: far cheaper than a full eigendecomposition, and exact enough once the leading block has converged.
    basis = torch.linalg.qr(torch.randn(PIXELS, count + 60, generator=torch.Generator().manual_seed(0)))[0]
    for _ in range(24):
        basis = torch.linalg.qr(covariance @ basis)[0]
    values, vectors = torch.linalg.eigh((basis.T @ covariance @ basis).double())
    top = torch.argsort(values, descending=True)[:count]
    noise = (covariance.diagonal().double().sum() - values[top].sum()) / (PIXELS - count)
    return {"mean": mean, "basis": basis @ vectors[:, top].float(), "variance": values[top].float(), "noise": noise.float()}


def conv(inputs: int, outputs: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, stride, padding=1)


def zero(layer: nn.Module) -> nn.Module:
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


class Vae(nn.Module):
    """x: (n, 3, 64, 64) RGB in [0, 1]; z: (n, 500)."""

    def __init__(self):
        super().__init__()
        # The basis sees pixels in NHWC order, as the engine keeps them.
        self.register_buffer("basis", torch.zeros(PIXELS, LATENT))
        self.register_buffer("mean", torch.zeros(PIXELS))
        self.encode_scale = nn.Parameter(torch.ones(LATENT))
        self.decode_scale = nn.Parameter(torch.ones(LATENT))
        self.prior_logvar = nn.Parameter(torch.zeros(LATENT))
        self.encoder = nn.Sequential(
            conv(3, 32, 2), nn.ReLU(), conv(32, 64, 2), nn.ReLU(), conv(64, 96, 2), nn.ReLU(), conv(96, 64, 2), nn.ReLU()
        )
        self.to_mu = zero(nn.Linear(1024, LATENT))
        self.to_logvar = zero(nn.Linear(1024, LATENT))
        self.down1, self.same1 = conv(3, 48, 2), conv(48, 48)
        self.down2, self.same2a, self.same2b = conv(48, 96, 2), conv(96, 96), conv(96, 96)
        self.up1, self.merge1 = conv(96, 48), conv(48, 48)
        self.out = zero(conv(48, 3))

    def start_at(self, pca: dict[str, torch.Tensor]):
        """Probabilistic PCA's maximum-likelihood solution as encoder and decoder."""
        variance, noise = pca["variance"], pca["noise"]
        self.basis.copy_(pca["basis"])
        self.mean.copy_(pca["mean"])
        gain = (variance - noise).clamp_min(1e-6).sqrt()
        with torch.no_grad():
            self.decode_scale.copy_(gain)
            self.encode_scale.copy_(gain / variance)
            self.prior_logvar.copy_((noise / variance).log())

    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and log variance of q(z | x), each (n, 500)."""
        features = self.encoder(x).permute(0, 2, 3, 1).flatten(1)
        pixels = x.permute(0, 2, 3, 1).flatten(1) - self.mean
        mu = (pixels @ self.basis) * self.encode_scale + self.to_mu(features)
        return mu, self.prior_logvar + self.to_logvar(features)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """Images (n, 3, 64, 64); not clamped."""
        linear = self.mean + (z * self.decode_scale) @ self.basis.T
        linear = linear.reshape(-1, SIZE, SIZE, 3).permute(0, 3, 1, 2)
        half = F.relu(self.same1(F.relu(self.down1(linear))))
        quarter = F.relu(self.same2b(F.relu(self.same2a(F.relu(self.down2(half))))))
        up = F.interpolate(quarter, scale_factor=2, mode="bilinear", align_corners=False)
        merged = F.relu(self.merge1(F.relu(self.up1(up)) + half))
        return linear + self.out(F.interpolate(merged, scale_factor=2, mode="bilinear", align_corners=False))


def kl(mu: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
    """KL(q(z | x) || N(0, I)) in nats for every latent, (n, 500)."""
    return 0.5 * (mu * mu + logvar.exp() - 1 - logvar)


def batch_of(images: np.ndarray, rows: np.ndarray) -> torch.Tensor:
    x = torch.from_numpy(np.ascontiguousarray(images[rows])).permute(0, 3, 1, 2).float() / 255
    return x.contiguous(memory_format=torch.channels_last)


def psnr(squared_error: float) -> float:
    return -10 * math.log10(squared_error)


@torch.no_grad()
def measure(model: Vae, pca: dict[str, torch.Tensor], images: np.ndarray, held_out: np.ndarray) -> dict[str, float]:
    """Held-out PSNR (of the mean squared error, dB) of decode(mu), clamped as the engine clamps it, and of the PCA."""
    squared, linear, divergence = 0.0, 0.0, torch.zeros(LATENT)
    for start in range(0, len(held_out), 250):
        x = batch_of(images, held_out[start : start + 250])
        mu, logvar = model.encode(x)
        squared += F.mse_loss(model.decode(mu).clamp(0, 1), x, reduction="sum").item()
        pixels = x.permute(0, 2, 3, 1).flatten(1)
        projected = (pixels - pca["mean"]) @ pca["basis"] @ pca["basis"].T + pca["mean"]
        linear += F.mse_loss(projected.clamp(0, 1), pixels, reduction="sum").item()
        divergence += kl(mu, logvar).sum(0)
    count = len(held_out) * PIXELS
    divergence /= len(held_out)
    return {
        "psnr": psnr(squared / count),
        "psnr_pca": psnr(linear / count),
        "kl_nats": divergence.sum().item(),
        "kl_min": divergence.min().item(),
        "kl_max": divergence.max().item(),
        "kl_finite": bool(torch.isfinite(divergence).all()),
    }


def train(model: Vae, pca: dict, images: np.ndarray, rows: np.ndarray, held_out: np.ndarray, args: argparse.Namespace):
    model.to(memory_format=torch.channels_last)
    optimiser = torch.optim.Adam(model.parameters(), lr=args.lr)
    steps_per_epoch = len(rows) // args.batch
    total = max(1, int(args.epochs * steps_per_epoch))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1, (step + 1) / 200) * 0.5 * (1 + math.cos(math.pi * min(1, step / total)))
    )
    checkpoint, step = args.work / "checkpoint.pt", 0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        step = state["step"]
    began, first, running = time.time(), step, None
    while step < total:
        epoch, offset = divmod(step, steps_per_epoch)
        order = np.random.default_rng(epoch + 1).permutation(rows)
        for start in range(offset * args.batch, steps_per_epoch * args.batch, args.batch):
            x = batch_of(images, order[start : start + args.batch])
            if torch.rand(()) < 0.5:
                x = x.flip(3)
            mu, logvar = model.encode(x)
            decoded = model.decode(mu + torch.randn_like(mu) * (0.5 * logvar).exp())
            error = F.mse_loss(decoded, x)
            loss = 0.5 * PIXELS * error.log() + kl(mu, logvar).sum(1).mean()
            optimiser.zero_grad(set_to_none=True)
            (loss / PIXELS).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            running = error.item() if running is None else 0.98 * running + 0.02 * error.item()
            if step % 50 == 0:
                rate = (time.time() - began) / (step - first)
                print(f"step {step}/{total} psnr(sampled) {psnr(running):.2f} {rate:.2f} s/step, {(total - step) * rate / 60:.0f} min left", flush=True)
            if step % 200 == 0 or step == total:
                torch.save({"model": model.state_dict(), "optimiser": optimiser.state_dict(), "schedule": schedule.state_dict(), "step": step}, checkpoint)
                print(json.dumps({"step": step, **measure(model, pca, images, held_out)}), flush=True)
            if step >= total:
                break


def export(model: Vae, path: Path):
    """F16 matrices, F32 vectors; `basis` is (12288, 500), pixels in NHWC order."""
    from safetensors.torch import save_file

    tensors = {k: (v.half() if v.ndim > 1 else v.float()).contiguous() for k, v in model.state_dict().items()}
    # One metadata entry: several would be written in a random order.
    save_file(tensors, path, metadata={"net": "vae"})
    path.chmod(0o644)


@torch.no_grad()
def picture(model: Vae, images: np.ndarray, held_out: np.ndarray, path: Path):
    """Three rows of eight: held-out photos, their reconstructions, samples from the prior."""
    x = batch_of(images, held_out[:8])
    z = torch.randn(8, LATENT, generator=torch.Generator().manual_seed(0))
    rows = [x, model.decode(model.encode(x)[0]), model.decode(z)]
    grid = torch.cat([torch.cat(list(r.clamp(0, 1)), dim=2) for r in rows], dim=1)
    grid = F.interpolate(grid[None], scale_factor=2, mode="nearest")[0]
    Image.fromarray((grid.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)).save(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="tar of 64x64 JPEGs")
    parser.add_argument("--work", type=Path, required=True, help="folder for the decoded images, the PCA and checkpoints")
    parser.add_argument("--epochs", type=float, default=8)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--export", type=Path, help="write the trained weights here, with a picture and facts beside them")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    images = load_images(args.data, args.work / "images.npy")
    rows, held_out = split(images)
    pca_path = args.work / "pca.pt"
    if not pca_path.exists():
        torch.save(principal_components(images, rows, LATENT), pca_path)
    pca = torch.load(pca_path)
    model = Vae()
    model.start_at(pca)
    if args.export:
        model.load_state_dict(torch.load(args.work / "checkpoint.pt")["model"])
        export(model, args.export)
        from safetensors.torch import load_file

        model.load_state_dict({k: v.float() for k, v in load_file(args.export).items()})
        picture(model, images, held_out, args.export.with_suffix(".png"))
        print(json.dumps(measure(model, pca, images, held_out), indent=1))
    else:
        print(json.dumps({"step": 0, **measure(model, pca, images, held_out)}), flush=True)
        train(model, pca, images, rows, held_out, args)


if __name__ == "__main__":
    main()
