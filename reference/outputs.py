"""Reading what an explanation leaves behind, by the engine or by relabel.py: NAME.map.npy and NAME.json, for a photo NAME.jpg or .png."""

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
from nets import SIZE
from relabel import Settings

MAP_SUFFIX = ".map.npy"
PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def map_files(paths: list[Path]) -> list[Path]:
    """Maps among the files and folders given."""
    files = [file for path in paths for file in (sorted(path.glob(f"*{MAP_SUFFIX}")) if path.is_dir() else [path])]
    if not files:
        raise SystemExit(f"No *{MAP_SUFFIX} in {', '.join(map(str, paths))}: write some with `npm run explain -- IMAGE --out DIR`.")
    return files


def name_of(map_file: Path) -> str:
    return map_file.name.removesuffix(MAP_SUFFIX).removesuffix(".npy")


def read_map(file: Path) -> np.ndarray:
    saliency = np.load(file)
    if saliency.shape != (SIZE, SIZE) or not np.isfinite(saliency).all():
        raise SystemExit(f"{file} is not a finite {SIZE} x {SIZE} map: explain the photo again.")
    return saliency


def find_photo(folder: Path, name: str) -> Path:
    for suffix in PHOTO_SUFFIXES:
        if (folder / f"{name}{suffix}").exists():
            return folder / f"{name}{suffix}"
    raise SystemExit(f"No photo {name}.jpg or .png in {folder}: give the folder of the photos that were explained.")


def read_facts(map_file: Path) -> dict | None:
    file = map_file.with_name(f"{name_of(map_file)}.json")
    return json.loads(file.read_text()) if file.exists() else None


def read_settings(facts: dict) -> Settings:
    """Settings of the JSON document; what the reference has no use for is left out."""
    found = facts["settings"] | facts["settings"].get("sgd", {})
    found |= {key: facts[key] for key in ("samples", "seed", "synthesis")} | {"target": facts["target"]["index"]}
    found["fill"] = tuple(found["fill"])
    return Settings(**{field.name: found[field.name] for field in fields(Settings) if field.name in found})
